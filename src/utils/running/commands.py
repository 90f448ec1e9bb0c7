"""What the command line prints: a plan read, its words, segmented lines. Results go to standard output alone."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from src.utils import paths
from src.utils.errors import GuihuaError
from src.utils.measures.frequency import count_terms
from src.utils.plans.pipeline import load_plan, load_plan_or_file
from src.utils.plans.reading import read_source
from src.utils.plans.report import reading_as_data, reading_report, records
from src.utils.words.dictionaries import dictionaries_for, segmenter_for
from src.utils.words.segmentation_checks import check_segmentation
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import token_table

_LINE_END = re.compile(r"\r\n|\n|\r")
_LAST_LINE_END = re.compile(r"(?:\r\n|\n|\r)\Z")


def read(plan: str, *, as_json: bool, text: bool) -> int:
    """Print how a plan was read: as a report, as JSON, or the cleaned text of its body. Returns the exit code."""
    found = load_plan_or_file(plan)
    if text:
        body = found.text.rstrip("\n")
        _print_json({"plan": found.id, "text": body}) if as_json else print(body)
    elif as_json:
        _print_json(reading_as_data(found))
    else:
        print("\n".join(reading_report(found)))
    return 0


def page(plan: str) -> int:
    """Write a plan's page from the figures there are and print where it lies. Returns the exit code."""
    from src.utils.page.shelf import shelf_of  # noqa: PLC0415  (a page draws on every room)
    from src.utils.page.writing import write_page  # noqa: PLC0415

    found = load_plan(plan)
    own = bool(shelf_of(paths.FIGURES / found.id, own=True).pictures)  # as a run without --plan leaves it
    print(paths.shown(write_page(found, own=own)))
    return 0


def words(plan: str, *, as_json: bool) -> int:
    """Print a plan's terms with n, per_10k and n_sentences, the most frequent first. Returns the exit code."""
    found = load_plan(plan)
    tokens = token_table(found.sentences, segmenter_for(found.settings, plan=found))
    counts = count_terms(content_tokens(tokens), size_tokens=tokens)[["term", "n", "per_10k", "n_sentences"]]
    if as_json:
        _print_json(records(counts))
    else:
        print(counts.to_csv(sep="\t", index=False, float_format="%.2f", lineterminator="\n"), end="")
    return 0


def segment(file: str | None, *, plan: str | None, as_json: bool) -> int:
    """Print each line of a text file, or of standard input, as its tokens apart by spaces. Returns the exit code.

    White space is no token. plan: its names and terms are kept whole too. as_json: one list of lists instead.
    """
    found = load_plan(plan) if plan else None
    dictionaries = dictionaries_for(found.settings if found else None, plan=found)
    for problem in dictionaries.problems.to_dict("records"):
        print(f"{problem['file']}, line {problem['line']}: {problem['problem']}", file=sys.stderr)
    segmenter = dictionaries.segmenter()
    text = read_source(Path(file)).text if file else _standard_input()
    lines = _LINE_END.split(_LAST_LINE_END.sub("", text))
    tokens = [[token for token in segmenter.cut(line) if not token.isspace()] for line in lines]
    if as_json:
        _print_json(tokens)
    else:
        print("\n".join(" ".join(found) for found in tokens))
    return 0


def check_words(plan: str, *, as_json: bool) -> int:
    """Print how far a plan's segmentation can be trusted (segmentation_checks). Returns the exit code."""
    found = load_plan(plan)
    checks = check_segmentation(found.sentences, dictionaries_for(found.settings, plan=found))
    if as_json:
        _print_json({name: records(table) for name, table in vars(checks).items() if isinstance(table, pd.DataFrame)})
    else:
        print("\n".join(checks.report()))
    return 0


def _standard_input() -> str:
    content = sys.stdin.buffer.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GuihuaError(
            f"standard input, byte {error.start}: not UTF-8. Save the text as a file and give its name."
        ) from error


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=1))

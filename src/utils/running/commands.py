"""What the command line prints: a plan read, its words, segmented lines. Results go to standard output alone."""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from src.utils.errors import GuihuaError
from src.utils.measures.frequency import count_terms
from src.utils.plans.pipeline import Plan, load_plan, load_plan_or_file
from src.utils.plans.reading import read_source
from src.utils.words.segmenting import segmenter_for, token_table
from src.utils.words.stopwords import content_tokens

_LINE_END = re.compile(r"\r\n|\n|\r")
_LAST_LINE_END = re.compile(r"(?:\r\n|\n|\r)\Z")
_READ_CONTENTS = ["level", "ordinal", "title", "page"]
_READ_SECTIONS = ["level", "ordinal", "title", "kind", "start", "end"]


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


def reading_as_data(plan: Plan) -> dict[str, Any]:
    """How a plan was read, as plain data: contents, sections, coverage, cleaning_log, n_sentences."""
    summary = plan.summary()
    return {
        "plan": plan.id,
        "source": {
            "file": plan.source.path.name,
            "encoding": plan.source.encoding,
            "sha256": plan.source.sha256,
            "files": [
                {
                    "file": part.path.name,
                    "format": part.format,
                    "encoding": part.encoding,
                    "n_pages": part.n_pages,
                    "sha256": part.sha256,
                }
                for part in plan.source.parts
            ],
            "notes": list(plan.source.notes),
            "left_out": [
                {"reason": item.reason, "place": item.place, "text": item.text} for item in plan.source.dropped
            ],
        },
        "contents": _records(plan.contents[_READ_CONTENTS]),
        "sections": _records(plan.sections[_READ_SECTIONS]),
        "coverage": {
            "n_entries": summary.n_entries,
            "n_complete": summary.n_complete,
            "n_partial": summary.n_partial,
            "n_missing": summary.n_missing,
            "n_pages": summary.n_pages,
            "n_pages_with_text_at_most": summary.n_pages_with_text,
            "share_of_pages_at_most": summary.share_of_pages,
            "with_text": summary.with_text,
            "text_outside_contents": summary.outside,
            "headings": _records(plan.coverage.drop(columns=["section"])),
        },
        "cleaning_log": _records(plan.log),
        "n_sentences": len(plan.sentences),
    }


def reading_report(plan: Plan) -> list[str]:
    """The one-page report of how a plan was read, as lines of plain text."""
    lines = [
        f"{plan.id}: {', '.join(part.path.name for part in plan.source.parts)}, {plan.source.how}, "
        f"{len(plan.source.text)} characters",
        f"sha256 {plan.source.sha256}",
        *(f"  {note}" for note in plan.source.notes),
        "",
        "Cleaning",
        *(
            f"  {row['rule']}: {row['n_places']} places ({row['mends']})"
            + "".join(
                f"\n    line {example['source_line']}: {example['before']!r} -> {example['after']!r}"
                for example in row["examples"]
            )
            for row in _records(plan.log)
            if row["n_places"]
        ),
        "",
        f"Parts and headings ({len(plan.sections)}; own text in characters)",
        *(f"  {'  ' * row['level']}{_heading(row)}  {row['n_chars']}" for row in _records(plan.sections)),
        "",
        *_coverage_lines(plan),
        "",
        f"Sentences: {len(plan.sentences)}",
    ]
    unsure = plan.contents[~plan.contents["sure"].astype(bool)] if len(plan.contents) else plan.contents
    if len(unsure):
        lines += ["", "Unsure of the page number in", *(f"  {_heading(row)} {row['page']}" for row in _records(unsure))]
    return lines


def _coverage_lines(plan: Plan) -> Iterable[str]:
    summary = plan.summary()
    if not summary.n_entries:
        return ["Coverage: the document has no contents list to hold its text against"]
    lines = [
        f"Coverage: of {summary.n_entries} headings in the contents list {summary.n_complete} have their text, "
        f"{summary.n_partial} have part of it, {summary.n_missing} have none"
    ]
    if summary.n_pages and summary.share_of_pages is not None:
        lines.append(
            f"  at most {summary.n_pages_with_text} of {summary.n_pages} pages ({summary.share_of_pages:.1%}) have text"
        )
    lines.append(f"  with text: {'; '.join(summary.with_text) or 'none'}")
    if summary.outside:
        lines.append(f"  text that the list does not name: {'; '.join(summary.outside)}")
    return lines


def _heading(row: dict[str, Any]) -> str:
    name = f"{row['ordinal']} {row['title']}".strip()
    kind = row.get("kind", "body")
    return f"{name or '（no heading）'}" + (f" [{kind}]" if kind != "body" else "")


def words(plan: str, *, as_json: bool) -> int:
    """Print a plan's terms with n, per_10k and n_sentences, the most frequent first. Returns the exit code."""
    found = load_plan(plan)
    tokens = token_table(found.sentences, segmenter_for(found.settings))
    counts = count_terms(content_tokens(tokens), size_tokens=tokens)[["term", "n", "per_10k", "n_sentences"]]
    if as_json:
        _print_json(_records(counts))
    else:
        print(counts.to_csv(sep="\t", index=False, float_format="%.2f", lineterminator="\n"), end="")
    return 0


def segment(file: str | None, *, plan: str | None, as_json: bool) -> int:
    """Print each line of a text file, or of standard input, as its tokens apart by spaces. Returns the exit code.

    White space is no token. plan: its names and terms are kept whole too. as_json: one list of lists instead.
    """
    segmenter = segmenter_for(load_plan(plan).settings if plan else None)
    text = read_source(Path(file)).text if file else _standard_input()
    lines = _LINE_END.split(_LAST_LINE_END.sub("", text))
    tokens = [[token for token in segmenter.cut(line) if not token.isspace()] for line in lines]
    if as_json:
        _print_json(tokens)
    else:
        print("\n".join(" ".join(found) for found in tokens))
    return 0


def _standard_input() -> str:
    content = sys.stdin.buffer.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GuihuaError(
            f"standard input, byte {error.start}: not UTF-8. Save the text as a file and give its name."
        ) from error


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries of plain Python values; a missing value is None."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict | str | bool):
        return value
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _print_json(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=1))

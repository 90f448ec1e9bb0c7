"""Measure the attribution of sentences to counties against hand-made labels, and print what was confused.

    python benchmarks/county_accuracy.py [--aside] [--write]

The labels (tests/cases/county_sentences.json) are counted per sentence and county. A label marked `doubt`, by the
reader who made it, is neither hit nor miss, and neither is a county that only such a label or a doubted trap names.
The sentences marked `aside` were not looked at while the rules were written: --aside measures them too, apart.
--write puts the rates into data/gazetteer/county_accuracy.json, from where notebooks read them.
"""

import argparse
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from src.utils.files import write_whole  # noqa: E402
from src.utils.lexicons import load_lexicon  # noqa: E402
from src.utils.plans.gazetteer import wider_divisions  # noqa: E402
from src.utils.plans.settings import PlanSettings  # noqa: E402
from src.utils.plans.units import Mention, considered  # noqa: E402

LABELS = ROOT / "tests" / "cases" / "county_sentences.json"
RATES = ROOT / "data" / "gazetteer" / "county_accuracy.json"


def main() -> int:
    """Print precision, recall and the confusions; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aside", action="store_true", help="measure the sentences that were kept aside too")
    parser.add_argument("--write", action="store_true", help=f"write {RATES.relative_to(ROOT).as_posix()}")
    options = parser.parse_args()
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    rates = {}
    for part, aside in (("tuned", False), ("aside", True))[: 1 + options.aside]:
        rates[part], confusions = measure([label for label in labels if label["aside"] is aside])
        print(f"{part}: {rates[part]}")
        for line in confusions:
            print(f"  {line}")
    if options.write:
        command = "python benchmarks/county_accuracy.py --aside --write"
        write_whole(RATES, (json.dumps({"command": command, **rates}, indent=2) + "\n").encode("utf-8"))
    return 0


def measure(labels: list[dict[str, Any]]) -> tuple[dict[str, float], list[str]]:
    """Rates over labelled sentences (n sentences, hits, wrong, missed, precision, recall), and the confusions."""
    hits = wrong = missed = 0
    confusions = []
    for label in labels:
        settings = settings_for(label["candidates_from"])
        code_of = {county.name: county.code for county in settings.county}
        found = [m for m in considered(label["text"], settings, None, organisations()) if m.scheme == "county"]
        given = {code_of[mention.unit] for mention in found if mention.counts and mention.unit}
        due = {county["code"] for county in label["counties"] if not county.get("doubt")}
        open_to_doubt = {county["code"] for county in label["counties"] if county.get("doubt")}
        doubted = [trap["string"] for trap in label["traps"] if trap.get("doubt")]
        open_to_doubt |= {
            code_of[mention.unit]
            for mention in found
            if mention.unit and any(mention.form in form or form in mention.form for form in doubted)
        }
        hits += len(given & due)
        wrong += len(given - due - open_to_doubt)
        missed += len(due - given)
        confusions += _told(label, found, given - due - open_to_doubt, due - given, code_of)
    precision = round(hits / (hits + wrong), 4) if hits + wrong else 1.0
    recall = round(hits / (hits + missed), 4) if hits + missed else 1.0
    rates = {"sentences": len(labels), "hits": hits, "wrong": wrong, "missed": missed}
    return {**rates, "precision": precision, "recall": recall}, confusions


def _told(
    label: dict[str, Any], found: list[Mention], wrong: set[str], missed: set[str], code_of: dict[str, str]
) -> list[str]:
    lines = []
    for mention in found:
        context = label["text"][max(0, mention.start - 8) : mention.end + 8]
        code = code_of.get(mention.unit)
        if (mention.counts and code in wrong) or (not mention.counts and code in missed):
            what = "wrong " if mention.counts else "missed"
            lines.append(f"{label['id']} {what} {mention.unit} ({mention.form}, {mention.rule}): {context}")
    seen = {code_of.get(mention.unit) for mention in found}
    lines += [f"{label['id']} missed {code}: no name of it was found" for code in sorted(missed - seen)]
    return lines


@cache
def settings_for(code: str) -> PlanSettings:
    """Settings of a report of 2025 on a province or prefecture, with all its counties."""
    place = {"code": code, "name": wider_divisions()[code], "name_en": code}
    about = {"title": "报告", "title_en": "Report", "kind": "report", "date": "2025-01", "licence": "-"}
    return PlanSettings.model_validate(
        {"id": code, "plan": about, "source": {"file": "-", "sha256": "0" * 64}, "place": place}
    )


@cache
def organisations() -> tuple[str, ...]:
    """Names of firms and bodies (data/lexicons/organisations.csv)."""
    return tuple(load_lexicon("organisations")["term"])


if __name__ == "__main__":
    sys.exit(main())

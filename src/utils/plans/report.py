"""How a plan was read, for people and for scripts: what was mended, the outline, what is missing, what is in doubt."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from src.utils.plans.pipeline import Plan

_READ_CONTENTS = ["level", "ordinal", "title", "page"]
_READ_SECTIONS = ["level", "ordinal", "title", "kind", "start", "end"]


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
        "contents": records(plan.contents[_READ_CONTENTS]),
        "sections": records(plan.sections[_READ_SECTIONS]),
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
            "headings": records(plan.coverage.drop(columns=["section"])),
        },
        "cleaning_log": records(plan.log),
        "damage": records(plan.damage),
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
            for row in records(plan.log)
            if row["n_places"]
        ),
        "",
        f"Parts and headings ({len(plan.sections)}; own text in characters)",
        *(f"  {'  ' * row['level']}{_heading(row)}  {row['n_chars']}" for row in records(plan.sections)),
        "",
        *_coverage_lines(plan),
        "",
        f"Sentences: {len(plan.sentences)}",
    ]
    if len(plan.damage):
        lines += [
            "",
            "Damage that cannot be mended",
            *(f"  line {row['line']}: {row['kind']}, {row['excerpt']!r}" for row in records(plan.damage)),
        ]
    unsure = plan.contents[~plan.contents["sure"].astype(bool)] if len(plan.contents) else plan.contents
    if len(unsure):
        lines += ["", "Unsure of the page number in", *(f"  {_heading(row)} {row['page']}" for row in records(unsure))]
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


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries of plain Python values; a missing value is None."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict | str | bool):
        return value
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value

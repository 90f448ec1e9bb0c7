"""The cleaned text as the page's concordance takes it: whole, with the section and source line of each of its lines.

Offsets are in UTF-16 units, in which a browser counts: a rare character beyond U+FFFF takes two.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from src.utils.plans.outline import COUNTED_KINDS
from src.utils.plans.pipeline import Plan


def utf16_offsets(text: str) -> Callable[[int], int]:
    """The function from an offset in characters to the offset in UTF-16 units.

    >>> [utf16_offsets("a𠮷b")(at) for at in range(4)]
    [0, 1, 3, 4]
    """
    wide = [at for at, character in enumerate(text) if ord(character) > 0xFFFF]
    return lambda offset: offset + bisect_left(wide, offset)


def heading_of(ordinal: str, title: str) -> str:
    """A section's heading on one line."""
    return " ".join(filter(None, (ordinal, title)))


def section_of(plan: Plan, unit: str) -> int | None:
    """The place among text_data's sections of the one that all sentences under a unit's headings stand in or below."""
    units = plan.units[(plan.units["unit"] == unit) & (plan.units["evidence"] == "heading")]
    held = plan.sentences.loc[plan.sentences["sentence"].isin(units["sentence"]), "section"].unique().tolist()
    parents = dict(zip(plan.sections["section"], plan.sections["parent"], strict=True))
    above = [[int(at) for at in _upwards(int(section), parents)] for section in held]
    shared = [section for section in above[0] if all(section in others for others in above)] if above else []
    places = plan.sections.sort_values("start")["section"].tolist()
    return places.index(shared[0]) if shared else None


def _upwards(section: int, parents: dict[int, int]) -> Iterator[int]:
    while section >= 0:
        yield section
        section = parents[section]


def text_data(plan: Plan) -> dict[str, Any]:
    """The text, its lines as [source line, section], and its sections.

    A section is [heading, level, section above it or -1, whether its text is counted, kind].
    """
    text = plan.clean.text
    sections = plan.sections.sort_values("start", ignore_index=True)
    place = {int(section): at for at, section in enumerate(sections["section"])}
    starts = sections["start"].tolist()
    lines, at = [], 0
    for line in text.split("\n"):
        known = min(at, len(text) - 1)
        lines.append([plan.clean.source_line(known), max(bisect_right(starts, at) - 1, 0)])
        at += len(line) + 1
    return {"text": text, "lines": lines, "sections": [_section(row, place) for row in sections.itertuples()]}


def _section(row: Any, place: dict[int, int]) -> list[Any]:
    heading = heading_of(str(row.ordinal or ""), str(row.title or ""))
    return [heading, int(row.level), place.get(int(row.parent), -1), int(row.kind in COUNTED_KINDS), str(row.kind)]


def sentence_data(plan: Plan, wanted: pd.Index) -> list[list[int]]:
    """Each wanted sentence, by its number, as [start, end, section, source line], in the order given."""
    offset = utf16_offsets(plan.clean.text)
    ordered = plan.sections.sort_values("start")["section"]
    place = {int(section): at for at, section in enumerate(ordered)}
    rows = plan.sentences.set_index("sentence").loc[wanted, ["start", "end", "section", "source_line"]]
    return [
        [offset(start), offset(end), place[section], line]
        for start, end, section, line in rows.astype("int64").itertuples(index=False, name=None)
    ]

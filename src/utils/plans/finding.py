"""The headings of a document: every way of finding them put together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from src.utils.plans.headings import (
    MAX_TITLE,
    ORDINAL,
    RANK,
    RUNNING_TEXT,
    STRONG,
    Heading,
    Line,
    Marks,
    boxed_heading,
    find_part,
    normalise_title,
    numbered_heading,
)
from src.utils.plans.series import LONG_LINE, Series, judge
from src.utils.plans.unnumbered import enclosed_titles, marked_headings, standing_alone


def find_headings(lines: Sequence[Line], marks: Marks | None = None) -> list[Heading]:
    """The headings of a document's body, in order.

    lines: the lines of the body, none of them empty. Series of ordinals are judged whole (see _is_outline); a box or an
    annex takes its title from the next line where it has none of its own.
    """
    marks = marks or Marks()
    found: dict[int, Heading] = {}
    series = Series()
    for at, line in enumerate(lines):
        if marks.covers(line.start):
            continue
        if (boxed := boxed_heading(line.text, line.start)) or (boxed := find_part(line.text, line.start)):
            found[at] = _with_title_below(boxed, lines, at)
            if boxed.kind == "annex":
                series.restart()
        elif (numbered := numbered_heading(line.text, line.start)) and numbered.form != "bare":
            series.add(at, numbered)
        elif numbered:
            series.add(at, _with_title_below(numbered, lines, at))
    pointers = _pointers(found, lines)
    found = {at: heading for at, heading in found.items() if at not in pointers}
    share = _share_with_stops(lines)
    stops_lost = share is not None and share < _FEW_STOPS
    for run in series.runs:
        found |= judge(run, lines, series.starts, marks, stops_lost)
    found |= marked_headings(lines, found, marks)
    found |= {at: heading for at, heading in enclosed_titles(lines).items() if at not in found}
    if not any(h.rank in STRONG or h.rank == RANK["一、"] for h in found.values()):
        found |= standing_alone(lines, found, marks) if share is not None and share >= _MOST_STOPS else {}
    return _with_kind([found[at] for at in sorted(found)])


_FEW_STOPS, _MOST_STOPS, _ENOUGH_LINES = 0.5, 0.9, 5


def _share_with_stops(lines: Sequence[Line]) -> float | None:
    """The share of long lines that end in a stop; None where there are too few to say."""
    long = [line.text.rstrip() for line in lines if len(line.text) > LONG_LINE]
    return sum(text[-1] in "。！？；：”）" for text in long) / len(long) if len(long) >= _ENOUGH_LINES else None


def _with_title_below(heading: Heading, lines: Sequence[Line], at: int) -> Heading:
    """A box, an annex or a chapter whose title stands on the next line takes it from there."""
    later = lines[at + 1] if at + 1 < len(lines) else None
    if heading.title or not heading.ordinal or later is None or not _may_be_title(later.text):
        return replace(heading, form="alone" if heading.form == "bare" else heading.form)
    return replace(heading, title=later.text.strip(), text_start=later.end, form="alone")


def _may_be_title(line: str) -> bool:
    text = line.strip()
    return (
        1 < len(text) <= MAX_TITLE
        and not re.search("[。；！？：]", text)
        and ORDINAL.match(text) is None
        and text[-1] not in "，、"
    )


def _pointers(found: Mapping[int, Heading], lines: Sequence[Line]) -> set[int]:
    """Annexes that are only named (附件：某某表) at the end of a letter, to come later or elsewhere."""
    annexes = [(at, h) for at, h in found.items() if h.kind == "annex" and h.ordinal]
    pointers = set()
    after = dict(zip(found, [*found, len(lines)][1:], strict=True))
    last = {normalise_title(heading.title): place for place, (_, heading) in enumerate(annexes)}
    for place, (at, heading) in enumerate(annexes):
        listed = ORDINAL.match(heading.title) is not None or "：" in lines[at].text or ":" in lines[at].text
        empty = not any(RUNNING_TEXT.search(line.text) for line in lines[at + 1 : after[at]])
        again = heading.title and last[normalise_title(heading.title)] > place
        if again or (listed and empty):
            pointers.add(at)
    return pointers


def _with_kind(headings: Sequence[Heading]) -> list[Heading]:
    """What stands under an annex belongs to it."""
    annexed = False
    kinded = []
    for heading in headings:
        annexed = annexed or heading.kind == "annex"
        kinded.append(replace(heading, kind="annex") if annexed and heading.kind == "body" else heading)
    return kinded

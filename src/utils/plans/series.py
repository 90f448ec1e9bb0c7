"""Series of ordinals, judged whole: 一、, 二、, 三、 are an outline together, or a list of sentences together."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from src.utils.plans.headings import KINDS, RANK, STOPS, STRONG, Heading, Line, Marks, number_of


class Series:
    """Ordinals of one kind that go on counting: 一、, 二、, 三、 or 1. to 90. through many headings."""

    def __init__(self) -> None:
        self.runs: list[list[tuple[int, Heading]]] = []
        self.starts: list[tuple[int, int]] = []  # every numbered line with its rank
        self._open: dict[int, list[list[tuple[int, Heading]]]] = defaultdict(list)

    def restart(self) -> None:
        """An annex counts from one again."""
        self._open.clear()

    def add(self, at: int, heading: Heading) -> None:
        """Put a numbered line to the series it goes on, or begin one with it."""
        self.starts.append((at, heading.rank))
        number = number_of(heading.ordinal) or 0
        opened = self._open[heading.rank]
        for run in reversed(opened[-3:]):
            last = number_of(run[-1][1].ordinal) or 0
            if number != 1 and last < number <= last + 2:
                run.append((at, heading))
                return
        run = [(at, heading)]
        self.runs.append(run)
        opened.append(run)


_SHARE_OF_TITLES = 0.6
_BRIEF_TITLE, _LONG_TITLE = 36, 45  # characters, of a series on average and of one title
_SHARE_BELOW = 0.8  # of a series' members, that have text below them
LONG_LINE = 40
MIN_LEADS = 3  # so many leads of one make are a habit of the document


def judge(
    run: Sequence[tuple[int, Heading]],
    lines: Sequence[Line],
    starts: Sequence[tuple[int, int]],
    marks: Marks,
    stops_lost: bool,
) -> dict[int, Heading]:
    """The members of a series that are headings, by the line they stand on."""
    marked = {at for at, _ in run if lines[at].start in marks.bold or lines[at].start in marks.styled}
    rank = run[0][1].rank
    if len(marked) * 2 > len(run) or (marked and rank == RANK["一是"] and len(marked) * 2 >= len(run)):
        return {
            at: _settled(heading, at in marked) for at, heading in run if at in marked or heading.form != "sentence"
        }
    if rank == RANK["一是"]:
        return _standing_apart(run, lines, starts)
    if rank in STRONG:
        return {at: heading for at, heading in run if heading.form in ("alone", "run-in", "stopped")}
    if rank == RANK["条"]:
        return dict(run) if len(run) > 1 and number_of(run[0][1].ordinal) == 1 else {}
    if not _is_outline(run, lines, starts, stops_lost):
        return {at: _settled(heading, True) for at, heading in run if at in marked}
    return {
        at: _settled(heading, at in marked) for at, heading in run if heading.form in ("alone", "stopped", "run-in")
    }


def _standing_apart(
    run: Sequence[tuple[int, Heading]], lines: Sequence[Line], starts: Sequence[tuple[int, int]]
) -> dict[int, Heading]:
    """A series of 一是, 二是 whose members stand alone, each with its paragraphs below; in running text it is none."""
    alone = all(heading.form == "alone" and _reads_as_title(heading) for _, heading in run)
    below = all(_has_text_below(at, lines, starts, run[0][1].rank) for at, _ in run)
    return dict(run) if len(run) >= MIN_LEADS and alone and below else {}


def _settled(heading: Heading, marked: bool) -> Heading:
    """A heading whose text begins after its title; where only the format says that it is one, its first sentence."""
    if heading.form != "sentence" or not marked:
        return heading
    first = re.match(rf"([^{STOPS}：]*)[{STOPS}：]?", heading.title)
    title = first[1] if first else heading.title
    return replace(heading, title=title, text_start=heading.text_start + len(title), form="run-in")


def _is_outline(
    run: Sequence[tuple[int, Heading]], lines: Sequence[Line], starts: Sequence[tuple[int, int]], stops_lost: bool
) -> bool:
    """Whether a series of 一、, （一）, 1. is an outline and not a list of sentences.

    An outline's members are mostly titles, with text beneath them; a list's end in ； or are sentences themselves.
    Where a text has lost its stops, only standing apart from the text on the same line tells a title from a sentence.
    """
    forms = [heading.form for _, heading in run]
    titles = sum(_reads_as_title(heading) for _, heading in run)
    if titles < _SHARE_OF_TITLES * len(run) or forms.count("item") * 3 > len(run):
        return False
    if len(run) == 1 and number_of(run[0][1].ordinal) != 1:
        return False
    rank = run[0][1].rank
    alone = forms.count("alone") + forms.count("stopped")
    if stops_lost and rank > RANK["一、"] and alone * 2 > len(run):
        below = sum(_has_text_below(at, lines, starts, rank) for at, _ in run)
        brief = sum(len(h.title) for _, h in run) <= _BRIEF_TITLE * len(run)
        return (brief and below >= _SHARE_BELOW * len(run)) or sum(lines[at].parted for at, _ in run) * 2 >= len(run)
    if alone * 2 > len(run) and (rank > RANK["一、"] or forms.count("stopped") * 2 > len(run)):
        known = [_has_text_below(at, lines, starts, rank) for at, _ in run[:-1]] or [
            _has_text_below(run[0][0], lines, starts, rank)
        ]
        return sum(known) * 2 >= len(known)
    return True


def _reads_as_title(heading: Heading) -> bool:
    """Whether a member of a series is short enough for a title and not a sentence of three clauses."""
    whole = heading.form in ("alone", "stopped", "run-in")
    return whole and len(heading.title) <= _LONG_TITLE and heading.title.count("，") <= 1


def _has_text_below(at: int, lines: Sequence[Line], starts: Sequence[tuple[int, int]], rank: int) -> bool:
    """Whether text or a narrower heading follows a line before an ordinal of its own kind or a wider one."""
    if at + 1 >= len(lines):
        return False
    place = bisect_right(starts, (at, len(KINDS)))
    return not (place < len(starts) and starts[place][0] == at + 1 and starts[place][1] <= rank)

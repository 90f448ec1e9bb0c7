"""How deep each heading of a document stands, by how its kinds of ordinal stand inside one another."""

from collections.abc import Iterable, Mapping, Sequence

from src.utils.plans.headings import LEAD, Heading, number_of


def nest(headings: Sequence[Heading]) -> list[int]:
    """The level of each heading, from 1, by how the kinds of ordinal stand inside one another in this document.

    Boxes stand one level below what they stand in; annexes and parts without an ordinal at level 1.
    """
    order = _width(headings)
    levels = []
    above: list[Heading] = []
    for heading in headings:
        if heading.rank == -1 and heading.kind != "box":
            above = [heading]
        elif heading.kind == "box":
            while above and above[-1].kind == "box":
                above.pop()
            above.append(heading)
        else:
            while above and not _holds(above[-1], heading, order):
                above.pop()
            above.append(heading)
        levels.append(len(above))
    return levels


def _holds(outer: Heading, inner: Heading, order: Mapping[int, int]) -> bool:
    """Whether the outer heading may have the inner one beneath it."""
    if outer.form == "enclosed":
        return True
    if outer.rank == -1:
        return outer.kind in ("annex", "box") and outer.kind == inner.kind
    if outer.style is not None and inner.style is not None:
        return outer.style < inner.style
    return order[outer.rank] < order[inner.rank]


def _width(headings: Iterable[Heading]) -> dict[int, int]:
    """The kinds of ordinal from the widest to the narrowest, as this document nests them.

    The grammar's order holds, but for a narrower kind that comes first and goes on counting across a wider one, which
    never begins anew under it: 一、 with 第一章, 第二章 inside, and 二、 with 第三章.
    """
    first: dict[int, int] = {}
    last: dict[int, tuple[int, int]] = {}
    goes_on: set[tuple[int, int]] = set()
    restarts: set[tuple[int, int]] = set()
    for at, heading in enumerate(headings):
        if heading.rank == -1:
            last.clear()
            continue
        number = number_of(heading.ordinal)
        for other, (seen, _) in last.items():
            if other != heading.rank and heading.rank in last and seen > last[heading.rank][0]:
                rising = number is not None and number > last[heading.rank][1]
                (goes_on if rising else restarts).add((heading.rank, other))
        first.setdefault(heading.rank, at)
        last[heading.rank] = (at, number or 0)
    order = sorted(first)
    for narrow in sorted(first):
        for wide in sorted(first):
            inside = (narrow, wide) in goes_on and (wide, narrow) not in restarts and (narrow, wide) not in restarts
            if wide < narrow and inside and first[narrow] < first[wide] and narrow < LEAD and wide >= 0:
                order.remove(narrow)
                order.insert(order.index(wide), narrow)
                break
    return {rank: at for at, rank in enumerate(order)}

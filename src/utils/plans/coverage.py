"""Which headings of the contents list have text in the body, and what share of the pages that is."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import pandas as pd

from src.utils.plans.headings import normalise_title, number_of
from src.utils.plans.outline import COUNTED_KINDS
from src.utils.plans.settings import PlanSettings

COVERAGE = ["level", "ordinal", "title", "page", "pages", "section", "n_chars", "status"]
_ALIKE = 0.8


@dataclass(frozen=True)
class CoverageSummary:
    """How much of a plan there is.

    `n_pages` are the pages from the first entry's start to the last entry's; `n_pages_with_text` is at most how many of
    them have text (a part that breaks off counts whole). `outside` names text that the list does not name (前言).
    """

    n_entries: int
    n_complete: int
    n_partial: int
    n_missing: int
    n_pages: int | None
    n_pages_with_text: int | None
    with_text: list[str]
    outside: list[str]

    @property
    def share_of_pages(self) -> float | None:
        """At most this share of the pages has text, 0 to 1; None without page numbers."""
        return self.n_pages_with_text / self.n_pages if self.n_pages and self.n_pages_with_text is not None else None


def match_contents(contents: pd.DataFrame, sections: pd.DataFrame) -> pd.DataFrame:
    """One row an entry of the contents list (columns COVERAGE): its section in the body, its characters, its status.

    Entries and headings are matched in order, by the number of the ordinal (第1章 is 第一章) and by title, alike to at
    least four fifths; what stands under a matched entry is looked for under its section. status: complete where the
    text goes on to a later heading of the list, partial where the document ends inside it, missing where there is no
    text. `n_chars` includes the sections below it.
    """
    body = sections[sections["kind"].isin(COUNTED_KINDS)]
    headings = list(body[["section", "level", "ordinal", "title"]].itertuples(index=False, name=None))
    ends = _ends_below([level for _, level, *_ in headings])
    n_until = [0, *body["n_chars"].cumsum()]
    entries = list(contents[["level", "ordinal", "title"]].itertuples(index=False, name=None))
    places = _match(entries, headings, ends)
    n_chars = [0 if at is None else int(n_until[ends[at]] - n_until[at]) for at in places]
    last_matched = max((at for at, place in enumerate(places) if place is not None), default=-1)
    levels = contents["level"].tolist()
    leaf_status: list[str] = []
    for at in range(len(contents)):
        if not n_chars[at]:
            leaf_status.append("missing")
        else:
            ends_early = at == last_matched and at + 1 < len(contents)
            leaf_status.append("partial" if ends_early else "complete")
    status = [_of_children(at, levels, leaf_status) for at in range(len(contents))]
    rows = contents[["level", "ordinal", "title", "page", "pages"]].assign(
        section=[-1 if at is None else headings[at][0] for at in places], n_chars=n_chars, status=status
    )
    return rows[COVERAGE]


def _ends_below(levels: Sequence[int]) -> list[int]:
    """For each heading the place after the last one below it."""
    ends = [len(levels)] * len(levels)
    waiting: list[int] = []
    for at, level in enumerate(levels):
        while waiting and levels[waiting[-1]] >= level:
            ends[waiting.pop()] = at
        waiting.append(at)
    return ends


def _match(
    entries: Sequence[tuple[int, str, str]], headings: Sequence[tuple[int, int, str, str]], ends: Sequence[int]
) -> list[int | None]:
    """The place among the headings of each entry, None where it is not there."""
    places: list[int | None] = []
    above: list[tuple[int, int | None]] = []
    by_number: dict[object, list[int]] = defaultdict(list)
    for at, (_, _, ordinal, title) in enumerate(headings):
        by_number[_number(ordinal, title)].append(at)
    onward = 0
    for level, ordinal, title in entries:
        while above and above[-1][0] >= level:
            above.pop()
        parent = above[-1][1] if above else None
        stop = len(headings) if parent is None else ends[parent]
        candidates = by_number[_number(ordinal, title)]
        later = candidates[bisect_left(candidates, onward) : bisect_left(candidates, stop)]
        found = next((at for at in later if _alike(headings[at][3], title)), None)
        onward = onward if found is None else found + 1
        places.append(found)
        above.append((level, found))
    return places


def _number(ordinal: str, title: str) -> tuple[str, int | str]:
    """What an entry and its heading share: the kind and number of the ordinal, or, where there is none, the title."""
    kind = re.sub(r"[0-9〇零一二三四五六七八九十百()（）.．、\s]", "", ordinal)
    number = number_of(ordinal)
    return (kind, number) if number is not None else (kind, normalise_title(title))


def _alike(first: str, second: str) -> bool:
    first, second = normalise_title(first), normalise_title(second)
    return first == second or SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE


def _of_children(at: int, levels: list[int], leaf_status: list[str]) -> str:
    """A heading's status from those below it: of one kind, or partial."""
    end = next((later for later in range(at + 1, len(levels)) if levels[later] <= levels[at]), len(levels))
    below = set(leaf_status[at + 1 : end]) or {leaf_status[at]}
    return below.pop() if len(below) == 1 else "partial"


def add_pages(sections: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """The sections with the source's own page where it has pages, else the one that the contents list names."""
    pages = coverage[coverage["section"] >= 0].set_index("section")["page"]
    listed = sections["section"].map(pages).astype("Int64")
    return sections.assign(page=sections["page"].astype("Int64").fillna(listed))


def summarise_coverage(coverage: pd.DataFrame, sections: pd.DataFrame) -> CoverageSummary:
    """Count what has text and what has not; see CoverageSummary."""
    pages = coverage["page"].dropna()
    leaves = coverage[coverage["level"].shift(-1, fill_value=0) <= coverage["level"]]
    with_text = leaves[leaves["status"] != "missing"]
    body = sections[sections["kind"].isin(COUNTED_KINDS) & (sections["n_chars"] > 0)]
    outside = body[(body["parent"] < 0) & ~body["section"].isin(coverage["section"])]
    counts = coverage["status"].value_counts()
    return CoverageSummary(
        n_entries=len(coverage),
        n_complete=int(counts.get("complete", 0)),
        n_partial=int(counts.get("partial", 0)),
        n_missing=int(counts.get("missing", 0)),
        n_pages=int(pages.iloc[-1] - pages.iloc[0]) if len(pages) > 1 else None,
        n_pages_with_text=int(with_text["pages"].sum()) if len(pages) > 1 else None,
        with_text=[_name(row) for row in coverage[coverage["status"] != "missing"].to_dict("records")],
        outside=[_name(row) for row in outside.to_dict("records")] if len(coverage) else [],
    )


def _name(row: Mapping[Hashable, object]) -> str:
    return f"{row['ordinal']} {row['title']}".strip() or "（无标题）"


def unit_pages(contents: pd.DataFrame, settings: PlanSettings) -> pd.DataFrame:
    """The entries of a contents list that are counties or industries, with the pages given to each.

    Columns scheme, unit, under (the entry of the widest level that it stands under), title, page, pages, first (whether
    it is the unit's first entry: an industry may come again in an annex of firms). Rows in the order of the list.
    """
    rows = []
    seen = set()
    names = {
        normalise_title(name): (scheme, unit)
        for scheme, units in settings.unit_names().items()
        for unit, unit_names_ in units.items()
        for name in unit_names_
    }
    under = ""
    for level, title, page, pages in contents[["level", "title", "page", "pages"]].itertuples(index=False, name=None):
        under = title if level == contents["level"].min() else under
        found = names.get(normalise_title(title))
        if found:
            rows.append((*found, under, title, page, pages, found not in seen))
            seen.add(found)
    columns = ["scheme", "unit", "under", "title", "page", "pages", "first"]
    return pd.DataFrame(rows, columns=columns).astype({"page": "Int64", "pages": "Int64", "first": bool})

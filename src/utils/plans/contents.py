"""The contents list: its entries in every shape they come in, their page numbers told from their titles' own digits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from src.utils.plans.headings import (
    RANK,
    Heading,
    Line,
    find_part,
    normalise_title,
    parse_heading,
)
from src.utils.plans.nesting import nest

CONTENTS = ["level", "ordinal", "title", "page", "pages", "line", "sure"]
_DIGITS = "0123456789"
_LEADER = " .…·．‥•\t\u3000"
_MAX_PAGE_DIGITS = 4
_MAX_ENTRY = 90


def _bare(entry: str) -> str:
    """An entry without the digits it ends in and the dots before them."""
    return entry.rstrip().rstrip(_DIGITS).rstrip(_LEADER)


def _page_choices(entry: str) -> list[tuple[str, int | None]]:
    """Each way to part an entry into title and page number, the longest number first, then none at all."""
    entry = entry.rstrip().rstrip("—–-").rstrip() if re.search(r"[0-9]\s*[—–-]+\s*$", entry[-10:]) else entry
    digits = len(entry.rstrip(_DIGITS))
    bare = entry.rstrip(" .…·\t")
    if digits == len(entry):
        return [(bare, None)]
    choices: list[tuple[str, int | None]] = []
    for at in range(max(digits, len(entry) - _MAX_PAGE_DIGITS), len(entry)):
        title = entry[:at]
        if entry[at] != "0":
            choices.append((re.sub(r"[—–-]+$", "", title.rstrip(_LEADER)).rstrip(_LEADER), int(entry[at:])))
        if title != title.rstrip(" .…·\t"):
            break
    return [*choices, (bare, None)]


# What a way of reading a contents list costs; page numbers that fall are not allowed at all.
_DIGIT_IN_TITLE, _WIDE_JUMP, _NO_PAGE, _SLACK = 1.0, 4.0, 6.0, 40
_MAX_WAYS = 60


def resolve_pages(entries: Sequence[str]) -> list[tuple[str, int | None, bool]]:
    """Part contents entries into titles and page numbers so that the pages rise down the list.

    Returns (title, page or None, sure) for each entry. `sure` is False where digits were left to the title, or where no
    page was found though other entries have one: a reader should look at these.

    >>> resolve_pages(["第一章 总则1", "第二章 展望203512", "第三章 保障15"])[1]
    ('第二章 展望2035', 12, False)
    """
    # Dynamic programming over the page so far: the cheapest way to have read the entries up to here, with the choice
    # that each way made last and the page it came from.
    options = [_page_choices(entry) for entry in entries]
    costs: dict[int, float] = {0: 0.0}
    steps: list[dict[int, tuple[int, int]]] = []
    for choices in options:
        onward: dict[int, float] = {}
        step: dict[int, tuple[int, int]] = {}
        for last, cost in costs.items():
            for at, (_, page) in enumerate(choices):
                if page is not None and page < last:
                    continue
                now = last if page is None else page
                added = _NO_PAGE if page is None else _DIGIT_IN_TITLE * at + _WIDE_JUMP * (page - last > _SLACK)
                if now not in onward or cost + added < onward[now]:
                    onward[now], step[now] = cost + added, (at, last)
        costs = dict(sorted(onward.items(), key=lambda way: (way[1], way[0]))[:_MAX_WAYS])
        steps.append(step)
    chosen = _walk_back(options, costs, steps)
    paged = any(page is not None for _, page, _ in chosen)
    return [(title, page, not paged or (at == 0 and page is not None)) for title, page, at in chosen]


def _walk_back(
    options: Sequence[Sequence[tuple[str, int | None]]],
    costs: dict[int, float],
    steps: Sequence[dict[int, tuple[int, int]]],
) -> list[tuple[str, int | None, int]]:
    """The choices of the cheapest way, from the first entry on."""
    page = min(costs, key=lambda page: (costs[page], page))
    chosen = []
    for choices, step in zip(reversed(options), reversed(steps), strict=True):
        at, before = step[page]
        chosen.append((*choices[at], at))
        page = before
    return chosen[::-1]


_NEXT_ENTRY = re.compile(
    r"(?<=[0-9\s.…·])(?=第[0-9一二三四五六七八九十百]{1,5}[篇编章节]|（[一二三四五六七八九十]{1,3}）"
    r"|[一二三四五六七八九十]{1,3}、|专栏\s?[0-9一二三四五六七八九十]|附[件表][0-9一二三四五六七八九十：:])"
)
_SUB_ITEM = re.compile(r"([0-9]{1,7})[.、．]?(?=[\u4e00-\u9fff“《](?<![年月日个项大+]))")
_OWN_DIGITS = re.compile(r"[年月日个项大类级%万亿家]")


def split_entries(line: Line) -> list[Line]:
    """The entries on one line of a contents list, sub-items whose ordinals merge with page numbers among them.

    A sub-item's ordinal is the next number in turn, and what stands before it is the page of the item above, if pages
    rise by that.

    >>> [entry.text for entry in split_entries(Line(0, "（一）新能源23（二）生物医药26"))]
    ['（一）新能源23', '（二）生物医药26']
    >>> [entry.text for entry in split_entries(Line(0, "2生物医药263电子信息284新材料30"))]
    ['2生物医药26', '3电子信息28', '4新材料30']
    """
    cuts = [0, *(match.start() for match in _NEXT_ENTRY.finditer(line.text)), len(line.text)]
    pieces = [(start, line.text[start:end]) for start, end in pairwise(cuts) if start < end]
    found = []
    for start, piece in pieces:
        for at, entry in _split_sub_items(piece):
            text = entry.strip()
            if text:
                found.append(Line(line.start + start + at + entry.index(text), text))
    return found


def _split_sub_items(piece: str) -> Iterator[tuple[int, str]]:
    """The entries of a piece that begins with one ordinal: the entry itself and the sub-items that follow it."""
    own = re.match(r"[0-9]{1,2}(?![0-9])", piece)
    expected = int(own[0]) + 1 if own else 1
    cuts, last_page = [0], 0
    for match in _SUB_ITEM.finditer(piece, own.end() if own else 1):
        digits, tail = match[1], str(expected)
        if _OWN_DIGITS.match(piece, match.end()) or not digits.endswith(tail):
            continue
        page = digits[: -len(tail)]
        before = piece[max(0, match.start() - 12) : match.start()].rstrip()
        if not page and not before[-1:].isdigit():
            continue
        number = int(page) if page else int(re.findall("[0-9]+", before)[-1])
        if number < last_page:
            continue
        cuts.append(match.end(1) - len(tail))
        expected, last_page = expected + 1, number
    if own is None and len(cuts) == 2:
        cuts = [0]  # a single 1 may as well belong to the title
    for start, end in zip(cuts, [*cuts[1:], len(piece)], strict=True):
        yield start, piece[start:end]


def _parse_entry(entry: Line) -> Heading | None:
    """An entry as a heading: numbered, a part, an ordinal without its mark, or a title with a page number set apart."""
    bare = _bare(entry.text)
    if not bare or len(entry.text) > _MAX_ENTRY:
        return None
    heading = parse_heading(bare, entry.start) or find_part(bare, entry.start)
    if heading is not None and heading.form != "run-in":
        return heading
    unmarked = re.fullmatch(r"([0-9]{1,2})(?![0-9])([\u4e00-\u9fff“《].*)", bare)
    if unmarked:
        return Heading(RANK["1."], unmarked[1], unmarked[2], entry.start, entry.start + len(entry.text))
    if bare != entry.text.rstrip(_DIGITS) and bare != entry.text and not re.search("[。；！？]", bare):
        return Heading(-1, "", bare, entry.start, entry.start + len(entry.text))
    return None


@dataclass(frozen=True)
class ContentsList:
    """A contents list: its table (columns CONTENTS), and the lines it takes, its own title's among them."""

    table: pd.DataFrame
    first: int
    stop: int
    title: str


_IN_BETWEEN = re.compile(r"[IVXivxⅠ-Ⅻ]{1,5}|[—–-]?\s*[0-9]{1,3}\s*[—–-]?")
_MIN_UNTITLED = 5


def find_contents(lines: Sequence[Line]) -> ContentsList | None:
    """The document's contents list, by its title line or, without one, by five headings with rising page numbers."""
    at = next((at for at, line in enumerate(lines) if len(line.text) < 12 and _is_contents_title(line.text)), None)
    if at is not None:
        table, n_lines = read_contents(lines[at + 1 :])
        return ContentsList(table, at, at + 1 + n_lines, normalise_title(lines[at].text)) if n_lines else None
    at = _untitled(lines)
    if at is None:
        return None
    table, n_lines = read_contents(lines[at:])
    return ContentsList(table, at, at + n_lines, "")


def _is_contents_title(text: str) -> bool:
    return normalise_title(text) in ("目录", "目次")


def _untitled(lines: Sequence[Line]) -> int | None:
    """Where five headings in a row end in page numbers that rise."""
    run, last = 0, 0
    for at, line in enumerate(lines):
        may_be = len(line.text) <= _MAX_ENTRY and line.text[-1:].isdecimal()
        page = re.search(r"[^0-9]([0-9]{1,3})$", line.text[-6:]) if may_be else None
        heading = parse_heading(_bare(line.text)) if page else None
        if page and heading and heading.form == "alone" and int(page[1]) >= (last if run else 1):
            run, last = run + 1, int(page[1])
            if run == _MIN_UNTITLED:
                return at - _MIN_UNTITLED + 1
        else:
            run = 0
    return None


def read_contents(lines: Sequence[Line]) -> tuple[pd.DataFrame, int]:
    """The contents list that follows its title line, and how many lines it takes.

    lines: the document's lines after 目录. The list ends where its first entry stands again, as the body's heading, or
    at the first line that is no entry. Returns a table (columns CONTENTS; `pages` is the number of pages from an
    entry's start to the next entry's at the same level or above) and the number of lines.
    """
    found: list[tuple[Line, Heading]] = []
    n_lines, n_read = 0, 0
    for at, line in enumerate(lines):
        if found and (_IN_BETWEEN.fullmatch(line.text.strip()) or _is_contents_title(line.text)):
            continue
        entries = [(entry, _parse_entry(entry)) for entry in split_entries(line)]
        headings = [(entry, heading) for entry, heading in entries if heading is not None]
        # Of the first entry's kind no ordinal stands twice in a list: its return is the body's first heading.
        if found and headings and _key(headings[0][1]) == _key(found[0][1]):
            break
        if len(headings) < len(entries) or not entries:
            if not found or not _continues(found[-1][0].text, line.text):
                break
            last, heading = found[-1]
            found[-1] = (Line(last.start, last.text + line.text.strip()), heading)
        else:
            found += headings
        n_lines = at + 1
        if _ends_in_page(line.text):
            n_read, n_paged = n_lines, len(found)
    # Where the entries have pages, those after the last page number are the body's own headings.
    if n_read and sum(_ends_in_page(line.text) for line, _ in found) > len(found) / 2:
        found, n_lines = found[:n_paged], n_read
    resolved = resolve_pages([line.text for line, _ in found])
    levels = nest([heading for _, heading in found])
    rows = []
    for (line, heading), (whole, page, sure), level in zip(found, resolved, levels, strict=True):
        title = whole.removeprefix(heading.ordinal).lstrip(" \t\u3000:：")
        rows.append((level, heading.ordinal, title, page, None, line.start, sure))
    contents = pd.DataFrame(rows, columns=CONTENTS)
    contents["page"] = contents["page"].astype("Int64")
    contents["pages"] = pages_to_next(contents)
    return contents, n_lines


def _ends_in_page(text: str) -> bool:
    return text.rstrip().rstrip("—–-").rstrip()[-1:].isdigit()


def _continues(entry: str, line: str) -> bool:
    """Whether a line is the rest of an entry broken in two: the entry has no page number yet, the line ends in one."""
    return not _ends_in_page(entry) and _ends_in_page(line) and len(line) <= 40 and not re.search("[。；！？]", line)


def _key(heading: Heading) -> str:
    return heading.ordinal or heading.title


def pages_to_next(contents: pd.DataFrame) -> "pd.Series[int]":
    """Pages from the start of each entry to the start of the next at its level or above; NA for the last of a level.

    Starts are whole pages, so the true length lies within one page on either side.
    """
    rows = list(contents[["level", "page"]].itertuples(index=False, name=None))
    spans: list[object] = [pd.NA] * len(rows)
    waiting: list[int] = []
    for at, (level, page) in enumerate(rows):
        while waiting and rows[waiting[-1]][0] >= level:
            before = waiting.pop()
            spans[before] = page - rows[before][1]
        waiting.append(at)
    return pd.Series(spans, index=contents.index, dtype="Int64")

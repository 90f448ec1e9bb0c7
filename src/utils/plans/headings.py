"""The heading grammar of Chinese plans and reports: which lines are headings, and how deep each stands.

A line begins with an ordinal (第一章, 一、, （一）, 1., ①, 专栏1, 附件1) or is marked by the format. Whether it is a
heading or an item of a list is decided for the whole series it belongs to: 一、, 二、, 三、 are judged together.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

_HAN_NUMERAL = "[一二三四五六七八九十百零〇]{1,6}"
_NUMERAL = "[0-9一二三四五六七八九十百零〇]{1,6}"
# From the widest kind of ordinal to the narrowest; the first that matches a line is its kind. After a strong ordinal no
# word may follow that makes it part of a sentence (第一章提出的…).
_IN_A_SENTENCE = "(?![提所规中的以至和、，与及])"
KINDS: tuple[tuple[str, str], ...] = (
    ("篇", rf"第{_NUMERAL}[篇编]{_IN_A_SENTENCE}"),
    ("章", rf"第{_NUMERAL}章{_IN_A_SENTENCE}"),
    ("节", rf"第{_NUMERAL}节{_IN_A_SENTENCE}"),
    ("条", rf"第{_NUMERAL}条{_IN_A_SENTENCE}"),
    ("一、", rf"{_HAN_NUMERAL}、(?![一二三四五六七八九十]+、)"),
    ("（一）", rf"[（(]{_HAN_NUMERAL}[）)]"),
    ("1.", r"[0-9]{1,3}[.．、](?![0-9])"),
    ("1.1", r"[0-9]{1,2}(?:\.[0-9]{1,2}){1,3}(?=[ \t\u3000])"),
    ("（1）", r"[（(][0-9]{1,3}[）)]|[0-9]{1,2}[）)]"),
    ("①", r"[①-⑳]"),
    ("一是", rf"{_HAN_NUMERAL}是"),
)
RANK = {name: at for at, (name, _) in enumerate(KINDS)}
# An unnumbered heading that the format marks stands below all numbered ones, one known by its position above them.
LEAD, ALONE = len(KINDS), -2
_STRONG = {RANK["篇"], RANK["章"], RANK["节"]}
_ORDINAL = re.compile("|".join(f"(?P<k{at}>{pattern})" for at, (_, pattern) in enumerate(KINDS)))
_BOX = re.compile(r"(?P<ordinal>专栏\s*[0-9一二三四五六七八九十]*(?:-[0-9]+)?)[\s:：]*(?P<title>.*)")
_ANNEX = re.compile(
    r"(?P<ordinal>附[件表录](?:\s*[0-9一二三四五六七八九十]+(?![0-9一二三四五六七八九十、]*[项个份条]))?)(?P<mark>[\s:：.、]*)(?P<title>.*)"
)
_PARTS = {
    "前言": "body",
    "序言": "body",
    "引言": "body",
    "导言": "body",
    "序": "body",
    "结语": "body",
    "结束语": "body",
    "后记": "body",
    "名词解释": "annex",
    "目录": "contents",
}
_MAX_TITLE = 60
_MAX_RUN_IN = 48
_STOPS = "。！？；"
_RUNNING_TEXT = re.compile(f"[{_STOPS}]")
_FIRST_SENTENCE = re.compile(rf"\s*([^。：:！？；\s][^。：:！？；]{{1,{_MAX_RUN_IN}}})[。：:]")
_EXPLAINED = re.compile(r"\s*([^：:，。]{2,30})[：:]")
_DIGITS = {char: at for at, char in enumerate("〇一二三四五六七八九")} | {"零": 0}


@dataclass(frozen=True)
class Line:
    """A line of the cleaned text and where it begins; `parted` where the next was parted from it in cleaning."""

    start: int
    text: str
    parted: bool = False

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Heading:
    """A heading: `rank` is its kind's place among KINDS, `text_start` where its own text begins.

    form: alone (a line of its own), stopped (so, but closed with 。), run-in (its paragraph follows on the line),
    enclosed (the title of one of several documents that a notice issues together).
    style: the level that the format gives it, or None.
    """

    rank: int
    ordinal: str
    title: str
    start: int
    text_start: int
    kind: str = "body"
    form: str = "alone"
    style: int | None = None


def lines_of(text: str) -> list[Line]:
    """The lines of a text."""
    found, start = [], 0
    for line in text.split("\n"):
        found.append(Line(start, line))
        start += len(line) + 1
    return found


def normalise_title(title: str) -> str:
    """A title without the spaces and marks that differ between a contents list and the body.

    >>> normalise_title("“一核一廊” 发展布局：")
    '一核一廊发展布局'
    """
    return re.sub(r"[\s“”\"'‘’：:。，,、·—-]", "", title)


def number_of(ordinal: str) -> int | None:
    """The number in an ordinal; None where there is none.

    >>> number_of("第二十一章"), number_of("（10）"), number_of("③")
    (21, 10, 3)
    """
    if ordinal and "①" <= ordinal[0] <= "⑳":
        return ord(ordinal[0]) - ord("①") + 1
    digits = re.findall(r"[0-9]+", ordinal)
    if digits:
        return int(digits[-1])
    han = re.search(_HAN_NUMERAL, ordinal)
    return _han_number(han[0]) if han else None


def _han_number(numeral: str) -> int:
    """A Chinese numeral below a thousand, written with 十 and 百 or as digits one after the other."""
    if not set(numeral) & set("十百"):
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total, digit = 0, 0
    for char in numeral:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def find_part(line: str, start: int = 0) -> Heading | None:
    """A part without an ordinal (前言, 名词解释), where the line is one."""
    if len(line) > 20:
        return None
    name = normalise_title(line)
    kind = _PARTS.get(name)
    if kind is None:
        return None
    return Heading(-1, "", name, start, start + len(line), "annex" if kind == "annex" else "body")


def parse_heading(line: str, start: int = 0) -> Heading | None:
    """The heading that a line is or begins with, or None where the line taken by itself is running text.

    A line with an ordinal is a heading when it is short and holds no sentence; where a paragraph follows on the same
    line, the heading ends at the first 。 or ：, if its title is short.

    >>> parse_heading("第一节“一核一廊”发展布局").title
    '“一核一廊”发展布局'
    >>> parse_heading("（一）信州区。围绕主城区……").title
    '信州区'
    >>> parse_heading("第一方阵的企业") is None
    True
    """
    found = _boxed(line, start) or _numbered(line, start)
    if found is None or found.form not in ("alone", "run-in", "article") or found.rank == RANK["一是"]:
        return None
    return found


def _boxed(line: str, start: int) -> Heading | None:
    """A 专栏 or an annex, where the line is the heading of one."""
    for pattern, kind in ((_BOX, "box"), (_ANNEX, "annex")):
        match = pattern.fullmatch(line)
        if match and len(match["title"]) <= _MAX_TITLE and not _RUNNING_TEXT.search(line):
            ordinal, title = re.sub(r"\s", "", match["ordinal"]), match["title"].strip()
            if kind == "annex" and title and not match["mark"] and not ordinal[-1].isdigit():
                continue  # 附件清单, 附表所列: a word, not an ordinal and a title
            return Heading(-1, ordinal, title, start, start + len(line), kind)
    return None


def _numbered(line: str, start: int) -> Heading | None:
    """A line that begins with an ordinal, with its form: alone, stopped, run-in, article, bare, item or sentence."""
    match = _ORDINAL.match(line)
    if match is None:
        return None
    rank = next(at for at in range(len(KINDS)) if match[f"k{at}"])
    ordinal, rest = match[0], line[match.end() :]
    title, after = rest.strip(), start + match.end()
    if rank == RANK["条"]:
        return _article(ordinal, rest, start, after)
    if rank in _STRONG and title and not rest[0].isspace() and title[-1] in _STOPS:
        return None
    form, title, length = _form(rest, title, explains=rank > RANK["一、"])
    return Heading(rank, ordinal, title, start, after + length, form=form)


def _form(rest: str, title: str, explains: bool) -> tuple[str, str, int]:
    """What follows an ordinal: its form, the title, and how much of it the title takes.

    explains: whether a title with a long explanation after ： ends there (1. 未来产业：…).
    """
    if not title:
        return "bare", "", 0
    whole = len(title) <= _MAX_TITLE and not _RUNNING_TEXT.search(title[:-1])
    explained = _EXPLAINED.match(rest) if explains and whole else None
    first = _FIRST_SENTENCE.match(rest)
    if title[-1] == "；":
        return "item", title, 0
    if explained and len(title) > 2 * len(explained[1]):
        return "run-in", explained[1].strip(), explained.end()
    if whole and title[-1] not in "，、！？":
        return "stopped" if title[-1] == "。" else "alone", title.rstrip("：:。"), len(rest)
    if first and first[1][-1] not in "，、":
        return "run-in", first[1].strip(), first.end()
    return "sentence", title, 0


def _article(ordinal: str, rest: str, start: int, after: int) -> Heading | None:
    """An article: its text follows on the line, or, where the rest is short and no sentence, its title."""
    title = rest.strip()
    bracketed = re.match(r"\s*[【\[（(]([^】\]）)]{2,20})[】\]）)]", rest)
    if bracketed:
        return Heading(RANK["条"], ordinal, bracketed[1], start, after + bracketed.end(), form="article")
    if title and len(title) <= 25 and not re.search("[，。；：、]", title):
        return Heading(RANK["条"], ordinal, title, start, after + len(rest), form="article")
    if rest and not rest[0].isspace() and not _RUNNING_TEXT.search(rest):
        return None
    return Heading(RANK["条"], ordinal, "", start, after, form="article")


@dataclass(frozen=True)
class Marks:
    """What the format says of lines, as offsets into the cleaned text: style headings, bold openings, tables, boxes.

    styled: start of line to the level of its heading style (None where the style has none). bold: start of line to the
    end of its bold opening. covered: stretches that are tables or boxes, where no heading is looked for.
    """

    styled: Mapping[int, int | None] = field(default_factory=dict)
    bold: Mapping[int, int] = field(default_factory=dict)
    covered: Sequence[tuple[int, int]] = ()

    def covers(self, start: int) -> bool:
        """Whether this offset lies in a table."""
        at = bisect_right(self.covered, (start, float("inf"))) - 1
        return at >= 0 and start < self.covered[at][1]


def find_headings(lines: Sequence[Line], marks: Marks | None = None) -> list[Heading]:
    """The headings of a document's body, in order.

    lines: the lines of the body, none of them empty. Series of ordinals are judged whole (see _is_outline); a box or an
    annex takes its title from the next line where it has none of its own.
    """
    marks = marks or Marks()
    found: dict[int, Heading] = {}
    series = _Series()
    for at, line in enumerate(lines):
        if marks.covers(line.start):
            continue
        if (boxed := _boxed(line.text, line.start)) or (boxed := find_part(line.text, line.start)):
            found[at] = _with_title_below(boxed, lines, at)
            if boxed.kind == "annex":
                series.restart()
        elif (numbered := _numbered(line.text, line.start)) and numbered.form != "bare":
            series.add(at, numbered)
        elif numbered:
            series.add(at, _with_title_below(numbered, lines, at))
    pointers = _pointers(found, lines)
    found = {at: heading for at, heading in found.items() if at not in pointers}
    share = _share_with_stops(lines)
    stops_lost = share is not None and share < _FEW_STOPS
    for run in series.runs:
        found |= _judge(run, lines, series.starts, marks, stops_lost)
    found |= _marked(lines, found, marks)
    found |= {at: heading for at, heading in _enclosed(lines).items() if at not in found}
    if not any(h.rank in _STRONG or h.rank == RANK["一、"] for h in found.values()):
        found |= _standing_alone(lines, found, marks) if share is not None and share >= _MOST_STOPS else {}
    return _with_kind([found[at] for at in sorted(found)])


_NAMED = re.compile("《([^《》]{4,60})》")


def _enclosed(lines: Sequence[Line]) -> dict[int, Heading]:
    """The titles of the documents that one notice issues together; none where it issues one, whose title is the plan's.

    A notice names what it encloses (《…》《…》…现印发给你们); each begins with its title on a line of its own.
    """
    issuing = next((at for at, line in enumerate(lines) if "印发" in line.text and _NAMED.search(line.text)), None)
    if issuing is None:
        return {}
    names = {normalise_title(name) for name in _NAMED.findall(lines[issuing].text)}
    titles: dict[str, int] = {}
    for at, line in enumerate(lines[issuing + 1 :], start=issuing + 1):
        if (name := normalise_title(line.text)) in names:
            titles.setdefault(name, at)
    if len(titles) < 2:
        return {}
    return {
        at: Heading(-1, "", lines[at].text.strip(), lines[at].start, lines[at].end, form="enclosed")
        for at in titles.values()
    }


_FEW_STOPS, _MOST_STOPS, _ENOUGH_LINES = 0.5, 0.9, 5


def _share_with_stops(lines: Sequence[Line]) -> float | None:
    """The share of long lines that end in a stop; None where there are too few to say."""
    long = [line.text.rstrip() for line in lines if len(line.text) > _LONG_LINE]
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
        1 < len(text) <= _MAX_TITLE
        and not re.search("[。；！？：]", text)
        and _ORDINAL.match(text) is None
        and text[-1] not in "，、"
    )


def _pointers(found: Mapping[int, Heading], lines: Sequence[Line]) -> set[int]:
    """Annexes that are only named (附件：某某表) at the end of a letter, to come later or elsewhere."""
    annexes = [(at, h) for at, h in found.items() if h.kind == "annex" and h.ordinal]
    pointers = set()
    after = dict(zip(found, [*found, len(lines)][1:], strict=True))
    last = {normalise_title(heading.title): place for place, (_, heading) in enumerate(annexes)}
    for place, (at, heading) in enumerate(annexes):
        listed = _ORDINAL.match(heading.title) is not None or "：" in lines[at].text or ":" in lines[at].text
        empty = not any(_RUNNING_TEXT.search(line.text) for line in lines[at + 1 : after[at]])
        again = heading.title and last[normalise_title(heading.title)] > place
        if again or (listed and empty):
            pointers.add(at)
    return pointers


class _Series:
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
_LONG_LINE = 40


def _judge(
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
    if rank in _STRONG:
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
    return dict(run) if len(run) >= _MIN_LEADS and alone and below else {}


def _settled(heading: Heading, marked: bool) -> Heading:
    """A heading whose text begins after its title; where only the format says that it is one, its first sentence."""
    if heading.form != "sentence" or not marked:
        return heading
    first = re.match(rf"([^{_STOPS}：]*)[{_STOPS}：]?", heading.title)
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


_MIN_LEADS = 3
_ANNOUNCEMENT = re.compile(
    f"(?:抓好|做好|做了|推进|突出)(?:以下)?{_HAN_NUMERAL}(?:个|大)?(?:方面|项)的?(?:重点)?(?:工作|任务)$"
)


def _marked(lines: Sequence[Line], found: Mapping[int, Heading], marks: Marks) -> dict[int, Heading]:
    """Unnumbered headings that the format marks: by a heading style, or by a bold opening that is used throughout."""
    styled, leads = {}, {}
    begun = min(found, default=0)
    for at, line in enumerate(lines):
        if at in found or marks.covers(line.start):
            continue
        if line.start in marks.styled and len(line.text) <= _MAX_TITLE and at >= begun:
            style = marks.styled[line.start]
            styled[at] = Heading(LEAD, "", line.text.rstrip("：:。"), line.start, line.end, style=style)
        elif line.start in marks.bold and at > begun:
            lead = _lead(line, marks.bold[line.start])
            if lead is not None:
                leads[at] = lead
    return styled | (leads if len(leads) >= _MIN_LEADS else {})


def _lead(line: Line, bold_end: int) -> Heading | None:
    """The heading that a bold opening is, if it is the first sentence or the whole of a short line."""
    bold = line.text[: bold_end - line.start].rstrip()
    title = bold.rstrip("。：:").strip()
    rest = line.text[len(bold) :].lstrip()
    stops = bold[-1:] in "。：:" or rest[:1] in "。：:"
    if not 2 <= len(title) <= _MAX_RUN_IN or _RUNNING_TEXT.search(title) or _ORDINAL.match(title):
        return None
    if line.text.rstrip()[-1] in "：:" or _ANNOUNCEMENT.search(title):
        return None  # it announces what follows
    if not rest:
        return Heading(LEAD, "", title, line.start, line.end)
    if not stops:
        return None
    after = line.start + len(bold) + (len(line.text) - len(bold) - len(rest)) + (rest[:1] in "。：:")
    return Heading(LEAD, "", title, line.start, after, form="run-in")


_NO_TITLE = re.compile(
    r"[，。；：！？、,;:|]|^[—–-]|^\d{4}年\d{1,2}月|^(?:附|图|表|注|来源)"
    r"|(?:局|厅|部|委|会|委员会|办公室|政府|省长|市长|主席)(?:[ \u3000].*)?$"
)


def _standing_alone(lines: Sequence[Line], found: Mapping[int, Heading], marks: Marks) -> dict[int, Heading]:
    """Unnumbered titles known by their position: a short line without a stop between paragraphs that all have theirs.

    Looked for only where the document has no numbered heading of a wide kind.
    """
    alone = {}
    for at, (line, later) in enumerate(pairwise(lines)):
        text = line.text.strip()
        before = lines[at - 1].text if at else ""
        follows = len(later.text) > _LONG_LINE or at + 1 in found
        if at in found or marks.covers(line.start) or not 4 <= len(text) <= 25 or _NO_TITLE.search(text):
            continue
        if before[-1:] in ("。", "！", "：") and follows and _RUNNING_TEXT.search(before):
            alone[at] = Heading(ALONE, "", text, line.start, line.end)
    return alone


def _with_kind(headings: Sequence[Heading]) -> list[Heading]:
    """What stands under an annex belongs to it."""
    annexed = False
    kinded = []
    for heading in headings:
        annexed = annexed or heading.kind == "annex"
        kinded.append(replace(heading, kind="annex") if annexed and heading.kind == "body" else heading)
    return kinded


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

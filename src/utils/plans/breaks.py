"""Rules that join lines broken in the middle of a sentence and part headings that share a line."""

import re
from collections.abc import Collection, Iterator, Sequence

from src.utils.plans.editing import GAP, Characters, Edit, lines_in, rule

_NUMERAL = r"[0-9０-９一二三四五六七八九十百零〇]{1,5}"
# What begins a line of its own: an ordinal, a dash or mark of a list, a box, an annex.
BEGINS_LINE = re.compile(
    rf"[{GAP}]*(?:第{_NUMERAL}[篇编章节条]|[一二三四五六七八九十]{{1,3}}[、是]|[（(](?:{_NUMERAL})[）)]"
    rf"|[0-9０-９]{{1,3}}[.．、](?![0-9０-９])|[①-⑳]|[—–-]{{2}}|[●■◆★▲·•]|专栏|附[件表录]|[图表][{GAP}]?[0-9])"
)
_SENTENCE_END = "。！？；：!?;:…"
_ENDS = tuple(_SENTENCE_END)
_FORM_FEED = re.compile(r"(?:\r?\n)?\f+")
_CLOSE = 200
_RUNNING = 15


@rule("sentences broken by a form feed", needs=Characters("\f"))
def join_across_form_feeds(text: str) -> Iterator[Edit]:
    r"""A page's end in the middle of a sentence goes; where a line ends on both sides it stays a line's end.

    >>> join_across_form_feeds("实行部分地质勘探成果有偿使用，发掘地\f方、部门和企业集资的潜力。\f第二章")
    '实行部分地质勘探成果有偿使用，发掘地方、部门和企业集资的潜力。\x0c第二章'
    """
    for match in _FORM_FEED.finditer(text):
        if match.start() == 0 or match.end() == len(text):
            continue
        if text[match.start() - 1].isspace() or text[match.end()].isspace():
            continue
        before = re.split(r"[\r\n\f]", text[max(0, match.start() - _CLOSE) : match.start()])[-1]
        after = re.split(r"[\r\n\f]", text[match.end() : match.end() + _CLOSE])[0]
        runs_on = before[-1] not in _SENTENCE_END + "”）" and not BEGINS_LINE.match(after)
        if runs_on and _is_running(before) and _is_running(after):
            yield Edit(*match.span(), _joint(before, after))


def _is_running(line: str) -> bool:
    """Whether a line is long enough, or pointed as, running text; an ordinal and what may be its title are not."""
    if BEGINS_LINE.match(line) and not re.search("[。；]", line):
        return False
    return len(line.strip()) >= _RUNNING or bool(re.search("[，。；、]", line))


def _joint(before: str, after: str) -> str:
    """What stands between two joined pieces: a space between Latin words, nothing among Chinese."""
    return " " if before[-1].isascii() and before[-1].isalpha() and after[0].isascii() and after[0].isalpha() else ""


_MIN_WIDTH = 15.0
_SLACK = 3.0
_NEAR_CONSTANT = 0.8
_MIN_BROKEN = 2
_MAX_WIDER = 0.02


@rule("sentences broken into lines of equal width")
def join_broken_lines(text: str) -> Iterator[Edit]:
    r"""Lines that stop in the middle of a sentence are joined, where a page's width or a comma shows it.

    A line is taken as cut where nearly all lines that end without a stop have one width, and the joined lines end as a
    sentence does, or where it ends in a comma. Headings, lists and short lines (addresses, names) stay.

    >>> join_broken_lines("一、总体要求\n坚持以习近平新时代中国特色社会主义思想为指导，\n全面贯彻党的二十大精神。")
    '一、总体要求\n坚持以习近平新时代中国特色社会主义思想为指导，全面贯彻党的二十大精神。'
    """
    lines = lines_in(text, "\n")
    words = [line.strip() for line in lines.texts]

    def goes_on(at: int) -> bool:
        """Whether a line may go on in the next."""
        word, later = words[at : at + 2]
        together = lines.end(at) + 1 == lines.starts[at + 1] and not lines.texts[at + 1][0].isspace()
        return bool(word and later) and together and _may_go_on(word, later)

    opened = {at for at, word in enumerate(words[:-1]) if _is_open(word) and goes_on(at)}
    if not opened:
        return
    cut = {at for at in opened if _ends_in_comma(words[at])}
    width = _page_width([_width(words[at]) for at in opened], words)
    if width is not None:
        full = [width - _SLACK <= _width(word) <= width for word in words]
        by_indent = _indents_tell(full, [line[0].isspace() for line in lines.texts], words)
        cut |= {at for at in range(len(words) - 1) if full[at] and (at in opened or (by_indent and goes_on(at)))}
    for at in _ending_well(cut, words):
        start, end = lines.starts[at] + len(lines.texts[at].rstrip()), lines.starts[at + 1]
        end += len(lines.texts[at + 1]) - len(lines.texts[at + 1].lstrip())
        yield Edit(start, end, _joint(words[at], words[at + 1]))


def _may_go_on(line: str, later: str) -> bool:
    """Whether a line may go on in the next: neither is a heading, and the next begins no item of a list."""
    is_heading = BEGINS_LINE.match(line) and not re.search("[。；]", line)
    return not is_heading and not BEGINS_LINE.match(later)


def _is_open(line: str) -> bool:
    """Whether a line stops without a stop."""
    return not line.rstrip("”’）》】)").endswith(_ENDS)


def _indents_tell(full: Sequence[bool], indented: Sequence[bool], words: Sequence[str]) -> bool:
    """Whether paragraphs are known by their indents: what follows a line that is not full begins with one."""
    begins = [
        indent or bool(BEGINS_LINE.match(word))
        for is_full, indent, word in zip(full, indented[1:], words[1:], strict=False)
        if not is_full
    ]
    return any(indented) and sum(begins) >= _NEAR_CONSTANT * len(begins)


def _ends_in_comma(line: str) -> bool:
    return line[-1] in "，、" and len(line) >= _RUNNING


def _width(line: str) -> float:
    """Width in Han characters: Latin letters and digits take half of one."""
    return len(line) - len(line.encode("ascii", "ignore")) / 2


def _page_width(opened: Sequence[float], words: Sequence[str]) -> float | None:
    """The width at which lines are cut, or None where they are not of one width or other lines are wider.

    opened: the widths of the lines that stop without a stop. words: all lines.
    """
    if len(opened) < _MIN_BROKEN:
        return None
    widest = sorted(opened)[int(len(opened) * 0.95) if len(opened) >= 20 else -1]
    near = sum(widest - _SLACK <= width <= widest for width in opened)
    if widest < _MIN_WIDTH or near < _NEAR_CONSTANT * len(opened):
        return None
    wider = sum(_width(word) > widest + 1 for word in words)
    return widest if wider <= _MAX_WIDER * len(words) else None


def _ending_well(cut: Collection[int], words: Sequence[str]) -> Iterator[int]:
    """The places of chains of cut lines whose last piece ends as a sentence does."""
    chain: list[int] = []
    for at in sorted(cut):
        chain.append(at)
        if at + 1 not in cut:
            if words[at + 1][-1] in "。！？；：!?;:”）" or _ends_in_comma(words[at]):
                yield from chain
            chain = []


_ORDINAL = re.compile(
    rf"(?:第{_NUMERAL}(?P<article>[篇编章节条])|[一二三四五六七八九十]{{1,3}}、|（[一二三四五六七八九十]{{1,3}}）|专栏{_NUMERAL})"
)
_GAPS = (*" \t\u3000\xa0", "\u2002\u200a")
_RUN = re.compile(rf"[{GAP}]{{2,}}+")
_LONGEST_TITLE = 60
_PAGE = re.compile(rf"[{GAP}.…·]*\d{{1,4}}[{GAP}]*")


@rule("headings and text that share a line, apart by runs of spaces", needs=Characters(*_GAPS, then=_GAPS))
def part_headings_run_together(text: str) -> Iterator[Edit]:
    r"""A line with headings apart by runs of spaces is parted before each ordinal and after each title.

    The run between an ordinal and its title stays, and a contents entry keeps its page number.

    >>> part_headings_run_together("第一篇  指导原则     第一章  关键时期     “十五”时期是不平凡的五年")
    '第一篇  指导原则\n第一章  关键时期\n“十五”时期是不平凡的五年'
    """
    by_line: dict[tuple[int, int], list[re.Match[str]]] = {}
    for run in _RUN.finditer(text):
        start, end = text.rfind("\n", 0, run.start()) + 1, text.find("\n", run.end())
        end = len(text) if end < 0 else end
        if start < run.start() and run.end() < end:
            by_line.setdefault((start, end), []).append(run)
    for (start, end), runs in by_line.items():
        yield from _part_line(text, runs, start, end)


def _part_line(text: str, runs: Sequence[re.Match[str]], start: int, end: int) -> Iterator[Edit]:
    bounds = [start, *(run.end() for run in runs)]
    ends = [*(run.start() for run in runs), end]
    titled = False  # whether the piece before was a heading's title
    bare = False  # whether the piece before was an ordinal alone
    for at, (begin, stop) in enumerate(zip(bounds, ends, strict=True)):
        ordinal = _ORDINAL.match(text, begin, stop)
        page = bool(_PAGE.fullmatch(text, begin, stop))
        if at and (ordinal or (titled and not page)):
            yield Edit(*runs[at - 1].span(), "\n")
        rest = stop - (ordinal.end() if ordinal else begin)
        is_title = (
            0 < rest <= _LONGEST_TITLE
            and (bool(ordinal) or bare)
            and not re.search("[。；]", text[begin:stop])
            and not (ordinal and ordinal["article"] == "条")
        )
        bare = bool(ordinal) and rest == 0 and ordinal["article"] != "条" if ordinal else False
        titled = is_title

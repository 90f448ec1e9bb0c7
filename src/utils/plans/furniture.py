"""Rules that take out what is not the plan's: web pages' and databases' additions, page numbers, running headers.

Whatever they take out stands in the log in full.
"""

import re
from collections import Counter
from collections.abc import Iterator

from src.utils.plans.breaks import BEGINS_LINE
from src.utils.plans.editing import GAP, Characters, Edit, rule

_LINE = re.compile(r"[^\r\n\f]+")
_LONGEST = 80

_MARK = r"[】\]〗]?"
_BUTTON = (
    r"[【\[〖]?(?:打印(?:本页|此页|本文|正文|页面)?|关闭(?:本页|窗口|页面)?|我要纠错|返回顶部|收藏本?[页站]?|加入收藏|设为首页|分享)"
    + _MARK
)
_SIZE = rf"(?:(?:特?大|中|小|默认|超大|正常|[AＡ][+＋-])[{GAP}|、/]*){{1,4}}"
_SEEN = "(?:浏览|阅读|关注|打开|分享|访问|查看|手机版|识别|二维码)"
_WEB_LINES = (
    rf"(?:当前|您现?在?的?|您当前的|现在的|所在)位置[{GAP}]*[:：].{{0,{_LONGEST}}}",
    rf"(?:网站)?首页[{GAP}]*[>›»＞/].{{0,{_LONGEST}}}",
    rf"【?[{GAP}]*(?:字[体号](?:大小)?|选择字号)[{GAP}]*[:：]?[{GAP}]*[【\[（(〖]?[{GAP}]*{_SIZE}[】\]）)〗]?.{{0,20}}",
    rf"{_BUTTON}(?:[{GAP}|]*{_BUTTON})*",
    rf"(?:微信|用手机|手机)?扫(?:一扫|码|描).{{0,30}}{_SEEN}.{{0,15}}",
    "(?:微信|用手机|手机)?扫一扫",
    r"【?分享(?:到|至|：|:|本文|此文).{0,40}",
    rf"(?:上|下)一[篇条][{GAP}]*[:：].{{0,{_LONGEST}}}",
    rf"(?:浏览|阅读|点击)(?:次数|量|数)[{GAP}]*[:：][{GAP}]*\d*[{GAP}]*次?",
    rf"版权所有[{GAP}]*[:：©].{{0,{_LONGEST}}}",
    rf"[^。；\n]{{0,30}}ICP备[{GAP}]?\d{{5,}}号.{{0,30}}",
)
_WEB = re.compile("|".join(_WEB_LINES))
_LONGEST_LINE = 2 * _LONGEST


@rule("furniture of web pages: paths, font sizes, print and share buttons", drops=True)
def drop_web_furniture(text: str) -> Iterator[Edit]:
    r"""Lines that a site puts round every page go whole; 标题：, 链接： and the like stay, they tell what the page was.

    >>> drop_web_furniture("首页>政府信息公开>规划\n字体：【大 中 小】\n打印本页\n关闭窗口效应明显")
    '关闭窗口效应明显'
    """
    for line in _LINE.finditer(text):
        if line.end() - line.start() <= _LONGEST_LINE and _WEB.fullmatch(line[0].strip()):
            yield Edit(line.start(), _after_line_end(text, line.end()), "")


_DATABASE = re.compile(
    rf"^[{GAP}]*(?:【法宝(?:引证码|联想|提示)】|原文链接[{GAP}]*[:：][{GAP}]*(?:https?:|www\.)|"
    rf"【(?:批准部门|发布部门|发文字号|批准日期|发布日期|实施日期|时效性|效力级别|法规类别|专题分类)】)[^\n]{{0,200}}$\n?",
    re.MULTILINE,
)


@rule("headers of legal databases", drops=True)
def drop_database_headers(text: str) -> Iterator[Edit]:
    r"""The citation code, the link and the fields that a database puts above a document go.

    >>> drop_database_headers("【法宝引证码】 CLI.12.4792728\n原文链接：https://www.pkulaw.com/lar/f0.html\n阿坝州")
    '阿坝州'
    """
    for match in _DATABASE.finditer(text) if "【" in text or "原文链接" in text else ():
        yield Edit(*match.span(), "")


_N_FRONT, _SHORTEST_TITLE = 2000, 10


@rule("a title that stands twice above the document", drops=True)
def drop_repeated_title(text: str) -> Iterator[Edit]:
    r"""Where the first long line of the text, a title, stands twice one after the other, the second goes.

    >>> drop_repeated_title("阿坝州政务数据资源管理办法\n阿坝州政务数据资源管理办法\n阿府办发")
    '阿坝州政务数据资源管理办法\n阿府办发'
    """
    lines = list(_LINE.finditer(text, 0, _N_FRONT))
    titles = [line[0].strip() for line in lines]
    at = next((at for at, title in enumerate(titles) if len(title) >= _SHORTEST_TITLE), len(lines))
    if at + 2 >= len(lines) or len(titles[at]) > _LONGEST or re.search("[。；！？]", titles[at]):
        return
    if titles[at] == titles[at + 1] != titles[at + 2]:
        yield Edit(lines[at + 1].start(), _after_line_end(text, lines[at + 1].end()), "")


_PAGE_MARK = re.compile(
    rf"[{GAP}]*(?:[—–―－-]{{1,3}}[{GAP}]*\d{{1,4}}[{GAP}]*[—–―－-]{{1,3}}|[·•][{GAP}]*\d{{1,4}}[{GAP}]*[·•]"
    rf"|第[{GAP}]*\d{{1,4}}[{GAP}]*页(?:[{GAP}，,/]*共[{GAP}]*\d{{1,4}}[{GAP}]*页)?)[{GAP}]*"
)
_LONE_NUMBER = re.compile(rf"[{GAP}]*(\d{{1,3}})(?:[{GAP}]*/[{GAP}]*\d{{1,4}})?[{GAP}]*")
_LONGEST_HEADER = 45
_MIN_REPEATS = 3
_FAR_APART = 150


@rule("page numbers and running headers in text taken from pages", drops=True)
def drop_page_furniture(text: str) -> Iterator[Edit]:
    r"""Lone page numbers go, and lines that repeat beside them or beside form feeds.

    A bare number alone on its line goes only where such numbers rise by one from page to page, far apart or beside form
    feeds. Years (2025年), figures with a unit (6.5%) and numbers in a table stay: they are content.

    >>> drop_page_furniture("发展光伏\n— 12 —\n新能源。\n2025年\n12")
    '发展光伏\n新能源。\n2025年\n12'
    """
    lines = list(_LINE.finditer(text))
    marks = {at for at, line in enumerate(lines) if _is_short(line) and _PAGE_MARK.fullmatch(line[0])}
    marks |= _rising_numbers(text, lines)
    edges = marks | _beside_form_feeds(text, lines)
    gone = marks | _running_headers(lines, marks, edges)
    for at in sorted(gone):
        start, end = lines[at].span()
        yield Edit(start, _after_line_end(text, end), "")


def _after_line_end(text: str, end: int) -> int:
    """The offset after the line end that stands here, if one does; a form feed is none."""
    found = re.compile(r"\r?\n|\r").match(text, end)
    return found.end() if found else end


def _is_short(line: re.Match[str]) -> bool:
    return line.end() - line.start() <= _LONGEST


def _beside_form_feeds(text: str, lines: list[re.Match[str]]) -> set[int]:
    """The lines that begin or end a page."""
    beside = set()
    for at in range(len(lines) - 1):
        if "\f" in text[lines[at].end() : lines[at + 1].start()]:
            beside |= {at, at + 1}
    return beside


def _rising_numbers(text: str, lines: list[re.Match[str]]) -> set[int]:
    """Lone numbers that rise by one from each to the next, a page of text apart."""
    short = ((at, line) for at, line in enumerate(lines) if _is_short(line))
    found = [(at, int(match[1])) for at, line in short if (match := _LONE_NUMBER.fullmatch(line[0]))]
    pages: set[int] = set()
    run: list[tuple[int, int]] = []
    feeds = _beside_form_feeds(text, lines) if found else set()
    for at, number in [*found, (-1, -1)]:
        far = bool(run) and (lines[at].start() - lines[run[-1][0]].end() >= _FAR_APART or at in feeds)
        if run and number == run[-1][1] + 1 and far:
            run.append((at, number))
            continue
        if len(run) >= _MIN_REPEATS:
            pages |= {page for page, _ in run}
        run = [(at, number)]
    return pages


def _running_headers(lines: list[re.Match[str]], marks: set[int], edges: set[int]) -> set[int]:
    """Short lines that stand at the edge of a page again and again; where they stand elsewhere they stay.

    Of a heading that runs over the pages as their header the first stays: it may be the heading itself. A piece of a
    sentence, known by its comma, is no header.
    """
    beside = {at + step for at in marks for step in (-1, 1)} | edges
    beside |= {at + step for at in edges for step in (-1, 1) if at + step in edges}
    names = {at: lines[at][0].strip() for at in beside - marks if 0 <= at < len(lines)}
    repeats = Counter(name for name in names.values() if 2 <= len(name) <= _LONGEST_HEADER)
    headers = {name for name, n in repeats.items() if n >= _MIN_REPEATS and not re.search("[，。；！？]", name)}
    first: dict[str, int] = {}
    for at in sorted(names):
        first.setdefault(names[at], at)
    return {at for at, name in names.items() if name in headers and not (BEGINS_LINE.match(name) and at == first[name])}


_LEADER = re.compile(r"[…‥·•．.・ \t\u3000]{2,}+")
_PAGE_AT_END = re.compile(rf"[—–-]?[{GAP}]*\d{{1,4}}[{GAP}]*[—–-]?[{GAP}]*(?:\n|\Z)")


@rule("dot leaders in contents lists", needs=Characters(*"…‥·•．.・"))
def shorten_dot_leaders(text: str) -> Iterator[Edit]:
    r"""A run of dots between a title and the page number at the line's end becomes a tab; …… in running text stays.

    >>> shorten_dot_leaders("第一节 发展成效………………8\n围绕…………")
    '第一节 发展成效\t8\n围绕…………'
    """
    for match in _LEADER.finditer(text):
        n_dots = sum(3 if char == "…" else 1 for char in match[0] if not char.isspace())
        begins_line = match.start() == 0 or text[match.start() - 1] == "\n"
        if n_dots >= 3 and not begins_line and _PAGE_AT_END.match(text, match.end()):
            yield Edit(*match.span(), "\t")

"""Rules that take out what is not the plan's: web pages' and databases' additions, page numbers, running headers.

Whatever they take out stands in the log in full.
"""

import re
from collections import Counter
from collections.abc import Iterator

from src.utils.plans.breaks import BEGINS_LINE
from src.utils.plans.editing import GAP, Characters, Edit, Lines, lines_in, rule

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
_BEGINS_WEB = frozenset(
    "当您现所网首【字选[〖打关我返收加设分微用手扫上下浏阅点版"
)  # but the last of them, known by its ICP备
_LONGEST_LINE = 2 * _LONGEST


@rule("furniture of web pages: paths, font sizes, print and share buttons", drops=True)
def drop_web_furniture(text: str) -> Iterator[Edit]:
    r"""Lines that a site puts round every page go whole; 标题：, 链接： and the like stay, they tell what the page was.

    >>> drop_web_furniture("首页>政府信息公开>规划\n字体：【大 中 小】\n打印本页\n关闭窗口效应明显")
    '关闭窗口效应明显'
    """
    lines = lines_in(text)
    for at, line in enumerate(lines.texts):
        if len(line) > _LONGEST_LINE:
            continue
        shown = line.strip()
        if (shown[:1] in _BEGINS_WEB or "ICP备" in shown) and _WEB.fullmatch(shown):
            yield Edit(lines.starts[at], _after_line_end(text, lines.end(at)), "")


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
    lines = lines_in(text[:_N_FRONT])
    titles = [line.strip() for line in lines.texts]
    at = next((at for at, title in enumerate(titles) if len(title) >= _SHORTEST_TITLE), len(titles))
    if at + 2 >= len(titles) or len(titles[at]) > _LONGEST or re.search("[。；！？]", titles[at]):
        return
    if titles[at] == titles[at + 1] != titles[at + 2]:
        yield Edit(lines.starts[at + 1], _after_line_end(text, lines.end(at + 1)), "")


_PAGE_MARK = re.compile(
    rf"[{GAP}]*(?:[—–―－-]{{1,3}}[{GAP}]*\d{{1,4}}[{GAP}]*[—–―－-]{{1,3}}|[·•][{GAP}]*\d{{1,4}}[{GAP}]*[·•]"
    rf"|第[{GAP}]*\d{{1,4}}[{GAP}]*页(?:[{GAP}，,/]*共[{GAP}]*\d{{1,4}}[{GAP}]*页)?)[{GAP}]*"
)
_LONE_NUMBER = re.compile(rf"[{GAP}]*(\d{{1,3}})(?:[{GAP}]*/[{GAP}]*\d{{1,4}})?[{GAP}]*")
_BEGINS_PAGE_NUMBER = re.compile(rf"[{GAP}]*[\d—–―－\-·•第]")
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
    lines = lines_in(text)
    begins = _BEGINS_PAGE_NUMBER.match
    short = [at for at, line in enumerate(lines.texts) if len(line) <= _LONGEST and begins(line)]
    marks = {at for at in short if _PAGE_MARK.fullmatch(lines.texts[at])}
    marks |= _rising_numbers(text, lines, short)
    edges = marks | _beside_form_feeds(text, lines)
    gone = marks | _running_headers(lines.texts, marks, edges)
    for at in sorted(gone):
        yield Edit(lines.starts[at], _after_line_end(text, lines.end(at)), "")


def _after_line_end(text: str, end: int) -> int:
    """The offset after the line end that stands here, if one does; a form feed is none."""
    found = re.compile(r"\r?\n|\r").match(text, end)
    return found.end() if found else end


def _beside_form_feeds(text: str, lines: Lines) -> set[int]:
    """The lines that begin or end a page."""
    beside: set[int] = set()
    for at in range(len(lines.texts) - 1) if "\f" in text else ():
        if "\f" in text[lines.end(at) : lines.starts[at + 1]]:
            beside |= {at, at + 1}
    return beside


def _rising_numbers(text: str, lines: Lines, short: list[int]) -> set[int]:
    """Lone numbers that rise by one from each to the next, a page of text apart; looked for in these short lines."""
    found = [(at, int(match[1])) for at in short if (match := _LONE_NUMBER.fullmatch(lines.texts[at]))]
    pages: set[int] = set()
    run: list[tuple[int, int]] = []
    feeds = _beside_form_feeds(text, lines) if found else set()
    for at, number in [*found, (-1, -1)]:
        far = bool(run) and (lines.starts[at] - lines.end(run[-1][0]) >= _FAR_APART or at in feeds)
        if run and number == run[-1][1] + 1 and far:
            run.append((at, number))
            continue
        if len(run) >= _MIN_REPEATS:
            pages |= {page for page, _ in run}
        run = [(at, number)]
    return pages


def _running_headers(lines: list[str], marks: set[int], edges: set[int]) -> set[int]:
    """Short lines that stand at the edge of a page again and again; where they stand elsewhere they stay.

    Of a heading that runs over the pages as their header the first stays: it may be the heading itself. A piece of a
    sentence, known by its comma, is no header.
    """
    beside = {at + step for at in marks for step in (-1, 1)} | edges
    beside |= {at + step for at in edges for step in (-1, 1) if at + step in edges}
    names = {at: lines[at].strip() for at in beside - marks if 0 <= at < len(lines)}
    repeats = Counter(name for name in names.values() if 2 <= len(name) <= _LONGEST_HEADER)
    headers = {name for name, n in repeats.items() if n >= _MIN_REPEATS and not re.search("[，。；！？]", name)}
    first: dict[str, int] = {}
    for at in sorted(names):
        first.setdefault(names[at], at)
    return {at for at, name in names.items() if name in headers and not (BEGINS_LINE.match(name) and at == first[name])}


_PAGE_AT_END = re.compile(rf"[—–-]?[{GAP}]*\d{{1,4}}[{GAP}]*[—–-]?[{GAP}]*(?:\n|\Z)")


_LEADERS = "…‥·•．.・ \t\u3000"
_LEADER = re.compile(f"[{_LEADERS}]{{2,}}+")


@rule("dot leaders in contents lists", needs=Characters(*_LEADERS, then=_LEADERS))
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

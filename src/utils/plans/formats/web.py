"""Saved web pages to text: the article without the site around it, tables as rows, h1 to h6 as headings.

The article is the smallest element that holds nine tenths of the page's running text, links not counted; what stands
outside it is put on record, so that nothing goes unseen. Nothing a page names is fetched, no script is run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree, html

from src.utils.errors import PlanError
from src.utils.plans.formats import plain
from src.utils.plans.formats.extracted import HAN, Extracted, TextBuilder, count_han

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_META_SEARCHED = 16_384
_NO_TEXT = frozenset(
    [
        *("script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "map"),
        *("input", "select", "textarea", "button", "rt", "rp"),
    ]
)
_SITE = frozenset(("nav", "footer", "aside"))
_LINES = frozenset(("p", "br", "hr", "li", "dt", "dd", "caption", "legend", "figcaption", "summary", "tr", "td", "th"))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_FRAMES = frozenset(
    [
        *("body", "div", "section", "article", "main", "table", "tbody", "tr", "td", "form", "center", "span", "font"),
        "ucapcontent",
    ]
)
_BLOCKS = (
    _LINES
    | _HEADINGS.keys()
    | (_FRAMES - {"span", "font"})
    | frozenset(("address", "blockquote", "details", "dl", "fieldset", "figure", "header", "menu", "ol", "pre", "ul"))
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BREAK_IN_HAN = re.compile(
    rf"(?<={HAN.pattern}|[，。、；：”）》])[ \t]*[\r\n]+[ \t]*(?={HAN.pattern}|[，。、；：“（《])"
)
_MAIN_SHARE = 0.9
_LINKED_SHARE = 0.8
_N_LINKS = 3
_DATA_CELL = 400  # characters of running text in a cell: more, and the table only lays out the page
_MIN_TITLE = 4
_TITLE_META = ("articletitle", "og:title")


def read_web(path: Path, content: bytes, encoding: str | None = None) -> Extracted:
    """Read a saved page, in the encoding given, or the one it declares where that reads as Chinese, or the one found.

    Raises PlanError naming the file where it cannot be decoded or is nested too deeply.
    """
    text, used = _decode(path, content, encoding)
    root = _parse(path, text)
    reader = _Reader()
    _drop_hidden(root, reader.out)
    body = root.find("body")
    main = _main_element(root if body is None else body)
    title = _title(root, main)
    if title:
        reader.out.add(title, "title")
    reader.read(main)
    _record_outside(root if body is None else body, main, title, reader.out)
    reader.out.notes.append(f"encoding {used}")
    if reader.out.dropped:
        n_han = sum(count_han(dropped.text) for dropped in reader.out.dropped)
        reader.out.notes.append(
            f"left out: {n_han} Han characters in {len(reader.out.dropped)} places around the article"
        )
    return reader.out.done(used)


def _decode(path: Path, content: bytes, encoding: str | None) -> tuple[str, str]:
    if encoding:
        return plain.decode_as(path, content, encoding)
    declared = _CHARSET.search(content[:_META_SEARCHED])
    if declared:
        # Pages that say GB2312 hold characters of its successors.
        name = re.sub(r"(?i)^(?:gb2312|gb_2312-80|x-gbk|gbk)$", "gb18030", declared[1].decode("ascii"))
        if (found := plain.decode_if_chinese(content, name)) is not None:
            return found
    return plain.detect(path, content)


def _parse(path: Path, text: str) -> html.HtmlElement:
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    # A declaration of the encoding that the bytes had would be believed again; the parser is told that it is UTF-8.
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise PlanError(f"{path}: there is no text in this page. Save the page whole, as HTML.") from error
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise PlanError(f"{path}: its elements are nested too deeply to be a page. Save the plan's text as .txt.")
    return root


def _drop_hidden(root: html.HtmlElement, out: TextBuilder) -> None:
    """Take out what no reader of the page sees, or what is the site's by its tag: scripts, forms, navigation."""
    for item in list(root.iter()):
        if not isinstance(item.tag, str):
            continue
        hidden = item.get("hidden") is not None or _HIDDEN.search(item.get("style", ""))
        if item.tag in _NO_TEXT or item.tag in _SITE or item.get("role") == "navigation" or hidden:
            if item.tag not in _NO_TEXT:
                out.drop("hidden" if hidden else "site navigation", f"line {item.sourceline}", _words(item))
            if item.getparent() is not None:
                item.drop_tree()


def _words(item: html.HtmlElement) -> str:
    return _SPACES.sub(" ", "".join(item.itertext()))


def _main_element(body: html.HtmlElement) -> html.HtmlElement:
    """The smallest frame of the page that holds nine tenths of its running text."""
    weights = _weights(body)
    main = body
    while True:
        frames = [child for child in main if child.tag in _FRAMES]
        heaviest = max(frames, key=lambda child: weights[child], default=None)
        if heaviest is None or not weights[main] or weights[heaviest] < _MAIN_SHARE * weights[main]:
            return main
        if heaviest.tag == "table" and _is_data(heaviest):
            return main
        main = heaviest


def _weights(body: html.HtmlElement) -> dict[html.HtmlElement, int]:
    """For every element the Han characters in it that are no link's."""
    weights: dict[html.HtmlElement, int] = {}
    for _, item in etree.iterwalk(body, events=("end",)):
        own = 0 if item.tag == "a" else count_han(item.text or "") + sum(weights[child] for child in item)
        weights[item] = own + sum(count_han(child.tail or "") for child in item if item.tag != "a")
    return weights


def _title(root: html.HtmlElement, main: html.HtmlElement) -> str:
    """The article's title where it stands outside the article: the only h1, what the page's head names, or repeats."""
    if next(main.iter("h1"), None) is not None:
        return ""
    headings = [_words(item).strip() for item in root.iter("h1")]
    named = [
        meta.get("content", "").strip()
        for meta in root.iter("meta")
        if meta.get("name", meta.get("property", "")).lower() in _TITLE_META
    ]
    in_head = _squeezed("".join(_words(item) for item in root.iter("title")))
    # Without either, what stands on the page as it does in <title>, beside the site's name there.
    shown = {item.text.strip() for item in root.iter() if item.text and item.tag not in ("title", "a")}
    repeated = sorted((text for text in shown if _squeezed(text) in in_head), key=lambda text: (-len(text), text))
    candidates = [*(headings if len(headings) == 1 else []), *named, *repeated]
    title = next((text for text in candidates if count_han(text) >= _MIN_TITLE), "")
    opening = _squeezed(_words(main)[: 4 * len(title) + 400])
    return "" if _squeezed(title) in opening else title


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _record_outside(body: html.HtmlElement, main: html.HtmlElement, title: str, out: TextBuilder) -> None:
    """Put on record what stands around the article."""
    inner = main
    while inner is not body:
        above = inner.getparent()
        for item in above if above is not None else ():
            words = _words(item)
            if item is not inner and _squeezed(words) != _squeezed(title):
                out.drop("outside the article", f"line {item.sourceline}", words)
        inner = body if above is None else above


@dataclass
class _Reader:
    """Walks an element and writes its paragraphs down."""

    out: TextBuilder = field(default_factory=TextBuilder)
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    bold: int = 0
    preformatted: int = 0
    kinds: list[str] = field(default_factory=list)

    def read(self, main: html.HtmlElement) -> None:
        """Every paragraph in the element, the element's own tail left out."""
        skipped = None
        walk = etree.iterwalk(main, events=("start", "end"))
        for event, item in walk:
            if event == "end":
                if item is not skipped:
                    self._close(item)
                if item is not main:
                    self._put(item.tail)
            elif item is not main and self._taken_whole(item):
                walk.skip_subtree()
                skipped = item
            else:
                self._open(item)
        self._end_line()

    def _taken_whole(self, item: html.HtmlElement) -> bool:
        """Take a table as rows, leave a bar of links out; False where the element is to be walked."""
        if item.tag == "table" and _is_data(item):
            self._end_line()
            self.out.add_table(list(_rows(item)))
            return True
        if item.tag in ("ul", "ol", "div", "p", "table") and _is_link_bar(item):
            self._end_line()
            self.out.drop("links", f"line {item.sourceline}", _words(item))
            return True
        return False

    def _open(self, item: html.HtmlElement) -> None:
        if item.tag in _BLOCKS:
            self._end_line()
        if item.tag in _HEADINGS or item.tag == "li":
            self.kinds.append(item.tag)
        self.bold += item.tag in ("b", "strong")
        self.preformatted += item.tag == "pre"
        self._put(item.text)

    def _close(self, item: html.HtmlElement) -> None:
        if item.tag in _BLOCKS:
            self._end_line()
        if item.tag in _HEADINGS or item.tag == "li":
            self.kinds.pop()
        self.bold -= item.tag in ("b", "strong")
        self.preformatted -= item.tag == "pre"

    def _put(self, text: str | None) -> None:
        if not text:
            return
        if self.preformatted:
            first, *others = re.split(r"\r\n|\n|\r", text)
            self.pieces.append((first, bool(self.bold)))
            for line in others:
                self._end_line()
                self.pieces.append((line, bool(self.bold)))
        else:
            self.pieces.append((_collapse(text), bool(self.bold)))

    def _end_line(self) -> None:
        kind = self.kinds[-1] if self.kinds else ""
        text, n_bold = "", 0
        for piece, bold in self.pieces:
            if (bold or not piece.strip()) and n_bold == len(text):
                n_bold += len(piece)
            text += piece
        self.pieces = []
        level = _HEADINGS.get(kind)
        self.out.add(text, "heading" if level else "list" if kind else None, level, bold=n_bold)


def _collapse(text: str) -> str:
    """White space as a browser shows it: one space, and none for a line's end between Han characters."""
    return _SPACES.sub(" ", _BREAK_IN_HAN.sub("", text))


def _is_link_bar(item: html.HtmlElement) -> bool:
    """Whether hardly anything but links to other pages stands in an element."""
    links = [link for link in item.iter("a") if not link.get("href", "#").startswith("#")]
    if len(links) < _N_LINKS:
        return False
    return sum(count_han(_words(link)) for link in links) > _LINKED_SHARE * count_han(_words(item))


def _is_data(table: html.HtmlElement) -> bool:
    """Whether a table holds data: no table within it, two columns or more, and no long text in its cells."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    return max(map(len, rows), default=0) > 1 and all(len(_words(cell)) <= _DATA_CELL for row in rows for cell in row)


def _rows(table: html.HtmlElement) -> Iterator[list[list[str]]]:
    """A table's rows as cells of paragraphs; a cell that reaches down is empty in the rows below."""
    reaching: dict[int, int] = {}
    for row in table.iter("tr"):
        cells: list[list[str]] = []
        waiting = [cell for cell in row if cell.tag in ("td", "th")]
        while waiting or reaching.get(len(cells), 0) > 0:
            at = len(cells)
            if reaching.get(at, 0) > 0:
                reaching[at] -= 1
                cells.append([])
                continue
            cell = waiting.pop(0)
            span = cell.get("rowspan", "1")
            reaching[at] = min(int(span), 1000) - 1 if span.isdecimal() else 0
            inner = _Reader()
            inner.read(cell)
            cells.append(inner.out.lines)
        yield cells

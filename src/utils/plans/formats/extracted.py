"""What every format is read into: text, the stretches the format marks, its pages, and what was left out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
LINE_END = re.compile(r"\r\n|\n|\r")
CELL_BREAK = " | "
# Characters that some reader of lines takes for a line's end, and those that stand for no character at all.
_LINE_BREAKS = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NO_CHARACTERS = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\ud800-\udfff]")


@dataclass(frozen=True)
class Block:
    """A stretch text[start:end] that the format marks, line end excluded.

    kind: "title", "heading" (by style; level from 1), "table" (a row a line, cells apart by " | "), "box" (a text box,
    or a table of one column, which is how 专栏 are drawn), "list" (bulleted), "bold" (the bold opening of a paragraph).
    level: None where the format does not say.
    """

    start: int
    end: int
    kind: str
    level: int | None = None


@dataclass(frozen=True)
class Dropped:
    """A piece of the file that is not in the text: why ("page header"), where ("page 3"), and its words."""

    reason: str
    place: str
    text: str


@dataclass(frozen=True)
class Extracted:
    """A file as text. For other formats than plain text a paragraph or a table's row is a line, in reading order.

    encoding: of plain text and HTML, else "". pages: the offset at which each page begins, where the format has pages.
    dropped: what the file holds and the text does not. notes: what was done and what a reader should check.
    """

    text: str
    encoding: str = ""
    blocks: tuple[Block, ...] = ()
    pages: tuple[int, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class TextBuilder:
    """Puts lines one below the other and keeps the places of what the format marks."""

    lines: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, line: str, kind: str | None = None, level: int | None = None, bold: int = 0) -> None:
        """Add a line, if there is anything on it. bold: how many of its first characters are bold."""
        whole = one_line(line)
        stripped = whole.strip()
        if not stripped:
            return
        start = self.length
        self.lines.append(stripped)
        self.length += len(stripped) + 1
        if kind is not None:
            self.blocks.append(Block(start, start + len(stripped), kind, level))
        end_of_bold = min(bold - (len(whole) - len(whole.lstrip())), len(stripped))
        if end_of_bold > 0:
            self.blocks.append(Block(start, start + end_of_bold, "bold"))

    def add_table(self, rows: Iterable[Sequence[Sequence[str]]]) -> None:
        """Add a table: rows of cells of paragraphs. One of a single column becomes a box, a paragraph a line."""
        rows = [row for row in rows if any(paragraph.strip() for cell in row for paragraph in cell)]
        if max(map(len, rows), default=0) <= 1:
            self.add_together("box", (paragraph for row in rows for cell in row for paragraph in cell))
            return
        cells = ([" ".join(filter(None, map(str.strip, cell))) for cell in row] for row in rows)
        self.add_together("table", (CELL_BREAK.join(row) for row in cells))

    def add_together(self, kind: str, lines: Iterable[str]) -> None:
        """Add lines that are one block."""
        start = self.length
        for line in lines:
            self.add(line)
        self.mark(start, kind)

    def mark(self, start: int, kind: str) -> None:
        """Mark everything from this offset on as one block."""
        if self.length > start:
            self.blocks.append(Block(start, self.length - 1, kind))

    def drop(self, reason: str, place: str, text: str) -> None:
        """Keep on record what is left out; white space is nothing."""
        if words := one_line(text).strip():
            self.dropped.append(Dropped(reason, place, words))

    def done(self, encoding: str = "") -> Extracted:
        """All of it, blocks in the order of the text, the wider first."""
        blocks = sorted(self.blocks, key=lambda block: (block.start, -block.end, block.kind))
        return Extracted(
            "\n".join(self.lines), encoding, tuple(blocks), tuple(self.pages), tuple(self.dropped), tuple(self.notes)
        )


def one_line(text: str) -> str:
    """The text without characters that would break its line, or that are none (control codes, lone surrogates)."""
    return _NO_CHARACTERS.sub("", _LINE_BREAKS.sub(" ", text))


def count_han(text: str) -> int:
    """How many Han characters there are."""
    return len(HAN.findall(text))

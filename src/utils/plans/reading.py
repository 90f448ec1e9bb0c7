"""A plan's source files to one text: in which format and encoding, from which file each line, on which page."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from src.utils.errors import PlanError
from src.utils.files import hash_file
from src.utils.plans.formats import kinds, plain
from src.utils.plans.formats.extracted import HAN, LINE_END, Block, Dropped, Extracted

__all__ = ["Block", "Dropped", "Part", "SourceFile", "SourceText", "read_source", "read_sources"]

_MAX_TEXT = 5_000_000  # characters: twenty times the longest plan, and outlined in a few seconds
_MAX_LINES = 100_000


@dataclass(frozen=True)
class SourceFile:
    """A file to read, as plan.toml names it."""

    path: Path
    sha256: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class Part:
    """One file of a source: where it begins in the text, its first line there, and its pages if it has any.

    start: offset in the text. first_line: 1-based line of the whole text. n_pages: 0 where the format has no pages;
    first_page: the place of its first page in SourceText.pages, from 0.
    """

    path: Path
    sha256: str
    format: str
    encoding: str
    start: int
    first_line: int
    first_page: int
    n_pages: int


@dataclass(frozen=True)
class SourceText:
    """A source, of one file or several, as text.

    `text` of a .txt or .md file is the decoded file, line ends and all; of other formats a paragraph or a table's row a
    line, in reading order; several files stand one below the other. `encoding` is empty for formats that have none.
    `sha256` is that of the file, or of several files' hashes one a line. `blocks` are the stretches that the format
    marks, `pages` the offset at which each page begins, `dropped` what the files hold and the text does not, `notes`
    what was done and what to check.
    """

    path: Path
    text: str
    encoding: str
    sha256: str
    format: str = "txt"
    blocks: tuple[Block, ...] = ()
    pages: tuple[int, ...] = ()
    parts: tuple[Part, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """In a few words how it was read: "UTF-8 text", "PDF of 120 pages", "2 files: DOCX, PDF of 8 pages"."""
        each = [
            f"{part.encoding.upper()} {'web page' if part.format == 'html' else 'text'}"
            if part.encoding
            else part.format.upper() + (f" of {part.n_pages} pages" if part.n_pages else "")
            for part in self.parts
        ]
        return each[0] if len(each) == 1 else f"{len(each)} files: {', '.join(each)}"

    def part_at(self, offset: int) -> Part:
        """The file that the character at this offset of the text stands in."""
        return self.parts[bisect_right([part.start for part in self.parts], offset) - 1]

    def page_at(self, offset: int) -> int | None:
        """The page, from 1 in each file, that the character at this offset stands on; None where its file has none."""
        part = self.part_at(offset)
        if not part.n_pages:
            return None
        pages = self.pages[part.first_page : part.first_page + part.n_pages]
        return max(bisect_right(pages, offset), 1)

    def place(self, offset: int) -> str:
        """Where the character at this offset stands, for a reader: file, line of that file's text, page."""
        part, page = self.part_at(offset), self.page_at(offset)
        line = _count_lines(self.text[part.start : offset]) + 1
        return f"{part.path.name}, line {line}" + (f", page {page}" if page else "")


def source_hash(path: Path) -> str:
    """SHA-256 of a source file. Raises PlanError where it cannot be read."""
    try:
        return hash_file(path)
    except OSError as error:
        raise PlanError(f"{path}: the source file cannot be read ({error.strerror}). Put it there again.") from error


def read_source(path: Path, encoding: str | None = None, sha256: str | None = None) -> SourceText:
    """Read one file of any format: .txt, .md, .html, .docx, .pdf, .doc.

    Raises PlanError naming the file where it is missing, empty, damaged, protected, too large, without Chinese text, or
    not the file whose sha256 is given.
    """
    return read_sources([SourceFile(path, sha256, encoding)])


def read_sources(files: Sequence[SourceFile]) -> SourceText:
    """Read the files of a plan, in order, as one text. Raises PlanError as read_source does."""
    read = [_read_file(file) for file in files]
    parts: list[Part] = []
    texts: list[str] = []
    blocks: list[Block] = []
    pages: list[int] = []
    start = n_lines = 0
    for file, (form, sha256, found) in zip(files, read, strict=True):
        parts.append(Part(file.path, sha256, form, found.encoding, start, n_lines + 1, len(pages), len(found.pages)))
        blocks += (replace(block, start=block.start + start, end=block.end + start) for block in found.blocks)
        pages += (page + start for page in found.pages)
        last = len(parts) == len(files)
        texts.append(found.text if last or found.text.endswith(("\n", "\r")) else found.text + "\n")
        start += len(texts[-1])
        n_lines += _count_lines(texts[-1])
    if start > _MAX_TEXT or n_lines > _MAX_LINES:
        raise PlanError(
            f"{files[0].path}: {start:,} characters in {n_lines + 1:,} lines; up to {_MAX_TEXT:,} in {_MAX_LINES:,} "
            "are read. Is it one plan? Take the plan out of it."
        )
    one = len(parts) == 1
    return SourceText(
        path=files[0].path,
        text="".join(texts),
        encoding=parts[0].encoding,
        sha256=parts[0].sha256 if one else _hash("\n".join(part.sha256 for part in parts).encode()),
        format=parts[0].format,
        blocks=tuple(blocks),
        pages=tuple(pages),
        parts=tuple(parts),
        dropped=tuple(
            item if one else replace(item, place=f"{file.path.name}, {item.place}")
            for file, (_, _, found) in zip(files, read, strict=True)
            for item in found.dropped
        ),
        notes=tuple(
            note if one else f"{file.path.name}: {note}"
            for file, (_, _, found) in zip(files, read, strict=True)
            for note in found.notes
        ),
    )


def _count_lines(text: str) -> int:
    return len(LINE_END.findall(text))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_file(file: SourceFile) -> tuple[str, str, Extracted]:
    """One file's format, hash and text."""
    path = file.path
    content = _bytes(path)
    sha256 = _hash(content)
    if file.sha256 is not None and sha256 != file.sha256:
        raise PlanError(
            f"{path}: the file is not the one that plan.toml describes: its sha256 is {sha256}, plan.toml says "
            f"{file.sha256}. Put the original back, or, if the change is meant, set source.sha256 to the new value."
        )
    if not content.strip():
        raise PlanError(f"{path}: the file is empty. Put the plan's text there.")
    form = kinds.format_of(path, content)
    kinds.check_size(path, len(content), form)
    found = _extract(form, path, content, file.encoding)
    if not HAN.search(found.text):
        raise PlanError(f"{path}: there is no Chinese character in it. Is it the plan's text?")
    return form, sha256, found


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise PlanError(f"{path}: the source file is missing. Put it there, or correct source.file in plan.toml.")
        kinds.check_size(path, path.stat().st_size, kinds.LARGEST)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise PlanError(f"{path}: cannot be read ({said}).") from error


def _extract(form: str, path: Path, content: bytes, encoding: str | None) -> Extracted:
    """Hand a file to the reader of its format; each is imported when it is needed."""
    if form == "html":
        from src.utils.plans.formats.web import read_web  # noqa: PLC0415

        return read_web(path, content, encoding)
    if form == "docx":
        from src.utils.plans.formats.word import read_word  # noqa: PLC0415

        return read_word(path, content)
    if form == "pdf":
        from src.utils.plans.formats.pdf import read_pdf  # noqa: PLC0415

        return read_pdf(path)
    if form == "doc":
        from src.utils.plans.formats.office import read_office  # noqa: PLC0415

        return read_office(path, content)
    return plain.read_plain(path, content, encoding)

"""PDF to text, in a process of its own; where one extractor finds too few Han characters the other is tried."""

import dataclasses
import json
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from src.utils.errors import PlanError
from src.utils.plans.formats.bounded import run_bounded
from src.utils.plans.formats.extracted import Block, Dropped, Extracted, count_han

if TYPE_CHECKING:
    from src.utils.plans.formats.pdf_pages import Bookmark, Page

MAX_PAGES = 2_000
_MIN_HAN_SHARE = 0.2  # of the characters; a plan has 0.8, a page of figures alone 0.1
_MAX_UNKNOWN_SHARE = 0.01
_MIN_HAN_A_PAGE = 10  # a scan with printed page numbers or a stamp has fewer


def read_pdf(path: Path) -> Extracted:
    """Read a PDF's text layer.

    Raises PlanError naming the file where it is damaged, protected, a scan without text, or takes too long.
    """
    found = run_bounded(__name__, path)
    if "error" in found:
        raise PlanError(f"{path}: {found['error']}")
    return Extracted(
        found["text"],
        "",
        tuple(Block(**block) for block in found["blocks"]),
        tuple(found["pages"]),
        tuple(Dropped(**dropped) for dropped in found["dropped"]),
        tuple(found["notes"]),
    )


def main(arguments: Sequence[str]) -> None:
    """What the process of its own does: print the text of the PDF named, or what is wrong with it, as JSON."""
    logging.disable()  # pdfminer complains of fonts that it reads all the same
    try:
        found = dataclasses.asdict(extract(Path(arguments[0])))
    except PlanError as error:
        found = {"error": str(error)}
    json.dump(found, sys.stdout)


def extract(path: Path) -> Extracted:
    """Read a PDF here and now. The PlanErrors do not name the file."""
    from src.utils.plans.formats import pdf_pages  # noqa: PLC0415 - only the process of its own pays for it
    from src.utils.plans.formats.pdf_layout import lay_out  # noqa: PLC0415

    marks = _checked(path)
    tried: list[str] = []
    second_best: Extracted | None = None
    for name, read in (("pdfium", pdf_pages.pages_by_pdfium), ("pdfminer", pdf_pages.pages_by_pdfminer)):
        pages, problem = _pages(read, path)
        found = lay_out(pages, marks)
        n_chars = sum(not char.isspace() for char in found.text)
        n_han, n_unknown = count_han(found.text), found.text.count(pdf_pages.UNKNOWN)
        found = dataclasses.replace(found, notes=(*found.notes, *_notes(name, tried, found)))
        enough = pages and n_han >= max(_MIN_HAN_A_PAGE * len(pages), _MIN_HAN_SHARE * n_chars, 1)
        if enough and n_unknown <= _MAX_UNKNOWN_SHARE * n_chars:
            return found
        if enough and second_best is None:
            second_best = found
        tried.append(
            problem
            or f"{name} finds {n_han} Han characters on {len(pages)} pages, {n_han / max(n_chars, 1):.0%} of {n_chars}"
            + (f", and {n_unknown} glyphs without a character" if n_unknown else "")
        )
    if second_best is not None:
        note = "glyphs whose font does not say which character they are stand as \ufffd"
        return dataclasses.replace(second_best, notes=(*second_best.notes, note))
    raise PlanError(
        f"no text layer that can be read ({'; '.join(tried)}). It is a scan, or its fonts hide their characters: make "
        "it readable with an OCR program (OCRmyPDF with the language chi_sim), or take the plan from a web page or a "
        ".docx."
    )


def _checked(path: Path) -> Sequence["Bookmark"]:
    """The PDF's own outline, once it is known that it may be read and is not too long."""
    import pypdfium2  # noqa: PLC0415

    from src.utils.plans.formats.pdf_pages import bookmarks  # noqa: PLC0415

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise PlanError("protected by a password. Save it without one.") from error
        return ()  # pdfminer may still read it
    try:
        if len(document) > MAX_PAGES:
            raise PlanError(
                f"{len(document)} pages; up to {MAX_PAGES} are read. Split it and name the parts in source.files."
            )
    finally:
        document.close()
    return bookmarks(path)


def _pages(read: Callable[[Path], Iterable["Page"]], path: Path) -> tuple[list["Page"], str]:
    """The pages as one extractor has them, or what went wrong in it."""
    try:
        return list(read(path)), ""
    except Exception as error:  # whatever a broken file makes a library raise, the other is tried
        return [], f"{read.__name__.removeprefix('pages_by_')} stops with {type(error).__name__}"


def _notes(used: str, tried: Sequence[str], found: Extracted) -> list[str]:
    notes = [f"{len(found.pages)} pages, text by {used}", *tried]
    ends = (*found.pages[1:], len(found.text))
    empty = [str(at + 1) for at, start in enumerate(found.pages) if ends[at] - start < 2]
    if empty:
        notes.append(f"pages without text (pictures?): {', '.join(empty[:20])}{' …' if len(empty) > 20 else ''}")
    reasons = [dropped.reason for dropped in found.dropped]
    if reasons:
        counted = (f"{reasons.count(reason)} × {reason}" for reason in dict.fromkeys(reasons))
        notes.append(f"left out: {', '.join(counted)}")
    return notes

"""Which format a file is in: its first bytes decide, its name where they leave it open."""

import re
from pathlib import Path

from src.utils.errors import PlanError

MEGABYTE = 1_000_000
# The longest plan known here is 0.6 MB of text. What is larger is not one plan, and could not be read in 30 seconds.
MAX_BYTES = {"txt": 15, "md": 15, "html": 20, "docx": 100, "pdf": 100, "doc": 100}
LARGEST = "pdf"
FORMATS = ".txt, .md, .html, .docx, .pdf and .doc"
_BY_NAME = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".htm": "html",
    ".html": "html",
    ".shtml": "html",
    ".xhtml": "html",
    ".docx": "docx",
    ".pdf": "pdf",
    ".doc": "doc",
    ".wps": "doc",
    ".rtf": "doc",
}
SUFFIXES = tuple(_BY_NAME)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What is often put among plans but is none; said by name, so that nobody looks for a fault in the file.
_OTHERS = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|meta)\b", re.I | re.S
)


def format_of(path: Path, content: bytes) -> str:
    """The format of a file: "txt", "md", "html", "docx", "pdf" or "doc".

    Raises PlanError naming the file where its bytes are of no such format, or are not what its name says.
    """
    named = _BY_NAME.get(path.suffix.lower())
    found = _by_content(content)
    if found in ("docx", "pdf", "doc") or (found == "html" and named not in ("txt", "md")):
        return found
    other = next((what for start, what in _OTHERS if content.startswith(start)), None)
    if other and (other != "a program" or named is None):
        raise PlanError(f"{path}: this is {other}, not a plan's text. The formats read are {FORMATS}.")
    if named in ("docx", "pdf", "doc"):
        raise PlanError(
            f"{path}: named {path.suffix}, but its bytes are not of that format: it is damaged or something else. "
            "Fetch it anew, or name it by what it is."
        )
    if named is None and not _may_be_text(content):
        raise PlanError(f"{path}: this is none of the formats that are read: {FORMATS}.")
    return named or "txt"


def _by_content(content: bytes) -> str | None:
    if content[:1024].lstrip().startswith(b"%PDF-") or b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(_OLE) or content.startswith(b"{\\rtf"):
        return "doc"
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "docx"
    if _HTML.match(content[:4096].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")):
        return "html"
    return None


def _may_be_text(content: bytes) -> bool:
    """Whether the beginning holds hardly any control codes; UTF-16 and UTF-32 hold many NULs at regular places."""
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    control = sum(byte < 32 and byte not in b"\t\n\r\f\0" for byte in head)
    return control <= len(head) * 0.01


def check_size(path: Path, size: int, form: str) -> None:
    """Refuse a file larger than is read in its format.

    Raises PlanError naming the file, its size and the limit.
    """
    limit = MAX_BYTES[form]
    if size > limit * MEGABYTE:
        raise PlanError(
            f"{path}: {size / MEGABYTE:.0f} MB; .{form} files are read up to {limit} MB. Take only the plan out of it, "
            "or split it and name the parts in source.files."
        )

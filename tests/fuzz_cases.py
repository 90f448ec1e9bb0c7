"""Hostile and broken files, made by number: the same number makes the same file on every machine.

Used by test_fuzz.py on a few hundred, and by benchmarks/fuzz.py on two thousand.
"""

import io
import json
import os
import random
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from src.utils import paths
from tests.document_writing import Document, Pdf, as_docx, as_html, chinese_font

EXTENSIONS = (".txt", ".md", ".html", ".docx", ".pdf", ".doc", ".rtf", "", ".xyz")
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "gb18030",
    "big5",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "shift_jis",
    "koi8-r",
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@dataclass(frozen=True)
class Case:
    """A file to read: what it tries, its name, its bytes; `declared` is the encoding that plan.toml would name."""

    kind: str
    name: str
    content: bytes
    declared: str | None = None


@cache
def plan_text() -> str:
    """A real plan's text."""
    return (paths.PLANS / "shangrao" / "source.txt").read_text(encoding="utf-8")


@cache
def whole(form: str) -> bytes:
    """The plan as a sound file."""
    document = Document([line.strip() for line in plan_text().split("\n") if line.strip()][:40])
    if form == "docx":
        return as_docx(document)
    if form == "html":
        return as_html(document)
    return Pdf(chinese_font(document.text + "上饶市“十四五”制造业高质量发展规划"), options={"pageCompression": 0}).make(
        document
    )


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip archive of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def body(xml: str) -> bytes:
    """A .docx whose body is this XML."""
    return zipped({"word/document.xml": f"<w:document {_W}><w:body>{xml}</w:body></w:document>".encode()})


def cut(form: str, rng: random.Random, share: float) -> Case:
    """A sound file, cut off at a share of its length."""
    content = whole(form)
    return Case(f"cut {form}", f"cut.{form}", content[: int(share * len(content))])


def flipped(form: str, rng: random.Random, share: float) -> Case:
    """A sound file with some of its bytes changed."""
    content = bytearray(whole(form))
    for _ in range(rng.choice((1, 3, 10, 100))):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return Case(f"flipped {form}", f"flipped.{form}", bytes(content))


def random_bytes(form: str, rng: random.Random, share: float) -> Case:
    """Random bytes under a name, half of them with the start of some format."""
    start = rng.choice(
        (b"", b"", b"PK\x03\x04", b"%PDF-1.7\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>", b"{\\rtf1")
    )
    name = f"random{rng.choice(EXTENSIONS)}"
    return Case("random bytes", name, start + rng.randbytes(rng.choice((0, 1, 100, 5_000, 200_000))))


def wrong_encoding(form: str, rng: random.Random, share: float) -> Case:
    """Text in one encoding, declared, or not, as another; cut anywhere, within a character too."""
    content = plan_text().encode(rng.choice(ENCODINGS), "replace")
    start = rng.randrange(40)
    declared = rng.choice((None, None, *ENCODINGS, "utf-99", "base64", "a\0b"))
    return Case("wrong encoding", "text.txt", content[start : start + rng.choice((7, 101, 2_001, 10**6))], declared)


def control_codes(form: str, rng: random.Random, share: float) -> Case:
    """Text with NULs, lone surrogates, control codes and odd line ends strewn in."""
    text = list(plan_text()[:3000])
    for _ in range(rng.choice((1, 5, 100, 3000))):
        text.insert(
            rng.randrange(len(text)),
            rng.choice("\0\x01\x1a\x1b\x7f\x85\u2028\ufeff\ufffe\ud800\udfff\r\x0b\x0c\u202e\u200d"),
        )
    strewn = "".join(text)
    if rng.random() < 0.3:
        content = strewn.encode("utf-8", "surrogatepass")
    else:
        content = strewn.encode(rng.choice(("utf-8", "utf-16-le", "gb18030")), "replace")
    return Case("control codes", f"codes{rng.choice(('.txt', '.html', '.md'))}", content)


def deep_html(form: str, rng: random.Random, share: float) -> Case:
    """Elements nested far too deep, never closed, of every kind; pages that are one element after another."""
    tag = rng.choice(("div", "table><tr><td", "ul><li", "b", "font", "span", "p", "blockquote", "form", "x-y"))
    times = rng.choice((200, 300, 2_000, 50_000, 300_000))
    text = "上饶市制造业规划。"
    content = rng.choice(
        (f"<{tag}>" * times + text, f"<{tag}>{text}</x>" * (times // 10) + text, f"<{tag} a='{'x' * times}'>{text}")
    )
    return Case("deep html", "deep.html", f"<html><body>{content}".encode())


def hostile_docx(form: str, rng: random.Random, share: float) -> Case:
    """Word files that want too much: bombs, deep tables, entities, circles of styles, thousands of parts."""
    text = "<w:p><w:r><w:t>上饶市制造业规划。</w:t></w:r></w:p>"
    cell = "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    deep = text
    for _ in range(rng.choice((10, 60, 80, 2_000))):
        deep = cell.format(deep) if rng.random() < 0.9 else f"<w:sdt><w:sdtContent>{deep}</w:sdtContent></w:sdt>"
    styles = "".join(
        f'<w:style w:styleId="{at}"><w:basedOn w:val="{(at + 1) % 3000}"/></w:style>' for at in range(3000)
    )
    made: list[Callable[[], bytes]] = [
        lambda: zipped({"word/document.xml": b"\0" * rng.choice((49, 120, 400)) * 1_000_000}),
        lambda: zipped(
            {"word/document.xml": f"<w:document {_W}><w:body>{text * 400_000}</w:body></w:document>".encode()}
        ),
        lambda: body(deep),
        lambda: body(text + "<w:p/>" * 2_000_000),
        lambda: zipped({"word/document.xml": b'<!DOCTYPE a [<!ENTITY a "aa">]><a>&a;</a>'}),
        lambda: zipped(
            {
                "word/document.xml": f"<w:document {_W}><w:body>{text}</w:body></w:document>".encode(),
                "word/styles.xml": f"<w:styles {_W}>{styles}</w:styles>".encode(),
            }
        ),
        lambda: zipped({f"{at}.xml": b"" for at in range(70_000)}),
        lambda: zipped(
            {
                "../../evil.txt": b"x",
                "word/document.xml": f"<w:document {_W}><w:body>{text}</w:body></w:document>".encode(),
            }
        ),
    ]
    return Case("hostile docx", "hostile.docx", rng.choice(made)())


def hostile_pdf(form: str, rng: random.Random, share: float) -> Case:
    """PDFs of thousands of pages, of nothing but lines, of a stream that unpacks without end."""
    content = io.BytesIO()
    canvas = Canvas(content, invariant=1)
    what = rng.choice(("pages", "lines", "grid", "text"))
    for _ in range(rng.choice((3_000, 1_999)) if what == "pages" else 1):
        if what == "lines":
            for at in range(60_000):
                canvas.line(at % 500, at % 700, at % 450 + 50, at % 650)
        if what == "grid":
            canvas.grid([at * 2 for at in range(280)], [at * 2 for at in range(400)])
        if what == "text":
            for at in range(150_000):
                canvas.drawString(at % 500, at % 800, "x")
        canvas.showPage()
    canvas.save()
    return Case("hostile pdf", "hostile.pdf", content.getvalue())


def odd_name(form: str, rng: random.Random, share: float) -> Case:
    """A sound file under a name that looks like something else."""
    stem = rng.choice(
        (
            "--help",
            "-rf",
            " 规划 文本 ",
            "规划（终稿）‘改’",
            "a;rm -rf b",
            "$(touch x)",
            "%s%n",
            "规" * 60,
            "%PDF",
            "a\nb",
            "'\"`",
        )
    )
    form = rng.choice(("txt", "html", "docx", "pdf"))
    return Case("odd name", f"{stem}.{form}", plan_text().encode() if form == "txt" else whole(form))


def big_text(form: str, rng: random.Random, share: float) -> Case:
    """Text up to the limit and far above it, with and without line ends."""
    text = plan_text().replace("\n", rng.choice(("\n", "", "。\n规\n规\n规\n规\n")))
    size = rng.choice((9_000_000, 14_900_000, 200_000_000))
    content = text.encode(rng.choice(("utf-8", "gb18030")))
    return Case("big text", f"big{rng.choice(('.txt', '.md', '.html'))}", (content * (size // len(content) + 1))[:size])


# How often of a hundred each is made.
MIX: tuple[tuple[int, Callable[[str, random.Random, float], Case], str], ...] = (
    (20, cut, "docx"),
    (10, flipped, "docx"),
    (8, cut, "pdf"),
    (9, flipped, "pdf"),
    (3, cut, "html"),
    (3, flipped, "html"),
    (15, random_bytes, ""),
    (10, wrong_encoding, ""),
    (7, control_codes, ""),
    (5, deep_html, ""),
    (3, hostile_docx, ""),
    (1, hostile_pdf, ""),
    (5, odd_name, ""),
    (1, big_text, ""),
)


def case(number: int) -> Case:
    """The case of a number: kinds are mixed within every hundred, cuts go through the file from end to end."""
    rng = random.Random(number)
    at = number * 37 % 100
    for times, make, form in MIX:
        if at < times:
            return make(form, rng, (number * 0.6180339887) % 1)
        at -= times
    raise AssertionError("the mix adds up to a hundred")


# --- reading them ---

MAX_SECONDS = 30.0
MAX_BYTES = 2_000_000_000
_READER = """
import json, resource, sys, time
from pathlib import Path
from src.utils.errors import GuihuaError
from src.utils.plans.pipeline import load_file
from src.utils.plans.reading import read_source

for line in sys.stdin:
    path, declared = json.loads(line)
    began = time.monotonic()
    try:
        if declared is None:
            load_file(Path(path))
        else:
            read_source(Path(path), encoding=declared)
        outcome, said = "read", ""
    except GuihuaError as error:
        outcome, said = "refused", str(error)
    except BaseException as error:
        outcome, said = "crashed", repr(error)
    used = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used *= 1 if sys.platform == "darwin" else 1024
    print(json.dumps([outcome, said, time.monotonic() - began, used]), flush=True)
"""


@dataclass(frozen=True)
class Outcome:
    """How a case ended: "read", "refused" (with one line that says why) or "crashed"; the most memory used so far."""

    ended: str
    said: str
    seconds: float
    memory: int


class Reader:
    """A process that reads one file after another, as a notebook does; killed where one takes too long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", _READER],
            cwd=paths.ROOT,
            env={**os.environ, "TMPDIR": str(self.temporary), "PYTHONPATH": str(paths.ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def read(self, case: Case) -> Outcome:
        """Write a case's file, read it through to sentences, and take it away again."""
        folder = self.folder / "plan"
        folder.mkdir(exist_ok=True)
        path = folder / case.name
        path.write_bytes(case.content)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([str(path), case.declared]) + "\n")
        self.process.stdin.flush()
        stop = threading.Timer(MAX_SECONDS, self.process.kill)
        stop.start()
        answer = self.process.stdout.readline()
        stop.cancel()
        left = sorted(item.name for item in (*folder.iterdir(), *self.temporary.iterdir()))
        path.unlink()
        if not answer:
            self.close()
            self._start()
            return Outcome("crashed", "the process died, or took more than 30 seconds", MAX_SECONDS, 0)
        outcome = Outcome(*json.loads(answer))
        if left != [case.name]:
            return Outcome("crashed", f"files left behind: {left}", outcome.seconds, outcome.memory)
        return outcome

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def fault(outcome: Outcome) -> str:
    """What is wrong with an outcome, or nothing."""
    if outcome.ended == "crashed":
        return outcome.said
    if outcome.ended == "refused" and (not outcome.said or "\n" in outcome.said):
        return f"not one line: {outcome.said!r}"
    if outcome.seconds > MAX_SECONDS or outcome.memory > MAX_BYTES:
        return f"{outcome.seconds:.0f} s, {outcome.memory / 1e6:.0f} MB"
    return ""

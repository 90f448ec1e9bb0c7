"""Bytes to text: the source file of a plan, untouched, with the encoding it was read in."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from src.utils.errors import PlanError

ENCODINGS = ("utf-8-sig", "gb18030")
_HAN = re.compile(r"[\u3400-\u9fff]")
# The 100 commonest characters cover about two fifths of running Chinese; wrongly decoded bytes give rare ones instead.
_COMMON = set(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外"
    "全市区建设展企新第目国省"
)
_MIN_COMMON_SHARE = 0.08
_MAX_CONTROL_SHARE = 0.001


@dataclass(frozen=True)
class SourceText:
    """A source file as text. `text` is the decoded file, line ends and all; `sha256` that of its bytes."""

    path: Path
    text: str
    encoding: str
    sha256: str


def read_source(path: Path, encoding: str | None = None, sha256: str | None = None) -> SourceText:
    """Read a Chinese text file as UTF-8 or GB18030, or in the encoding given.

    Raises PlanError naming the file where it is missing, empty, not text, in another encoding, or not the file whose
    sha256 is given.
    """
    if not path.is_file():
        raise PlanError(f"{path}: the source file is missing. Put it there, or correct source.file in plan.toml.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlanError(f"{path}: cannot be read ({error.strerror}).") from error
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise PlanError(
            f"{path}: the file is not the one that plan.toml describes: its sha256 is {found}, plan.toml says {sha256}."
            " Put the original back, or, if the change is meant, set source.sha256 to the new value."
        )
    if not content.strip():
        raise PlanError(f"{path}: the file is empty. Put the plan's text there.")
    text, used = _decode(path, content, encoding)
    if not _HAN.search(text):
        raise PlanError(f"{path}: there is no Chinese character in it. Is it the plan's text?")
    return SourceText(path, text, used, found)


def _decode(path: Path, content: bytes, encoding: str | None) -> tuple[str, str]:
    tried = ENCODINGS if encoding is None else (encoding,)
    if b"\0" in content:
        raise PlanError(f"{path}: not a text file (it holds NUL bytes). Save the plan's text as UTF-8.")
    for name in tried:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise PlanError(f"{path}: source.encoding = {name!r} in plan.toml is not an encoding.") from error
        if encoding is not None or _looks_chinese(text):
            return text, "utf-8" if name == "utf-8-sig" else name
    names = " nor ".join(name.removesuffix("-sig").upper() for name in tried)
    raise PlanError(
        f"{path}: the encoding is neither {names}, or the file is not text. Set source.encoding in plan.toml, or save "
        "the text as UTF-8."
        if encoding is None
        else f"{path}: not {encoding}, though plan.toml says so. Correct source.encoding, or leave it out."
    )


def _looks_chinese(text: str) -> bool:
    """Whether decoded text reads as text: hardly any control characters, and common characters among the Han."""
    control = sum(unicodedata.category(char) in ("Cc", "Co", "Cn") and char not in "\t\n\r\f" for char in text)
    if control > _MAX_CONTROL_SHARE * len(text) + 1:
        return False
    han = _HAN.findall(text)
    return len(han) < 50 or sum(char in _COMMON for char in han) >= _MIN_COMMON_SHARE * len(han)

"""Bytes to characters: which encoding a Chinese text is in, found by trying each and looking at what comes out."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from src.utils.errors import PlanError
from src.utils.plans.formats.extracted import Extracted

# The commonest characters of both scripts are half of a plan; wrongly decoded bytes give rare ones.
_COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外"
    "全市区建设展企新第目国省五四六七八九百万亿元月日规划重基础服务项保技术改革农村管环境推区县城科创政策社会济目标提升"
    "為國個這時來們發動說產種麼後學經進著電裡現實與會對過還開業應點從當機體兩從義務設區縣規劃農環術創強濟標項級"
)
_EXPECTED = frozenset(_COMMON + "，。、；：“”（）《》？！％—…　")
_CONTROL = ("Cc", "Co", "Cn", "Cs")
_MIN_LIKENESS = 0.12
_MAX_CONTROL_SHARE = 0.001
_MAX_DAMAGED_SHARE = 0.001
_DAMAGE = re.compile("\ufffd+")
_SAMPLE = 200_000
_ENOUGH_BYTES, _LIKELY, _STRIDE = 3000, 0.3, 8
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Where two serve equally the first wins. GB18030 holds GBK and GB2312; Big5 as Hong Kong and as Microsoft extended it.
_CANDIDATES = ("utf-8", "gb18030", "big5hkscs", "cp950", "utf-16-le", "utf-16-be")
_NAMES = {"utf-8-sig": "utf-8", "big5hkscs": "big5", "cp950": "big5"}


def read_plain(path: Path, content: bytes, encoding: str | None = None) -> Extracted:
    """Read text in the encoding given, or in the one its bytes show it to be in.

    A file with a few damaged bytes (at most one place in a thousand characters) is read with U+FFFD in their place, and
    the notes name the lines. Raises PlanError naming the file and the encodings tried.
    """
    text, used = decode_as(path, content, encoding) if encoding else detect(path, content)
    found = _DAMAGE.finditer(text) if "\ufffd" in text else ()
    damaged = [text.count("\n", 0, match.start()) + 1 for match in found]
    notes = [f"encoding {used}" + (", as source.encoding says" if encoding else ", found by trying")]
    if damaged:
        lines = ", ".join(map(str, dict.fromkeys(damaged[:10])))
        notes.append(f"{len(damaged)} damaged places, put as \ufffd: line {lines}{' …' if len(damaged) > 10 else ''}")
    return Extracted(text, used, notes=tuple(notes))


def decode_as(path: Path, content: bytes, encoding: str) -> tuple[str, str]:
    """Decode in an encoding that the user names; a byte order mark goes."""
    try:
        name = codecs.lookup(encoding).name
        return content.decode(name).removeprefix("\ufeff"), _NAMES.get(name, name)
    except UnicodeError as error:
        raise PlanError(
            f"{path}: not {encoding}, though plan.toml says so. Correct source.encoding, or leave it out."
        ) from error
    except (LookupError, ValueError) as error:
        raise PlanError(f"{path}: source.encoding = {encoding!r} in plan.toml is not an encoding.") from error


def detect(path: Path, content: bytes) -> tuple[str, str]:
    """The text and the encoding whose reading looks most like Chinese; a byte order mark decides at once."""
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if marked is None and (text := _surely_utf8(content)) is not None:
        return text, "utf-8"
    candidates = (marked,) if marked else _CANDIDATES
    tried = [_try(name, content) for name in candidates]
    best = max(tried, key=lambda reading: reading.likeness)
    if best.likeness < _MIN_LIKENESS or best.n_damaged > _MAX_DAMAGED_SHARE * len(best.text):
        raise PlanError(
            f"{path}: the encoding is neither UTF-8, GB18030 (GBK), Big5 nor UTF-16, or the file is not text"
            f"{_nearest(best)}. Set source.encoding in plan.toml, or save the text as UTF-8."
        )
    return best.text, _NAMES.get(best.encoding, best.encoding)


def _surely_utf8(content: bytes) -> str | None:
    """The text of bytes that are UTF-8 throughout and read as Chinese: so many are in no other encoding by chance.

    Short ones may be: 联通 in GBK is nearly UTF-8.
    """
    if len(content) < _ENOUGH_BYTES:
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if _likeness(text[::_STRIDE]) >= _LIKELY and not text.isascii() else None


def decode_if_chinese(content: bytes, encoding: str) -> tuple[str, str] | None:
    """The text in an encoding that a page declares; None where it does not read as Chinese in it."""
    try:
        name = codecs.lookup(encoding).name
        reading = _try(name, content)
    except (LookupError, ValueError):
        return None
    if reading.likeness < _MIN_LIKENESS or reading.n_damaged > _MAX_DAMAGED_SHARE * len(reading.text):
        return None
    return reading.text.removeprefix("\ufeff"), _NAMES.get(name, name)


@dataclass(frozen=True)
class _Reading:
    encoding: str
    text: str
    likeness: float
    n_damaged: int


def _try(name: str, content: bytes) -> _Reading:
    """Read content in an encoding; a sample decides whether it is worth reading whole."""
    sample = content[: _SAMPLE if len(content) > _SAMPLE else None]
    likeness = _likeness(sample.decode(name, "replace"))
    if likeness < _MIN_LIKENESS:
        return _Reading(name, "", likeness, 0)
    text = content.decode(name, "replace")
    return _Reading(name, text, likeness, len(_DAMAGE.findall(text)))


def _likeness(text: str) -> float:
    """How much the characters beyond ASCII are those of Chinese running text: 0 for none, about 0.6 for a plan.

    ASCII alone has no likeness to anything else either: 0.5, so that a file without Chinese is refused for that.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    n = np.bincount(_kinds_of_characters()[np.minimum(codes, _ASTRAL)], minlength=8)
    control = n[_CONTROL_BIT] + n[_CONTROL_BIT | _BEYOND_BIT]
    control += sum(unicodedata.category(chr(code)) in _CONTROL for code in codes[codes >= _ASTRAL].tolist())
    beyond = sum(n[kind] for kind in range(8) if kind & _BEYOND_BIT)
    if control > _MAX_CONTROL_SHARE * len(text) + 1:
        return 0.0
    return float(n[_EXPECTED_BIT | _BEYOND_BIT] / beyond) if beyond else 0.5


_ASTRAL = 0x10000
_BEYOND_BIT, _EXPECTED_BIT, _CONTROL_BIT = 1, 2, 4


@cache
def _kinds_of_characters() -> npt.NDArray[np.uint8]:
    """What each code point up to U+FFFF is, as bits, and in the last place what all beyond are: beyond ASCII."""
    kinds = np.full(_ASTRAL + 1, _BEYOND_BIT, dtype=np.uint8)
    kinds[:0x80] = 0
    kinds[[ord(char) for char in _EXPECTED]] |= _EXPECTED_BIT
    categories = map(unicodedata.category, map(chr, range(_ASTRAL)))
    kinds[:_ASTRAL][[category in _CONTROL for category in categories]] |= _CONTROL_BIT
    kinds[[ord(char) for char in "\t\n\r\f"]] = 0
    return kinds


def _nearest(best: _Reading) -> str:
    """What came nearest, where something did: which line the first damage stands in."""
    if not best.n_damaged:
        return ""
    line = best.text.count("\n", 0, best.text.index("\ufffd")) + 1
    name = _NAMES.get(best.encoding, best.encoding)
    return f" (as {name} {best.n_damaged} places in {len(best.text)} characters are damaged, the first in line {line})"

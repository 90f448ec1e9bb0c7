"""The two engines that cut text: jieba 0.42.1, the reference, and rjieba, many times as fast and made equal to it.

rjieba (jieba-rs in Rust) takes the same dictionary, the same likeliest route and the same hidden Markov model. In five
things its release 0.2.2 differs from jieba; each difference is closed here, and tests/test_engines.py holds the two
against each other:

1. B超 stands twice in jieba's dictionary. jieba counts both lines into the total by which every word is weighed, rjieba
   one. A private word that no text can match carries the difference (_TOTAL_DEBT).
2. rjieba takes the CJK extensions, U+9FD6 to U+9FFF and the compatibility ideographs for letters of words; jieba puts
   each apart, as it does a punctuation mark. The text is cut at them first (_APART).
3. Letters and digits that no dictionary knows are one token to rjieba however many of - . _ stand between them
   (2016-2019, CLI.12.511); jieba keeps only a decimal point (2016/-/2019, CLI.12/./511). No word of the dictionary has
   these marks in it, so such tokens are cut again by jieba's pattern, in the clauses where _JOINED finds any.
4. rjieba cannot take a lone surrogate, which is no character; jieba puts it apart. The text is cut at it as in 2.
5. Where two guesses are equally likely, because the same characters come again (增增增增增 is 增增/增增增 or the
   other way round), rounding decides, and the two round differently. Blocks in which that may be are found (_look,
   _may_tie) and their guesses left to jieba's own code.

   Two paths through the model are equal where the same characters are in the same states in another order. Between two
   places where both paths begin a word, each border of a word in the one is none in the other, so the characters on
   either side of it come again nearby: two pairs of neighbours, each character of which comes again. If one word only
   changes place with the next, the same pair comes again at the distance by which their lengths differ; up to _FAR is
   looked for, so a guessed word would have to be longer than that to be missed.

Words added: rjieba's add_word takes a word's former frequency off the total, as Segmenter does with jieba.
"""

import re
import sys
import warnings
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec, module_from_spec
from itertools import chain, groupby, islice
from typing import Any, Final, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from src.utils.words import jieba_dictionary
from src.utils.words.jieba_dictionary import REFERENCE_VERSION

Choice = Literal["auto", "fast", "jieba"]
"""What may be asked for. "auto" and "fast" are the same: the accelerator, and jieba where it cannot be had."""

FAST_VERSIONS: Final = frozenset({"0.2.2"})
"""The releases of rjieba that are tested to be equal to jieba."""

_TOTAL_DEBT: Final = 3
_PRIVATE_WORD: Final = "\ue000\ue001"

_APART_RANGES: Final = (
    (0x3400, 0x4DBF),
    (0x9FD6, 0x9FFF),
    (0xD800, 0xDFFF),  # surrogates
    (0xF900, 0xFAFF),
    (0x20000, 0x2FA1F),
)
_APART: Final = re.compile(f"([{''.join(f'{chr(first)}-{chr(last)}' for first, last in _APART_RANGES)}])")
_JOINED: Final = re.compile(  # a set at the start is what re searches fastest
    r"[-._](?:(?<=[-_])[A-Za-z0-9]|(?<=\.)(?:[A-Za-z]|[0-9]+(?:[A-Za-z]|[-._][A-Za-z0-9])))"
)
_ENDS: Final = "\n。，、；"
_IN_PARTS: Final = re.compile(r"[A-Za-z0-9]+(?:\.[0-9]+)?%?|[-._]")  # jieba's finalseg.re_skip and what lies between

_HAN: Final = "\u4e00-\u9fd5"
_FIRST_HAN: Final = np.uint16(0x4E00)
_LAST_HAN: Final = np.uint16(0x9FD5)
_TWO_UNITS: Final = re.compile("[\U00010000-\U0010ffff]")
_NEAR_APART: Final = np.zeros(0x100, dtype=bool)  # of each row of 256 UTF-16 units: whether one of _APART may be in it
for _first, _last in _APART_RANGES[:-1]:  # the last is written with surrogates
    _NEAR_APART[_first >> 8 : (_last >> 8) + 1] = True
_BLOCK: Final = re.compile(f"[{_HAN}A-Za-z0-9+#&._%\\-]+")  # what jieba looks for words in
_ASCII_IN_BLOCKS: Final = np.array([*(bool(_BLOCK.match(chr(point))) for point in range(128)), False])
_SINGLES: Final = re.compile(f"[{_HAN}]{{3,}}")
_SHORT: Final = 400  # characters below which re is faster than numpy
_NEAR: Final = 4
_FAR: Final = 8
_COMES_AGAIN: Final = re.compile(f"([{_HAN}])(?=[{_HAN}]{{0,{_FAR - 1}}}\\1)")

PROBES: Final = {
    "我来到北京清华大学": "我/来到/北京/清华大学",
    "他来到了网易杭研大厦": "他/来到/了/网易/杭研/大厦",
    "2016-2019年增长9.1%": "2016/-/2019/年/增长/9.1%",
    "㐀的\ufa0e字\U00020000": "㐀/的/\ufa0e/字/\U00020000",
    "a-1\r\n龥鿕1.2.3%b": "a/-/1/\r\n/龥/鿕/1.2/./3%/b",
}
"""Text and jieba's tokens, joined by a stroke: asked of the accelerator before it is taken, on every machine."""


class Engine(Protocol):
    """Something that cuts text as jieba 0.42.1 in precise mode does."""

    name: str

    def cut(self, text: str) -> list[str]:
        """Cut text, unknown words guessed; joined, the tokens are the text."""
        ...

    def cut_known(self, text: str) -> list[str]:
        """Cut text into words of the dictionary and single characters, nothing guessed."""
        ...

    def set_frequency(self, word: str, frequency: int) -> None:
        """Set a word's frequency; what it had before is taken off the total."""
        ...


class Reference:
    """jieba itself: a private Tokenizer. Its global one is not touched, nothing is written to the console."""

    name = "jieba"

    def __init__(self) -> None:
        base = jieba_dictionary.prefix_table()
        self._tokenizer: Any = _jieba_module().Tokenizer()
        self._tokenizer.FREQ, self._tokenizer.total = base.frequency.copy(), base.total
        self._tokenizer.initialized = True

    def cut(self, text: str) -> list[str]:
        """Cut as jieba.lcut(text)."""
        return list(self._tokenizer.cut(text))

    def cut_known(self, text: str) -> list[str]:
        """Cut as jieba.lcut(text, HMM=False)."""
        return list(self._tokenizer.cut(text, HMM=False))

    def set_frequency(self, word: str, frequency: int) -> None:
        """Set a word's frequency as jieba's add_word does, but take its former frequency off the total."""
        known = self._tokenizer.FREQ
        self._tokenizer.total += frequency - known.get(word, 0)
        known[word] = frequency
        for end in range(1, len(word)):
            known.setdefault(word[:end], 0)


class Fast:
    """rjieba, with its differences from jieba closed."""

    name = "fast"

    def __init__(self) -> None:
        self._jieba: Any = _rjieba().Jieba()
        self._jieba.add_word(_PRIVATE_WORD, _TOTAL_DEBT, None)

    def cut(self, text: str) -> list[str]:
        """Cut as Reference.cut."""
        if len(text) == 1:
            return [text]
        apart, blocks = _look(text)
        if apart:
            return list(chain.from_iterable(map(self.cut, filter(None, _APART.split(text)))))
        if not blocks or not _may_tie(self.cut_known("\n".join([text[first:end] for first, end in blocks]))):
            return self._cut_clauses(text)
        tokens: list[str] = []
        start = 0
        for first, end in blocks:
            known = self.cut_known(text[first:end])
            if _may_tie(known):
                tokens += self._cut_clauses(text[start:first])
                tokens += self._guess_as_jieba(known)
                start = end
        return tokens + self._cut_clauses(text[start:])

    def _cut_clauses(self, text: str) -> list[str]:
        """Cut text in which no two guesses are equally likely."""
        cut = self._jieba.cut
        tokens: list[str] = []
        start = 0  # what ends a clause is put apart by jieba too: clauses may be cut one by one
        for joined in _JOINED.finditer(text):
            if joined.start() >= start:
                clause = max(text.rfind(end, start, joined.start()) for end in _ENDS) + 1 or start
                end = min(text.find(end, joined.end()) + 1 or len(text) for end in _ENDS)
                if clause > start:
                    tokens += cut(text[start:clause], True)
                tokens += _in_parts(cut(text[clause:end], True))
                start = end
        if start < len(text):
            tokens += cut(text[start:] if start else text, True)
        return tokens

    def _guess_as_jieba(self, known: list[str]) -> list[str]:
        """Guess words out of the single characters that no word of the dictionary claims, with jieba's own model."""
        finalseg = _jieba_module().finalseg
        tokens: list[str] = []
        for single, run in groupby(known, self._is_single):
            if not single:
                tokens += run
                continue
            characters = "".join(run)
            apart = len(characters) == 1 or self._jieba.has_word(characters)
            tokens += characters if apart else finalseg.cut(characters)
        return tokens

    def _is_single(self, token: str) -> bool:
        """Tell a single character of the route; letters and digits that no word claims come out of cut_known joined."""
        return len(token) == 1 or (token.isascii() and token.isalnum() and not self._jieba.has_word(token))

    def cut_known(self, text: str) -> list[str]:
        """Cut as Reference.cut_known, for text of common Han characters."""
        tokens: list[str] = self._jieba.cut(text, False)
        return tokens

    def set_frequency(self, word: str, frequency: int) -> None:
        """Set a word's frequency; rjieba takes the former one off its total by itself."""
        self._jieba.add_word(word, frequency, None)


def _jieba_module() -> Any:
    """Import jieba where it is needed: the accelerator hardly ever does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # string escapes that Python 3.12 warns of, and pkg_resources
        return import_module("jieba")


def _rjieba() -> Any:
    """Load rjieba's compiled module alone: the package around it fills a second dictionary that nobody asks for.

    Raises ImportError where it is missing.
    """
    if "rjieba" in sys.modules:
        return sys.modules["rjieba"]
    package = find_spec("rjieba")
    inside = PathFinder.find_spec("rjieba", list(package.submodule_search_locations or ())) if package else None
    if inside is None or inside.loader is None:
        raise ImportError("rjieba is missing")
    module = module_from_spec(inside)
    inside.loader.exec_module(module)
    return module


class _Look(NamedTuple):
    """What needs care in a text: whether it has characters of _APART; blocks whose guesses may tie, from and to."""

    apart: bool
    blocks: list[tuple[int, int]]


def _look(text: str) -> _Look:
    """Look through a text for what needs care; what needs none may be found too."""
    if len(text) < _SHORT:
        if _APART.search(text):
            return _Look(apart=True, blocks=[])
        several = sum(1 for _ in islice(_COMES_AGAIN.finditer(text), 2)) == 2
        return _Look(apart=False, blocks=[block.span() for block in _BLOCK.finditer(text)] if several else [])
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    others = np.flatnonzero(units - _FIRST_HAN > _LAST_HAN - _FIRST_HAN)  # what is less than _FIRST_HAN wraps around
    if _NEAR_APART[units[others] >> 8].any() and _APART.search(text):
        return _Look(apart=True, blocks=[])
    if len(units) > len(text):  # characters of two units: places in the text are found without them
        return _look(_TWO_UNITS.sub("\ufffd", text))
    return _Look(apart=False, blocks=_repetitive_blocks(units, others))


def _repetitive_blocks(units: npt.NDArray[np.uint16], others: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Blocks in which characters come again so that guesses may tie: from and to, in order.

    units: a text's characters, of one UTF-16 unit each. others: where it has other than Han characters.
    """
    character = units - _FIRST_HAN
    character[others] = others.astype(np.uint16) | np.uint16(0x8000)  # so none of them comes again nearby
    again = np.zeros(len(units), dtype=bool)
    pairs = np.zeros(len(units), dtype=bool)
    for distance in range(1, min(_FAR, len(units) - 1) + 1):
        same = character[distance:] == character[:-distance]
        if distance <= _NEAR:
            again[distance:] |= same
            again[:-distance] |= same
        else:
            pairs[: len(same) - 1] |= same[1:] & same[:-1]
    neighbours = np.flatnonzero(again[1:] & again[:-1])
    pair = np.flatnonzero(pairs)
    found = [neighbours[:-1][_within_run(others, neighbours[:-1], neighbours[1:]) & (np.diff(neighbours) <= _FAR)]]
    found += [pair[_within_run(others, pair, pair + _NEAR + 2)]]
    ends = others[~_ASCII_IN_BLOCKS[np.minimum(units[others], 128)]]
    borders = np.concatenate([[-1], ends, [len(units)]])
    after = np.unique(np.searchsorted(borders, np.concatenate(found)))
    return list(zip((borders[after - 1] + 1).tolist(), borders[after].tolist(), strict=True))


def _within_run(
    others: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Tell for each pair of places whether none of the others, sorted, stands between them."""
    within: npt.NDArray[np.bool_] = np.searchsorted(others, starts) == np.searchsorted(others, ends)
    return within


def _may_tie(known: list[str]) -> bool:
    """Tell whether characters come again twice among neighbours that no word of the dictionary claims."""
    singles = "".join([token if len(token) == 1 else " " for token in known])
    return any(len(run) - len(set(run)) > 1 for run in _SINGLES.findall(singles))


def _in_parts(tokens: list[str]) -> list[str]:
    """Cut joined letters and digits as jieba does; every other token stays."""
    found = []
    for token in tokens:
        if token.isascii() and _JOINED.search(token):
            found += _IN_PARTS.findall(token)
        else:
            found.append(token)
    return found


def fast_engine() -> Fast | None:
    """Make the accelerator; None where it is missing, of a release that is not tested, or not equal on this machine."""
    if jieba_dictionary.source().release != REFERENCE_VERSION:
        return None
    try:
        if version("rjieba") not in FAST_VERSIONS:
            return None
        engine = Fast()
        right = all("/".join(engine.cut(text)) == tokens for text, tokens in PROBES.items())
    except (ImportError, PackageNotFoundError):
        return None
    except BaseException as error:
        if not failed(error):
            raise
        return None
    return engine if right else None


def failed(error: BaseException) -> bool:
    """Tell an engine's failure from a wish to stop: a panic in Rust is a BaseException too, but none of Python's."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def make_engine(choice: Choice) -> Engine:
    """Make the engine asked for, or the reference where the accelerator cannot be had.

    Raises ValueError for a choice there is not.
    """
    if choice not in ("auto", "fast", "jieba"):
        raise ValueError(f"no such engine: {choice!r}; there are 'auto', 'fast' and 'jieba'")
    fast = None if choice == "jieba" else fast_engine()
    return Reference() if fast is None else fast

"""Sentences to words: jieba's tokens, the terms of a plan kept whole, numbers found with their units."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

from src.utils import paths
from src.utils.code import code_hash
from src.utils.words import caching, kinds
from src.utils.words.engines import Choice, Engine, Reference, failed, make_engine
from src.utils.words.jieba_dictionary import source, word_list

PLACE_TAG: Final = "ns"
PUNCTUATION_TAG: Final = "x"
NUMBER_TAG: Final = "m"
TIME_TAG: Final = "t"
LATIN_TAG: Final = "eng"
UNKNOWN_TAG: Final = "un"

TERM_FREQUENCY: Final = 30
"""The least frequency a term gets. With 1000, 大数据 would be cut out of 加大/数据, and unrelated words move."""

PLACE_FREQUENCY: Final = 200
"""The least frequency of a place name of two characters: 信江 must win against 江相望, a person to jieba, in 隔信江
相望. Longer names need no more than other terms; with 200 for all of the country's, unrelated words move."""

TERM_MARGIN: Final = 3
"""How many times jieba's own suggestion, which only just keeps a word whole when it stands alone."""

HIGHEST_FREQUENCY: Final = 10**5
"""No term is raised above this: from 10**8 on, one word changes how unrelated ones are cut."""

PROBES: Final = ("以{}为重点", "和{}的合作", "在{}、南昌", "{}等地", "对{}进行改造", "以创新为{}，")
"""The frames a term must stand whole in: 以, 和, 在, 对, 为 make words with what follows (以上, 和平, 在于, 对象,
为主), 等 with what stands before it (平等), and plans are full of them."""

_CONSTANTS: Final = f"{TERM_FREQUENCY} {PLACE_FREQUENCY} {TERM_MARGIN} {HIGHEST_FREQUENCY} {PROBES} 2"

FREQUENCIES_LIMIT: Final = 2**20
"""Bytes that the computed frequencies of sets of terms may take under .cache/jieba."""

MOST_TAGS: Final = 500_000
"""So many tags are kept once they were looked up, some 80 MB; then all are forgotten."""

_HAN_ONLY: Final = re.compile(r"[\u4e00-\u9fd5]+")  # what jieba's route can take as a word
_LATIN: Final = re.compile(r"[A-Za-z0-9Ａ-Ｚａ-ｚ０-９+#&._%-]*[A-Za-zＡ-Ｚａ-ｚ][A-Za-z0-9Ａ-Ｚａ-ｚ０-９+#&._%-]*")
_HOLDER: Final = "\uf8ff"  # a private character: to jieba a mark between words


class Segmenter:
    """Cuts text into words as jieba 0.42.1 in precise mode, the given terms kept whole and numbers with their units.

    terms: term -> part-of-speech tag (jieba's tag set). Terms of Han characters alone join the dictionary: each with
    the frequency jieba suggests times TERM_MARGIN, at least TERM_FREQUENCY (PLACE_FREQUENCY for two characters with the
    tag ns), and raised until the term stands whole in PROBES; shorter terms first, so that of two terms the longer
    wins. Other terms (digits, quotes, brackets, 、, spaces) jieba could never match: they are taken out before the
    cut, the longest first, and never out of the middle of a number or a Latin word. With `numbers`, so are numbers with
    their units, percentages, ranges, dates and ordinals (see kinds), and terms that hold one (党的二十届三中全会).
    Without terms and numbers the tokens are jieba's own.

    engine: "jieba" is the reference; "fast" is the accelerator rjieba, whose tokens are the same; "auto" takes "fast".
    Where rjieba is missing, of a release not tested, or fails, jieba does the work: `engine` says which one is used.
    Nothing is written to the console, and jieba's global tokenizer is not touched.
    """

    def __init__(
        self, terms: Mapping[str, str] = MappingProxyType({}), engine: Choice = "auto", *, numbers: bool = True
    ) -> None:
        if engine not in ("auto", "fast", "jieba"):
            raise ValueError(f"no such engine: {engine!r}; there are 'auto', 'fast' and 'jieba'")
        self._choice: Choice = engine
        self._numbers = numbers
        self._tags: dict[str, str] = {}
        self._terms = {term: terms[term] for term in sorted(terms, key=lambda term: (len(term), term))}

    @property
    def terms(self) -> Mapping[str, str]:
        """The terms kept whole and their tags, shorter first, then in code-point order."""
        return MappingProxyType(self._terms)

    @property
    def engine(self) -> str:
        """The engine at work: "fast" or "jieba"."""
        return self._engine.name

    @cached_property
    def dictionary_hash(self) -> str:
        """Hash all that decides where text is cut and how tokens are tagged; not the engine, for they are equal."""
        lines = [source().digest, _CONSTANTS, f"{kinds.FIRST} {kinds.pattern()}" if self._numbers else "no numbers"]
        lines += [f"{term}\t{tag}" for term, tag in self._terms.items()]
        return _sha256(lines)

    @cached_property
    def cache_key(self) -> str:
        """Hash all that a kept cut depends on: the dictionary, the units that tags are told by, this code."""
        units = sorted(kinds.bare_units()) if self._numbers else []
        return _sha256([self.dictionary_hash, code_hash("words"), *units])

    @cached_property
    def _frequencies_hash(self) -> str:
        """Hash all that the frequencies of the terms are computed from."""
        words = [f"{term}\t{tag == PLACE_TAG}" for term, tag in self._terms.items() if _is_word(term)]
        return _sha256([source().digest, _CONSTANTS, code_hash("words"), *words])

    @cached_property
    def _engine(self) -> Engine:
        """Make the engine and add the terms; where the accelerator fails at that, the reference."""
        engine = make_engine(self._choice)
        try:
            self._add_terms(engine)
        except BaseException as error:
            if not failed(error) or isinstance(engine, Reference):
                raise
            engine = Reference()
            self._add_terms(engine)
        return engine

    def _add_terms(self, engine: Engine) -> None:
        """Give each term its frequency, from the cache where it was computed before."""
        words = [term for term in self._terms if _is_word(term)]
        path = paths.CACHE / "jieba" / f"{self._frequencies_hash[:32]}-{caching.FORMAT}.frequencies"
        kept = caching.load(path) if words else None
        if kept is not None and len(kept) == len(words):
            for word, frequency in zip(words, kept, strict=True):
                engine.set_frequency(word, frequency)
        elif words:
            caching.store(path, self._computed_frequencies(words, engine), limit=FREQUENCIES_LIMIT)

    def _computed_frequencies(self, words: list[str], engine: Engine) -> list[int]:
        """Find the frequency of each word and set it in the engine, one after the other: each changes the next."""
        dictionary = word_list()
        raised: dict[str, int] = {}
        total = dictionary.total

        def known(word: str) -> int:
            return raised[word] if word in raised else dictionary.frequency(word)

        def raise_to(word: str, frequency: int) -> int:
            change = frequency - known(word)
            raised[word] = frequency
            engine.set_frequency(word, frequency)
            return change

        for word in words:
            is_short_place = self._terms[word] == PLACE_TAG and len(word) == 2
            least = PLACE_FREQUENCY if is_short_place else TERM_FREQUENCY
            frequency = max(least, TERM_MARGIN * _weight_of_parts(word, engine.cut_known(word), known, total))
            total += raise_to(word, max(frequency, known(word)))
            while frequency < HIGHEST_FREQUENCY and any(word not in engine.cut(probe.format(word)) for probe in PROBES):
                frequency *= 2
                total += raise_to(word, frequency)
        return [raised[word] for word in words]

    @cached_property
    def _masked(self) -> re.Pattern[str] | None:
        """What is taken out of the text before the cut; None where that is nothing."""
        number = _masking_pattern([], numbers=True) if self._numbers else None  # 党的二十届三中全会 holds 二十届
        terms = [t for t in self._terms if not _HAN_ONLY.fullmatch(t) or (number is not None and number.search(t))]
        return _masking_pattern(terms, self._numbers) if terms or self._numbers else None

    @cached_property
    def _followers(self) -> dict[str, str]:
        """For a character, those that stand behind it in words and terms."""
        followers = dict(word_list().followers)
        for term in self._terms:
            if len(term) > 1:
                followers[term[0]] = followers.get(term[0], "") + term[1]
        return followers

    def cut(self, text: str) -> list[str]:
        """Cut the text into words, numbers and punctuation marks; joined, they are the text again."""
        if self._masked is None:
            return self._cut(text)
        parts = self._masked.split(text)  # what the group matched stands at the odd places
        if len(parts) == 1:
            return self._cut(text)
        rests, masked = (self._leave_doubtful_units(parts)) if self._numbers else (parts[::2], parts[1::2])
        return self._put_back(self._cut(_HOLDER.join(rests)), masked)

    def _leave_doubtful_units(self, parts: list[str]) -> tuple[list[str], list[str]]:
        """Give back to the text the units that make a word with the next character: 200|项目, 12|万人才."""
        followers = self._followers
        rests, masked = [parts[0]], []
        for part, after in zip(parts[1::2], parts[2::2], strict=True):
            if (
                after
                and after[0] in followers.get(part[-1], "")
                and not part[-1].isdecimal()
                and part not in self._terms
            ):
                number, unit = kinds.without_unit(part)
                if number:
                    masked.append(number)
                    rests.append(unit + after)
                else:
                    rests[-1] += unit + after
            else:
                masked.append(part)
                rests.append(after)
        return rests, masked

    def _cut(self, text: str) -> list[str]:
        """Cut with the engine; where the accelerator fails, with the reference from then on."""
        try:
            return self._engine.cut(text)
        except BaseException as error:
            if not failed(error) or isinstance(self._engine, Reference):
                raise
            reference = Reference()
            self._add_terms(reference)
            self.__dict__["_engine"] = reference
            return reference.cut(text)

    def _put_back(self, tokens: list[str], masked: list[str]) -> list[str]:
        """Put what was taken out into its places; a bare number takes the unit that the cut found behind it."""
        at, joined = -1, False
        for part in masked:
            at = tokens.index(_HOLDER, at + 1)
            tokens[at] = part
            if part[-1].isdecimal() and self._takes_unit(part, tokens[at + 1 : at + 2]):
                tokens[at] += tokens[at + 1]
                tokens[at + 1] = ""
                joined = True
        return list(filter(None, tokens)) if joined else tokens

    def _takes_unit(self, part: str, after: list[str]) -> bool:
        return self._numbers and part not in self._terms and bool(after) and kinds.is_amount(after[0])

    def tag(self, term: str) -> str:
        """Look up the part of speech of a token; nothing is guessed.

        A term's own tag first; then x for what has no letter or digit, t for dates, m for other numbers, the tag in
        jieba's dictionary, eng for Latin words, and un for a word that no dictionary has.
        """
        return self.tags([term])[0]

    def tags(self, terms: Iterable[str]) -> list[str]:
        """Look up the part of speech of many tokens, in their order; as tag does."""
        terms = list(terms)
        if len(self._tags) > MOST_TAGS:
            self._tags.clear()
        found = self._tags
        new = [term for term in terms if term not in found]
        own = self._terms
        for term, tag in zip(new, word_list().tags_of(new) if new else (), strict=True):
            plain = tag and tag != PUNCTUATION_TAG and not term[0].isdecimal()
            found[term] = own.get(term) or (tag if tag and plain else _tag(term, tag))
        return [found[term] for term in terms]


def _tag(term: str, known: str | None) -> str:
    """Tag a token that is no term: punctuation and numbers by their form; known: the tag in jieba's dictionary."""
    if is_punctuation(term):
        return PUNCTUATION_TAG
    kind = kinds.kind_of(term)
    if kind is not None:
        return TIME_TAG if kind == "date" else NUMBER_TAG
    if known is not None and known != PUNCTUATION_TAG:
        return known
    return LATIN_TAG if _LATIN.fullmatch(term) else UNKNOWN_TAG


def _sha256(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _is_word(term: str) -> bool:
    """Tell whether a term joins the dictionary; a single character is a token already."""
    return len(term) > 1 and _HAN_ONLY.fullmatch(term) is not None


def _weight_of_parts(term: str, parts: list[str], known: Callable[[str], int], total: int) -> int:
    """Weigh the parts the term would be cut into: jieba's suggest_freq; 0 where it is whole already."""
    if parts == [term]:
        return 0
    product = 1.0
    for part in parts:
        product *= (known(part) or 1) / total
    return int(product * total) + 1


def is_punctuation(term: str) -> bool:
    """Tell whether a token holds neither letter nor digit: marks, brackets, spaces, symbols, emoji."""
    return not term.isalnum() and not any(character.isalnum() for character in term)


def _masking_pattern(terms: Iterable[str], numbers: bool) -> re.Pattern[str]:
    """Compile a pattern for terms that jieba cannot match, the longest first, and for numbers if wanted.

    It begins with the set of first characters, which is what re searches for fastest; each alternative looks back at
    the one that was read.
    """
    by_first: dict[str, list[str]] = {}
    for term in sorted(terms, key=lambda term: (-len(term), term)):
        after = r"(?![0-9A-Za-z])" if term[-1].isascii() and term[-1].isalnum() else ""
        by_first.setdefault(term[0], []).append(re.escape(term[1:]) + after)
    like_numbers: list[str] = []
    others = [f"(?<={_HOLDER})"]
    for first, rests in by_first.items():
        before = r"(?<![0-9A-Za-z.].)" if first.isascii() and first.isalnum() else ""
        may_be_number = numbers and re.match(f"[{kinds.FIRST}]", first)
        (like_numbers if may_be_number else others).append(f"(?<={re.escape(first)}){before}(?:{'|'.join(rests)})")
    firsts = _HOLDER + "".join(map(re.escape, by_first))
    alternatives = "|".join(others)
    if numbers:  # told apart at once, for either may be tried at every tenth character
        beginning = f"(?<=[{kinds.FIRST}])(?:{'|'.join([*like_numbers, kinds.pattern()])})"
        alternatives = f"{beginning}|(?<![{kinds.FIRST}])(?:{alternatives})"
        firsts += kinds.FIRST
    return re.compile(f"([{firsts}](?:{alternatives}))", re.DOTALL)

"""Sentences to words: jieba in precise mode, with the terms of a plan kept whole."""

import hashlib
import marshal
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from src.utils import paths, tables
from src.utils.errors import GuihuaError
from src.utils.files import write_whole
from src.utils.lexicons import load_lexicon
from src.utils.plans.settings import PlanSettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # jieba 0.42.1: string escapes that Python 3.12 warns of, and pkg_resources
    import jieba

PLACE_TAG: Final = "ns"
PUNCTUATION_TAG: Final = "x"
NUMBER_TAG: Final = "m"
LATIN_TAG: Final = "eng"
UNKNOWN_TAG: Final = "un"

TERM_FREQUENCY: Final = 30
"""The least frequency a term gets. With 1000, 大数据 would be cut out of 加大/数据, and unrelated words move."""

PLACE_FREQUENCY: Final = 200
"""The least frequency of a place name: 信江 must win against 江相望, a person to jieba, in 隔信江相望."""

TERM_MARGIN: Final = 3
"""How many times jieba's own suggestion, which only just keeps a word whole when it stands alone."""

HIGHEST_FREQUENCY: Final = 10**5
"""No term is raised above this: from 10**8 on, one word changes how unrelated ones are cut."""

PROBE: Final = "以{}为重点"
"""The frame a term must stand whole in: 以 makes words with what follows (以上, 以下), and plans are full of it."""

_HAN_ONLY: Final = re.compile(r"[\u4e00-\u9fd5]+")  # what jieba's route can take as a word
_NUMBER: Final = re.compile(r"[0-9０-９][0-9０-９.,．，%％‰-]*")
_LATIN: Final = re.compile(r"[A-Za-z0-9Ａ-Ｚａ-ｚ０-９+#&._%-]*[A-Za-zＡ-Ｚａ-ｚ][A-Za-z0-9Ａ-Ｚａ-ｚ０-９+#&._%-]*")
_CACHE_FORMAT: Final = b"guihua-jieba-1\n"


class Dictionary(NamedTuple):
    """Jieba's own dictionary: frequency of every word, 0 for every mere beginning of one; their sum; tags of words."""

    frequency: dict[str, int]
    total: int
    tags: dict[str, str]
    digest: str


class Segmenter:
    """Cuts text into words with jieba 0.42.1 in precise mode, the given terms kept whole.

    terms: term -> part-of-speech tag (jieba's tag set). Terms of Han characters alone join the dictionary of a private
    jieba.Tokenizer: each with the frequency jieba suggests times TERM_MARGIN, at least TERM_FREQUENCY (PLACE_FREQUENCY
    with the tag ns), and raised until the term stands whole in PROBE; shorter terms first, so that of two terms the
    longer wins. Other terms (digits, quotes, brackets, 、, spaces) jieba could never match: they are taken out before
    the cut, the longest first, and never out of the middle of a number or a Latin word. Nothing is written to the
    console, and jieba's global tokenizer is not touched.
    """

    def __init__(self, terms: Mapping[str, str] = MappingProxyType({})) -> None:
        base = base_dictionary()
        self._terms = {term: terms[term] for term in sorted(terms, key=lambda term: (len(term), term))}
        self._base_tags = base.tags
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.FREQ, self._tokenizer.total = base.frequency.copy(), base.total
        self._tokenizer.initialized = True
        self._add_terms()
        self._masked = _masking_pattern(term for term in self._terms if not _HAN_ONLY.fullmatch(term))
        self.dictionary_hash = self._hash(base.digest)

    def _add_terms(self) -> None:
        for term, tag in self._terms.items():
            if _HAN_ONLY.fullmatch(term) and len(term) > 1:
                least = PLACE_FREQUENCY if tag == PLACE_TAG else TERM_FREQUENCY
                frequency = max(least, TERM_MARGIN * self._weight_of_parts(term))
                self._set_frequency(term, max(frequency, self._tokenizer.FREQ.get(term, 0)))
                while term not in self._tokenizer.cut(PROBE.format(term)) and frequency < HIGHEST_FREQUENCY:
                    frequency *= 2
                    self._set_frequency(term, frequency)

    def _set_frequency(self, term: str, frequency: int) -> None:
        """Set a word's frequency as jieba's add_word does, but take its former frequency off the total."""
        known = self._tokenizer.FREQ
        self._tokenizer.total += frequency - known.get(term, 0)
        known[term] = frequency
        for end in range(1, len(term)):
            known.setdefault(term[:end], 0)

    def _weight_of_parts(self, term: str) -> int:
        """Weigh the parts the term would be cut into: jieba's suggest_freq; 0 where it is whole already."""
        product = 1.0
        for part in self._tokenizer.cut(term, HMM=False):
            if part == term:
                return 0
            product *= self._tokenizer.FREQ.get(part, 1) / self._tokenizer.total
        return int(product * self._tokenizer.total) + 1

    def _hash(self, base_digest: str) -> str:
        lines = [f"{base_digest} {TERM_FREQUENCY} {PLACE_FREQUENCY} {TERM_MARGIN} {HIGHEST_FREQUENCY} {PROBE}"]
        lines += [f"{term}\t{tag}" for term, tag in self._terms.items()]
        return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()

    @property
    def terms(self) -> Mapping[str, str]:
        """The terms kept whole and their tags, shorter first, then in code-point order."""
        return MappingProxyType(self._terms)

    def cut(self, text: str) -> list[str]:
        """Cut the text into words, numbers and punctuation marks; joined, they are the text again."""
        if self._masked is None:
            return list(self._tokenizer.cut(text))
        tokens: list[str] = []
        for index, part in enumerate(self._masked.split(text)):
            if index % 2:  # split() puts what the group matched at the odd places
                tokens.append(part)
            elif part:
                tokens.extend(self._tokenizer.cut(part))
        return tokens

    def tag(self, term: str) -> str:
        """Look up the part of speech of a token; nothing is guessed.

        A term's own tag first; then x for what has no letter or digit, m for numbers, the tag in jieba's dictionary,
        eng for Latin words, and un for a word that no dictionary has.
        """
        if term in self._terms:
            return self._terms[term]
        if is_punctuation(term):
            return PUNCTUATION_TAG
        if _NUMBER.fullmatch(term):
            return NUMBER_TAG
        known = self._base_tags.get(term)
        if known is not None and known != PUNCTUATION_TAG:
            return known
        return LATIN_TAG if _LATIN.fullmatch(term) else UNKNOWN_TAG


def is_punctuation(term: str) -> bool:
    """Tell whether a token holds neither letter nor digit: marks, brackets, spaces, symbols, emoji."""
    return not any(character.isalnum() for character in term)


def _masking_pattern(terms: Iterable[str]) -> re.Pattern[str] | None:
    """Compile a pattern for terms that jieba cannot match, the longest first; None where there are none."""
    alternatives = []
    for term in sorted(terms, key=lambda term: (-len(term), term)):
        before = r"(?<![0-9A-Za-z.])" if term[0].isascii() and term[0].isalnum() else ""
        after = r"(?![0-9A-Za-z])" if term[-1].isascii() and term[-1].isalnum() else ""
        alternatives.append(f"{before}{re.escape(term)}{after}")
    return re.compile(f"({'|'.join(alternatives)})") if alternatives else None


@lru_cache(maxsize=1)
def base_dictionary() -> Dictionary:
    """Read jieba's dictionary, once per process; from the cache under .cache/jieba where that is whole.

    The cache carries the hash of the dictionary file in its name and of its own content at its head, so that a damaged
    or outdated one is built anew. It is written whole or not at all, so that processes may start at once. Where the
    folder cannot be written, the dictionary is built in memory each time (about a second), and nothing is left
    elsewhere.
    """
    with jieba.get_module_res(jieba.DEFAULT_DICT_NAME) as file:
        source: bytes = file.read()
    digest = hashlib.sha256(source).hexdigest()
    version = f"{sys.implementation.cache_tag}-{marshal.version}"
    path = paths.CACHE / "jieba" / f"dictionary-{digest[:16]}-{version}.marshal"
    cached = _read_cache(path)
    if cached is None:
        cached = _parse_dictionary(source.decode("utf-8"))
        _write_cache(path, cached)
    frequency, total, tags = cached
    return Dictionary(frequency, total, tags, digest)


_Content = tuple[dict[str, int], int, dict[str, str]]


def _parse_dictionary(text: str) -> _Content:
    """Parse lines `word frequency tag` as jieba's gen_pfdict does, and keep the tags beside."""
    frequency: dict[str, int] = {}
    tags: dict[str, str] = {}
    total = 0
    for line in text.splitlines():
        word, count, tag = line.split(" ")
        frequency[word] = int(count)
        tags[word] = sys.intern(tag)
        total += int(count)
        for end in range(1, len(word)):
            frequency.setdefault(word[:end], 0)
    return frequency, total, tags


def _read_cache(path: Path) -> _Content | None:
    """Load the cache file; None where it is missing or damaged (the hash keeps broken bytes from marshal)."""
    try:
        data = memoryview(path.read_bytes())
    except OSError:
        return None
    head, payload = data[: len(_CACHE_FORMAT) + 32], data[len(_CACHE_FORMAT) + 32 :]
    if head != _CACHE_FORMAT + hashlib.sha256(payload).digest():
        return None
    content: _Content = marshal.loads(payload)
    return content


def _write_cache(path: Path, content: _Content) -> None:
    payload = marshal.dumps(content)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, _CACHE_FORMAT + hashlib.sha256(payload).digest() + payload)
    except (OSError, GuihuaError):
        return  # the dictionary is in memory: only the next start is slower


def terms_for(settings: PlanSettings | None = None) -> dict[str, str]:
    """Gather the terms to keep whole and their tags: the dictionaries under data/lexicons and the names of a plan.

    The plan gives its place (with and without 市), its counties and industries under all their names, short ones too.
    Without settings, the dictionaries alone. Where a term stands in several, a place name's tag wins, then a policy
    term's, then a firm's or body's.
    """
    names = settings.unit_names() if settings else {"county": {}, "industry": {}}
    place = [settings.place.name, settings.place.short] if settings else []
    policy = load_lexicon("policy_terms")
    layers: list[dict[str, str]] = [  # a later one overrides
        dict.fromkeys(chain.from_iterable(names["industry"].values()), "n"),
        dict.fromkeys(load_lexicon("industries")["term"], "n"),
        dict.fromkeys(load_lexicon("organisations")["term"], "nt"),
        dict(zip(policy["term"], policy["tag"], strict=True)),
        dict.fromkeys(load_lexicon("places")["term"], PLACE_TAG),
        dict.fromkeys([*place, *chain.from_iterable(names["county"].values())], PLACE_TAG),
    ]
    return {term: tag for layer in layers for term, tag in layer.items()}


def token_table(sentences: pd.DataFrame, segmenter: Segmenter) -> pd.DataFrame:
    """Cut every sentence into tokens, punctuation included: plan, sentence, position, term, tag, start, end.

    position counts from 0 in its sentence; start and end are offsets into the cleaned text, as the sentence's own.
    Raises ValueError where a sentence's text is not as long as its span: the offsets could not be true.
    """
    texts = sentences["text"].tolist()
    spans = (sentences["end"] - sentences["start"]).to_numpy()
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    if (spans != lengths).any():
        wrong = sentences["sentence"].iloc[int(np.flatnonzero(spans != lengths)[0])]
        raise ValueError(f"sentence {wrong}: its text is not as long as its span from start to end")
    cuts = [segmenter.cut(text) for text in texts]
    sizes = np.fromiter(map(len, cuts), dtype=np.int64, count=len(cuts))
    terms = list(chain.from_iterable(cuts))
    tag_of = {term: segmenter.tag(term) for term in set(terms)}
    widths = np.fromiter(map(len, terms), dtype=np.int64, count=len(terms))
    ends = np.cumsum(widths)  # in the sentences joined end to end
    shift = np.repeat(sentences["start"].to_numpy(dtype=np.int64) - (np.cumsum(lengths) - lengths), sizes)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    columns: dict[str, Any] = {
        "plan": np.repeat(sentences["plan"].to_numpy(dtype=object), sizes),
        "sentence": np.repeat(sentences["sentence"].to_numpy(dtype=np.int64), sizes),
        "position": np.arange(len(terms), dtype=np.int64) - first,
        "term": np.array(terms, dtype=object),
        "tag": np.array([tag_of[term] for term in terms], dtype=object),
        "start": ends - widths + shift,
        "end": ends + shift,
    }
    return pd.DataFrame(columns, columns=tables.TOKENS)


def segmenter_for(settings: PlanSettings | None = None) -> Segmenter:
    """Make the segmenter for a plan, with all dictionaries and its names; without settings, the dictionaries alone."""
    return Segmenter(terms_for(settings))

"""jieba's own dictionary, read from its file without importing jieba: the words, how frequent they are, their tags.

Two forms of it: WordList, sorted arrays that load in milliseconds and are all that looking words up needs; and the
table with every beginning of every word that jieba's own code walks through.
"""

import hashlib
from collections.abc import Iterable
from functools import cached_property, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from src.utils import paths
from src.utils.code import code_hash
from src.utils.words import caching

REFERENCE_VERSION: Final = "0.42.1"
"""The release of jieba whose tokens are the reference: the accelerator is offered for this one alone."""

CACHE_LIMIT: Final = 128 * 2**20
"""Bytes that the cached forms may take under .cache/jieba, those of earlier versions included."""

_ABSENT: Final = -1


class Source(NamedTuple):
    """The dictionary's file, its hash with the release of jieba that reads it, and that release."""

    path: Path
    digest: str
    release: str


class _Arrays(NamedTuple):
    """What a cache file holds.

    openings: a line for each character that begins words other than persons' names, and behind it the characters that
    stand second in them. total: the sum of all frequencies as jieba takes it, line by line: B超 stands in the file
    twice and counts twice.
    """

    keys: bytes
    frequencies: bytes
    tags: bytes
    tag_names: str
    openings: str
    total: int


class WordList:
    """Words, frequencies and tags in arrays sorted by the hash of the word."""

    def __init__(self, content: _Arrays) -> None:
        self._keys = np.frombuffer(content.keys, dtype="<u8")
        self._frequencies = np.frombuffer(content.frequencies, dtype="<u4")
        self._tags = np.frombuffer(content.tags, dtype=np.uint8)
        self._tag_names = content.tag_names.split(" ")
        self._openings = content.openings
        self.total = content.total

    def __len__(self) -> int:
        return len(self._keys)

    def frequency(self, word: str) -> int:
        """How often the dictionary counts the word; 0 where it lacks it."""
        at = self._find([word])[0]
        return 0 if at == _ABSENT else int(self._frequencies[at])

    def tags_of(self, words: list[str]) -> list[str | None]:
        """The part of speech of each word, None where the dictionary lacks it."""
        return [None if at == _ABSENT else self._tag_names[self._tags[at]] for at in self._find(words)]

    def _find(self, words: list[str]) -> npt.NDArray[np.int64]:
        wanted = _keys_of(words)
        at = np.searchsorted(self._keys, wanted)
        at[at == len(self._keys)] = 0
        return np.where(self._keys[at] == wanted, at, _ABSENT)

    @cached_property
    def followers(self) -> dict[str, str]:
        """For each character that begins words other than persons' names: those that stand second in them."""
        return {opening[0]: opening[1:] for opening in self._openings.split("\n")}


def _keys_of(words: Iterable[str]) -> npt.NDArray[np.uint64]:
    """Hash words to 64 bits: that two of 350,000 words share a key has a chance of 1 in 300 million."""
    digests = [hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in words]
    return np.frombuffer(b"".join(digests), dtype="<u8")


@lru_cache(maxsize=1)
def source() -> Source:
    """Find and hash the dictionary's file that the installed jieba would read."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is missing; install what requirements.lock lists")
    path, release = Path(spec.origin).parent / "dict.txt", version("jieba")
    digest = hashlib.sha256(release.encode() + b"\n")
    with path.open("rb") as file:
        while block := file.read(2**18):
            digest.update(block)
    return Source(path, digest.hexdigest(), release)


def _rows() -> list[tuple[str, int, str]]:
    rows = []
    for line in source().path.read_text(encoding="utf-8").splitlines():
        word, count, tag = line.split(" ")
        rows.append((word, int(count), tag))
    return rows


@lru_cache(maxsize=1)
def word_list() -> WordList:
    """Load the word list, once per process; from the cache under .cache/jieba where that is whole (see caching)."""
    path = paths.CACHE / "jieba" / f"words-{_made_from()}-{caching.FORMAT}.marshal"
    content = caching.load(path)
    if content is None:
        content = _arrays(_rows())
        caching.store(path, tuple(content), limit=CACHE_LIMIT)
    return WordList(_Arrays(*content))


def _made_from() -> str:
    """Hash what the cached forms are made from: jieba's file and the code that reads it."""
    return hashlib.sha256(f"{source().digest} {code_hash('words/jieba_dictionary.py')}".encode()).hexdigest()[:16]


def _arrays(rows: list[tuple[str, int, str]]) -> _Arrays:
    """Sort the rows; of a word that stands twice the last line counts, as with jieba."""
    words = {word: (count, tag) for word, count, tag in rows}
    tag_names = sorted({tag for _, tag in words.values()})
    number = {tag: at for at, tag in enumerate(tag_names)}
    keys = _keys_of(words)
    order = np.argsort(keys)
    seconds: dict[str, set[str]] = {}
    for word, (_, tag) in words.items():
        if len(word) > 1 and not tag.startswith("nr"):
            seconds.setdefault(word[0], set()).add(word[1])
    return _Arrays(
        keys=keys[order].tobytes(),
        frequencies=np.array([count for count, _ in words.values()], dtype="<u4")[order].tobytes(),
        tags=np.array([number[tag] for _, tag in words.values()], dtype=np.uint8)[order].tobytes(),
        tag_names=" ".join(tag_names),
        openings="\n".join(first + "".join(sorted(found)) for first, found in sorted(seconds.items())),
        total=sum(count for _, count, _ in rows),
    )


class PrefixTable(NamedTuple):
    """What jieba's Tokenizer holds: the frequency of every word, 0 for every mere beginning of one; their sum."""

    frequency: dict[str, int]
    total: int


@lru_cache(maxsize=1)
def prefix_table() -> PrefixTable:
    """Load the table, once per process; from the cache under .cache/jieba where that is whole."""
    path = paths.CACHE / "jieba" / f"prefixes-{_made_from()}-{caching.FORMAT}.marshal"
    content = caching.load(path)
    if content is None:
        content = _prefixes(_rows())
        caching.store(path, content, limit=CACHE_LIMIT)
    return PrefixTable(*content)


def _prefixes(rows: list[tuple[str, int, str]]) -> tuple[dict[str, int], int]:
    """Do what jieba's gen_pfdict does."""
    frequency: dict[str, int] = {}
    total = 0
    for word, count, _ in rows:
        frequency[word] = count
        total += count
        for end in range(1, len(word)):
            frequency.setdefault(word[:end], 0)
    return frequency, total


def clear() -> None:
    """Forget what this process has read."""
    for read in (source, word_list, prefix_table):
        read.cache_clear()

"""The cuts of texts that were cut before: a second run after a change of stop words or groups cuts nothing.

A cut is kept under .cache/tokens by the hash of the texts and of the dictionary, as numbers into a vocabulary; see
caching for what protects the files.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from src.utils import paths
from src.utils.words import caching

LIMIT: Final = 256 * 2**20
"""Bytes that all cuts kept may take; those unused for longest are removed. 31 provincial reports take 1.5 MB."""


_SEPARATOR: Final = "\uf8fe"  # a private character: to jieba a mark between words
_BATCH: Final = 30_000

Numbers = npt.NDArray[np.int32]


class Cuts(NamedTuple):
    """Texts cut into tokens.

    vocabulary: the different terms, in the order they first stand; tags: theirs. ids: each token's term as a place in
    the vocabulary, shape (n_tokens,). sizes: tokens per text, shape (n_texts,).
    """

    vocabulary: list[str]
    tags: list[str]
    ids: Numbers
    sizes: Numbers


def cut_all(
    texts: Sequence[str],
    cache_key: str,
    cut: Callable[[str], list[str]],
    tags: Callable[[Iterable[str]], list[str]],
) -> Cuts:
    """Cut every text, or load what that gave before.

    cache_key must stand for everything that cut and tags depend on.
    """
    path = paths.CACHE / "tokens" / f"{_key(texts, cache_key)}-{caching.FORMAT}.tokens"
    content = caching.load(path)
    if content is not None:
        caching.mark_used(path)
        vocabulary, known_tags, ids, sizes = content
        return Cuts(vocabulary, known_tags, np.frombuffer(ids, dtype="<i4"), np.frombuffer(sizes, dtype="<i4"))
    vocabulary, ids, sizes = cut_and_number(texts, cut)
    cuts = Cuts(vocabulary, tags(vocabulary), ids, sizes)
    kept = (cuts.vocabulary, cuts.tags, ids.astype("<i4").tobytes(), sizes.astype("<i4").tobytes())
    caching.store(path, kept, limit=LIMIT)
    return cuts


def _key(texts: Sequence[str], cache_key: str) -> str:
    key = hashlib.sha256(cache_key.encode())
    key.update(np.fromiter(map(len, texts), dtype="<i8", count=len(texts)).tobytes())
    key.update("".join(texts).encode("utf-8", "surrogatepass"))
    return key.hexdigest()[:40]


def cut_and_number(texts: Sequence[str], cut: Callable[[str], list[str]]) -> tuple[list[str], Numbers, Numbers]:
    """Cut every text: vocabulary, ids and sizes as in Cuts."""
    number: defaultdict[str, int] = defaultdict(count().__next__)
    if holds_separator(texts):
        parts = [cut(text) for text in texts]
        ids = _numbered(chain.from_iterable(parts), number)
        return list(number), ids, np.fromiter(map(len, parts), dtype=np.int32, count=len(parts))
    ids, sizes = cut_joined(texts, cut, number)
    return list(number)[1:], ids - np.int32(1), sizes


def holds_separator(texts: Sequence[str]) -> bool:
    """Whether a text holds the private character that cut_joined puts between texts."""
    return _SEPARATOR in "".join(texts)


def cut_joined(
    texts: Sequence[str], cut: Callable[[str], list[str]], number: dict[str, int]
) -> tuple[Numbers, Numbers]:
    """Cut every text and number its terms by a dictionary that gives a new one the next number: ids and sizes.

    number: empty, or filled here before; its first entry, 0, is what stands between texts. Texts, none of which may
    hold that, are cut joined, many at a time, because calls cost more than characters: cut must put it apart and cut
    what stands on either side as if it stood alone. Few enough at a time that their tokens are numbered while they are
    still in the processor's cache.
    """
    end = [_SEPARATOR]
    numbered = [_numbered(end, number)]
    numbered += [_numbered(chain(cut(_SEPARATOR.join(batch)), end), number) for batch in _batches(texts)]
    ids = np.concatenate(numbered)
    ends = np.flatnonzero(ids == 0)
    return ids[ids > 0], (np.diff(ends) - 1).astype(np.int32)


def _numbered(tokens: Iterable[str], number: dict[str, int]) -> Numbers:
    """Number each token's term; a new one gets the next number."""
    return np.fromiter(map(number.__getitem__, tokens), dtype=np.int32)


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Texts that follow each other, up to _BATCH characters or one text."""
    start = size = 0
    for at, text in enumerate(texts):
        if size + len(text) > _BATCH and at > start:
            yield texts[start:at]
            start, size = at, 0
        size += len(text)
    if start < len(texts):
        yield texts[start:]

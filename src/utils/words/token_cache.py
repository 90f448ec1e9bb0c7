"""The cuts of texts that were cut before: a second run after a change of stop words or groups cuts nothing.

A cut is kept under .cache/tokens by the hash of the texts and of the dictionary, as numbers into a vocabulary; see
caching for what protects the files.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from src.utils import paths
from src.utils.words import caching

LIMIT: Final = 256 * 2**20
"""Bytes that all cuts kept may take; those unused for longest are removed. 31 provincial reports take 1.5 MB."""


class Cuts(NamedTuple):
    """Texts cut into tokens.

    vocabulary: the different terms, in the order they first stand; tags: theirs. ids: each token's term as a place in
    the vocabulary, shape (n_tokens,). sizes: tokens per text, shape (n_texts,).
    """

    vocabulary: list[str]
    tags: list[str]
    ids: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.int32]


def cut_all(
    texts: Sequence[str],
    dictionary_hash: str,
    cut: Callable[[str], list[str]],
    tags: Callable[[Iterable[str]], list[str]],
) -> Cuts:
    """Cut every text, or load what that gave before.

    dictionary_hash must stand for everything that cut and tags depend on.
    """
    path = paths.CACHE / "tokens" / f"{_key(texts, dictionary_hash)}-{caching.FORMAT}.tokens"
    content = caching.load(path)
    if content is not None:
        caching.mark_used(path)
        vocabulary, known_tags, ids, sizes = content
        return Cuts(vocabulary, known_tags, np.frombuffer(ids, dtype="<i4"), np.frombuffer(sizes, dtype="<i4"))
    cuts = _cuts(texts, cut, tags)
    kept = (cuts.vocabulary, cuts.tags, cuts.ids.astype("<i4").tobytes(), cuts.sizes.astype("<i4").tobytes())
    caching.store(path, kept, limit=LIMIT)
    return cuts


def _key(texts: Sequence[str], dictionary_hash: str) -> str:
    key = hashlib.sha256(dictionary_hash.encode())
    key.update(np.fromiter(map(len, texts), dtype="<i8", count=len(texts)).tobytes())
    key.update("".join(texts).encode("utf-8", "surrogatepass"))
    return key.hexdigest()[:40]


def _cuts(texts: Sequence[str], cut: Callable[[str], list[str]], tags: Callable[[Iterable[str]], list[str]]) -> Cuts:
    tokens = [cut(text) for text in texts]
    sizes = np.fromiter(map(len, tokens), dtype=np.int32, count=len(tokens))
    number: dict[str, int] = {}
    for term in chain.from_iterable(tokens):
        number.setdefault(term, len(number))
    ids = np.fromiter(map(number.__getitem__, chain.from_iterable(tokens)), dtype=np.int32, count=int(sizes.sum()))
    vocabulary = list(number)
    return Cuts(vocabulary, tags(vocabulary), ids, sizes)

"""How well the leading terms of a topic go together: C_v and C_NPMI as Röder, Both and Hinneburg (2015) define them.

Röder, Both and Hinneburg (2015), Exploring the space of topic coherence measures, WSDM. In their notation

    C_v    = (P_sw(110), S_one_set, m_cos(nlr, γ = 1), mean)
    C_NPMI = (P_sw(10),  S_one_one, m_nlr, mean)

Probabilities P_sw come from windows that move over a document one token a step, each a Boolean document of its own: a
term is in it or not. A document shorter than the window is one window. All logarithms are natural; they cancel.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EPSILON: Final = 1e-12
"""Added to joint probabilities, so that a pair that never meets has a logarithm (Röder et al., section 3.3)."""

WINDOW_CV: Final = 110
WINDOW_NPMI: Final = 10


class Probabilities(NamedTuple):
    """Share of windows with each term, shape (n_terms,), and with each pair, shape (n_terms, n_terms)."""

    single: Floats
    joint: Floats
    n_windows: int


def window_probabilities(documents: Sequence[Sequence[str]], terms: Sequence[str], size: int | None) -> Probabilities:
    """Estimate probabilities of terms and pairs from sliding windows of `size` tokens; None: whole documents.

    documents: the tokens of each, in order. The diagonal of joint is single. Raises ValueError where there is no token,
    a term stands twice, or size is below 2.
    """
    if size is not None and size < 2:
        raise ValueError(f"a window of {size} tokens holds no pair: give 2 or more")
    place = {term: at for at, term in enumerate(terms)}
    if len(place) < len(terms):
        raise ValueError("a term stands twice in a topic: give each once")
    lengths = np.fromiter(map(len, documents), dtype=np.int64, count=len(documents))
    widths = lengths if size is None else np.minimum(lengths, size)
    counts = np.where(lengths > 0, lengths - widths + 1, 0)
    n_windows = int(counts.sum())
    if not n_windows:
        raise ValueError("no tokens: there is no text to take probabilities from")
    # The windows of all documents stand in one row: a term is in those that begin from `first` to `last`.
    term = np.fromiter((place.get(token, -1) for tokens in documents for token in tokens), dtype=np.int64)
    at = np.flatnonzero(term >= 0)
    document = np.repeat(np.arange(len(lengths)), lengths)[at]
    position = at - (np.cumsum(lengths) - lengths)[document]
    begin = (np.cumsum(counts) - counts)[document]
    first = begin + np.maximum(position - widths[document] + 1, 0)
    last = begin + np.minimum(position, counts[document] - 1)
    steps = np.zeros((len(terms), n_windows + 1))
    np.add.at(steps, (term[at], first), 1)
    np.subtract.at(steps, (term[at], last + 1), 1)
    held = (steps.cumsum(axis=1)[:, :n_windows] > 0).astype(np.float64)
    joint = held @ held.T / n_windows  # sums of ones: exact in any order
    return Probabilities(np.diag(joint).copy(), joint, n_windows)


def npmi(probabilities: Probabilities) -> Floats:
    """Normalised pointwise mutual information of all pairs, from about -1 (never together) to 1 (always).

    ln((P(a, b) + ε)/(P(a) P(b))) / -ln(P(a, b) + ε), ε = EPSILON. A term that stands in every window tells nothing of
    any other: 0, with itself too, where the formula has no value. A term that stands nowhere has no probability: -1
    with all.
    """
    single, joint, _ = probabilities
    absent = single <= 0
    product = np.where(absent, 1.0, single)[:, None] * np.where(absent, 1.0, single)[None, :]
    ratio = np.log((joint + EPSILON) / product)
    certain = joint >= 1
    size = -np.log(np.where(certain, 0.5, joint + EPSILON))
    values = np.where(certain, 0.0, ratio / size)
    return np.where(absent[:, None] | absent[None, :], -1.0, values)


def c_npmi(documents: Sequence[Sequence[str]], topic: Sequence[str], size: int | None = WINDOW_NPMI) -> float:
    """Mean NPMI of all pairs of a topic's terms (C_NPMI). Raises ValueError for fewer than two terms."""
    _check(topic)
    values = npmi(window_probabilities(documents, topic, size))
    return float(values[~np.eye(len(topic), dtype=bool)].mean())


def c_v(documents: Sequence[Sequence[str]], topic: Sequence[str], size: int | None = WINDOW_CV) -> float:
    """C_v of a topic's terms: mean cosine of each term's NPMI vector with the sum of all terms' vectors.

    v(w_i) = (NPMI(w_i, w_1), …, NPMI(w_i, w_n)), v(W) = Σ v(w_i), C_v = mean of cos(v(w_i), v(W)); 0 for a vector of
    length 0. Raises ValueError for fewer than two terms.
    """
    _check(topic)
    vectors = npmi(window_probabilities(documents, topic, size))
    whole = vectors.sum(axis=0)
    lengths = np.sqrt((vectors**2).sum(axis=1) * (whole**2).sum())
    return float(np.where(lengths > 0, (vectors @ whole) / np.where(lengths > 0, lengths, 1.0), 0.0).mean())


def _check(topic: Sequence[str]) -> None:
    if len(topic) < 2:
        raise ValueError(f"a topic of {len(topic)} terms has no pair: give 2 or more")

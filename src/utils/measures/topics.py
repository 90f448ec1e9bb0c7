"""Topics of a text by NMF on TF-IDF or by LDA: how many, how stable, how much of each unit; and whether to fit any."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer

from src.utils import tables
from src.utils.errors import GuihuaError
from src.utils.measures.coherence import c_npmi, c_v

Floats = NDArray[np.float64]
Method = Literal["nmf", "lda"]

TOP: Final = 10
"""Leading terms by which a topic is labelled, matched and judged."""

LEVEL: Final = 0.95
MIN_RECOVERY: Final = 0.8
"""Of ten planted leading terms so many tenths must be found again, on average, for topics to be advised."""

MIN_STABILITY: Final = 0.6
"""Of ten leading terms of a topic so many tenths must come back when the sentences are resampled."""

N_OWN: Final = 30
STRENGTH: Final = 0.5
TIMES: Final = (0.5, 1, 2, 4, 8)
"""The simulation's own terms of a topic, their share of a sentence, and the sizes tried, in times the text."""

_ROUNDS: Final[Mapping[Method, int]] = {"nmf": 600, "lda": 20}

TERM_ROWS: Final = ["topic", "label", "rank", "term", "weight"]
SENTENCE_ROWS: Final = ["topic", "label", "rank", "plan", "sentence", "share", "n_terms"]
CHOICE_ROWS: Final = [
    "n_topics",
    "c_v",
    "npmi",
    "stability",
    "stability_low",
    "stability_high",
    "seed_stability",
    "mean_rank",
    "chosen",
    "status",
]
RECOVERY_ROWS: Final = ["times", "n_sentences", "n_terms", "recovery", "low", "high", "n_runs", "enough"]


@dataclass(frozen=True)
class Texts:
    """Documents by terms: documents are sentences (columns plan, sentence), counts of shape (n_documents, n_terms).

    tokens: the counted tokens of each document, in order: what coherence is taken from. Made by texts_of.
    """

    documents: pd.DataFrame
    terms: NDArray[np.object_]
    counts: csr_matrix
    tokens: list[list[str]]

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> csr_matrix:
        """Counts of these documents, one as often as it is named."""
        return self.counts[np.asarray(rows, dtype=np.int64)]


def texts_of(tokens: pd.DataFrame, min_sentences: int = 2) -> Texts:
    """Lay content tokens out as sentences by terms.

    tokens: without stop words and punctuation. min_sentences: terms of fewer sentences are left out, for a term of one
    sentence goes with nothing else. Sentences without a term that is left do not appear. Raises GuihuaError where
    nothing is left.
    """
    keys = ["plan", "sentence"]
    spread = tokens.drop_duplicates([*keys, "term"])["term"].value_counts()
    kept = tokens[tokens["term"].isin(spread.index[spread >= min_sentences])]
    if kept.empty:
        raise GuihuaError(f"no term stands in {min_sentences} sentences or more: there is too little text for topics")
    rows, documents = pd.factorize(pd.MultiIndex.from_frame(kept[keys]))
    terms = np.array(sorted(kept["term"].unique()), dtype=object)
    columns = pd.Index(terms).get_indexer(kept["term"])
    counts = csr_matrix((np.ones(len(kept)), (rows, columns)), shape=(len(documents), len(terms)))
    counts.sum_duplicates()
    order = np.argsort(rows, kind="stable")
    in_order, ends = kept["term"].to_numpy(dtype=object)[order].tolist(), np.cumsum(np.bincount(rows)).tolist()
    laid = [in_order[begin:end] for begin, end in pairwise([0, *ends])]
    return Texts(pd.DataFrame(list(documents), columns=keys), terms, counts, laid)


@dataclass(frozen=True)
class Topics:
    """Fitted topics, the largest first.

    weights: terms of each topic, shape (n_topics, n_terms), rows adding up to 1. shares: topics of each document, shape
    (n_documents, n_topics), rows adding up to 1 (all 0 for a document in which no topic has a term). converged: whether
    the fit came to rest.
    """

    method: Method
    texts: Texts
    weights: Floats
    shares: Floats
    converged: bool

    @property
    def n_topics(self) -> int:
        """How many topics."""
        return len(self.weights)

    def top_terms(self, n: int = TOP) -> pd.DataFrame:
        """The leading terms of each topic: TERM_ROWS, for a chart of bars by topic; ties in code-point order."""
        labels = self.labels()
        rows = []
        for topic, weights in enumerate(self.weights):
            for rank, at in enumerate(_leading(weights, n), start=1):
                rows.append((topic + 1, labels[topic], rank, self.texts.terms[at], weights[at]))
        return pd.DataFrame(rows, columns=TERM_ROWS)

    def labels(self, n: int = 3) -> list[str]:
        """Name each topic by its leading terms: 光伏、新能源、锂电."""
        return ["、".join(map(str, self.texts.terms[_leading(weights, n)])) for weights in self.weights]

    def typical_sentences(self, n: int = 3) -> pd.DataFrame:
        """The sentences most of each topic: SENTENCE_ROWS, by the number of terms that are its share; join their text.

        A short sentence is easily all of one topic, so share times n_terms ranks, the earlier sentence first in a tie.
        """
        labels, sizes = self.labels(), np.asarray(self.texts.counts.sum(axis=1)).ravel()
        rows = []
        for topic in range(self.n_topics):
            amount = np.round(self.shares[:, topic] * sizes, 9)
            for rank, at in enumerate(np.argsort(-amount, kind="stable")[:n], start=1):
                plan, sentence = self.texts.documents.iloc[at]
                rows.append((topic + 1, labels[topic], rank, plan, sentence, self.shares[at, topic], int(sizes[at])))
        return pd.DataFrame(rows, columns=SENTENCE_ROWS)


def _leading(weights: Floats, n: int) -> NDArray[np.int64]:
    """Places of the greatest weights above 0, ties in the order of the terms."""
    order = np.argsort(-np.round(weights, 12), kind="stable")[:n]
    return order[weights[order] > 0].astype(np.int64)


def fit_topics(texts: Texts, n_topics: int, method: Method = "nmf", *, seed: int | None = None) -> Topics:
    """Fit topics to sentences.

    nmf: non-negative matrix factorisation (Frobenius norm, coordinate descent) of TF-IDF as measures.tfidf weighs it
    (scikit-learn's smooth idf, rows of length 1), begun from NNDSVDa (Boutsidis and Gallopoulos 2008): the same topics
    on every run. With a seed it begins at random, which shows how far the topics hang on the start. lda: latent
    Dirichlet allocation of the counts, batch variational Bayes, priors 1/n_topics, begun from the seed (0 where not
    given). Both are scikit-learn's. Raises ValueError for fewer than 2 topics or more than documents or terms.
    """
    weights, shares, converged = _fit(texts.counts, n_topics, method, seed)
    sizes = np.asarray(texts.counts.sum(axis=1)).ravel()
    order = np.argsort(-np.round(sizes @ shares, 9), kind="stable")
    return Topics(method, texts, weights[order], shares[:, order], converged)


def _fit(counts: csr_matrix, n_topics: int, method: Method, seed: int | None) -> tuple[Floats, Floats, bool]:
    """Fit a matrix of counts: weights of terms, shares of topics, whether the fit came to rest."""
    if method not in _ROUNDS:
        raise ValueError(f"method {method!r}: there are nmf and lda")
    if not 2 <= n_topics <= min(counts.shape):
        raise ValueError(
            f"{n_topics} topics of {counts.shape[0]} sentences and {counts.shape[1]} terms: give 2 or more"
        )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ConvergenceWarning)
        if method == "nmf":
            start = "nndsvda" if seed is None else "random"
            model = NMF(n_topics, init=start, random_state=seed or 0, max_iter=_ROUNDS["nmf"], tol=1e-4)
            documents = model.fit_transform(TfidfTransformer().fit_transform(counts))
        else:
            model = LatentDirichletAllocation(n_topics, random_state=seed or 0, max_iter=_ROUNDS["lda"])
            documents = model.fit_transform(counts)
    weights = np.asarray(model.components_, dtype=np.float64)
    if method == "nmf":  # a topic's scale lies in both factors: bring it into the documents'
        documents = documents * weights.sum(axis=1)[None, :]
    converged = not any(issubclass(one.category, ConvergenceWarning) for one in told)
    return _rows_of_one(weights), _rows_of_one(np.asarray(documents, dtype=np.float64)), converged


def _rows_of_one(values: Floats) -> Floats:
    sums = values.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(values, sums, out=np.zeros_like(values), where=sums > 0))


def match_topics(first: Floats, second: Floats) -> NDArray[np.int64]:
    """Pair topics one to one so that the cosines of their terms add up to most: for each of first its topic of second.

    first, second: weights over the same terms, at least as many rows in second. Hungarian assignment (scipy).
    """
    left, right = (
        weights / np.maximum(np.sqrt((weights**2).sum(axis=1, keepdims=True)), 1e-300) for weights in (first, second)
    )
    return np.asarray(linear_sum_assignment(-np.einsum("it,jt->ij", left, right))[1], dtype=np.int64)


def overlap_of_topics(first: Floats, second: Floats, top: int = TOP) -> Floats:
    """Share of each topic's leading terms that lead the topic of second it is matched with: shape (n_topics,)."""
    pairs = match_topics(first, second)
    shares = []
    for one, other in zip(first, second[pairs], strict=True):
        leading = {*_leading(one, top).tolist()}
        shares.append(len(leading & {*_leading(other, top).tolist()}) / max(len(leading), 1))
    return np.array(shares)


def topic_stability(topics: Topics, n_resamples: int = 20, *, seed: int = 0, top: int = TOP) -> Floats:
    """Overlap of each topic with topics fitted to resampled sentences: shape (n_resamples, n_topics).

    Each resample draws as many sentences as there are, with replacement. See overlap_of_topics; the draws of a resample
    hang on seed and its number alone.
    """
    n = topics.texts.counts.shape[0]
    found = []
    for resample in range(n_resamples):
        rows = np.random.default_rng([seed, resample]).integers(0, n, n)
        weights, _, _ = _fit(topics.texts.take(rows), topics.n_topics, topics.method, None)
        found.append(overlap_of_topics(topics.weights, weights, top))
    return np.array(found).reshape(n_resamples, topics.n_topics)


def seed_stability(topics: Topics, n_seeds: int = 5, *, seed: int = 0, top: int = TOP) -> Floats:
    """Overlap of each topic with topics begun from other seeds on the same text: shape (n_seeds, n_topics)."""
    starts = ((1 + seed * 1000 + at) % 2**32 for at in range(n_seeds))  # scikit-learn takes no greater
    fits = [_fit(topics.texts.counts, topics.n_topics, topics.method, start)[0] for start in starts]
    found = [overlap_of_topics(topics.weights, weights, top) for weights in fits]
    return np.array(found).reshape(n_seeds, topics.n_topics)


def compare_numbers(
    texts: Texts,
    candidates: Sequence[int] = (3, 4, 5, 6, 8, 10),
    method: Method = "nmf",
    *,
    n_resamples: int = 20,
    n_seeds: int = 5,
    seed: int = 0,
    documents: Sequence[Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Compare numbers of topics by coherence and by stability: CHOICE_ROWS, for a chart of lines over n_topics.

    c_v, npmi: mean over topics of coherence.c_v and c_npmi of the first TOP terms. stability: mean over topics and
    resamples of the share of leading terms that come back, with the middle 95 % of resamples; seed_stability: the same
    over seeds. mean_rank: of the ranks by c_v, npmi and stability (1 the best); chosen: the least mean rank, the fewer
    topics in a tie. status: "ok", "not converged", or why it could not be fitted (the other columns are then NaN).
    documents: tokens that coherence is taken from, commonly those of whole sections; the sentences where not given.
    """
    held = texts.tokens if documents is None else documents
    rows = []
    for n_topics in candidates:
        if not 2 <= n_topics <= min(texts.counts.shape):
            rows.append((n_topics, *[np.nan] * 6, "too few sentences or terms"))
            continue
        topics = fit_topics(texts, n_topics, method)
        leading = [
            terms for _, terms in topics.top_terms().groupby("topic")["term"].agg(list).items() if len(terms) > 1
        ]
        stable = topic_stability(topics, n_resamples, seed=seed).mean(axis=1)
        tails = np.quantile(stable, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        again = float(seed_stability(topics, n_seeds, seed=seed).mean())
        coherent = [float(np.mean([measure(held, terms) for terms in leading])) for measure in (c_v, c_npmi)]
        status = "ok" if topics.converged or method == "lda" else "not converged"
        rows.append((n_topics, *coherent, float(stable.mean()), *map(float, tails), again, status))
    columns = [name for name in CHOICE_ROWS if name not in ("mean_rank", "chosen")]
    table = pd.DataFrame(rows, columns=columns)
    if table["c_v"].isna().all():
        raise GuihuaError("no number of topics fits: there are too few sentences. Give smaller numbers or more text")
    table["mean_rank"] = table[["c_v", "npmi", "stability"]].round(9).rank(ascending=False).mean(axis=1)
    best = table.sort_values(["mean_rank", "n_topics"]).index[0]
    return table.assign(chosen=table.index == best)[CHOICE_ROWS]


def prevalence(
    topics: Topics, groups: pd.DataFrame, *, n_resamples: int = 2000, level: float = LEVEL, seed: int = 0
) -> pd.DataFrame:
    """How much of each unit each topic is: columns topic and tables.SCORES, for a matrix of units by topics.

    groups: columns plan, sentence, unit; a sentence counts once in a unit. value: mean share of the topic over the
    unit's sentences, each weighing as many terms as it has. low, high: percentile interval over resamples of the unit's
    sentences; the topics themselves stay as they are, so that their own uncertainty (topic_stability) is not in it.
    term: the topic's label. n: sentences of the unit that are in the texts. A unit with none has value 0 and n 0, and
    one with a single sentence no interval: status says so. p, q: NaN.
    """
    place = pd.MultiIndex.from_frame(topics.texts.documents[["plan", "sentence"]])
    sizes = np.asarray(topics.texts.counts.sum(axis=1)).ravel()
    labels = topics.labels()
    rows = []
    for number, (unit, part) in enumerate(groups.groupby("unit", sort=False)):
        pairs = part[["plan", "sentence"]].drop_duplicates()
        at = place.get_indexer(pd.MultiIndex.from_frame(pairs))
        at = at[at >= 0]
        n = len(at)
        amounts = topics.shares[at] * sizes[at][:, None]
        value = _shares(amounts.sum(axis=0)[None, :])[0]
        low = high = np.full(topics.n_topics, np.nan)
        if n > 1:
            drawn = np.random.default_rng([seed, number]).multinomial(n, np.full(n, 1 / n), size=n_resamples)
            draws = _shares(np.einsum("rs,st->rt", drawn.astype(np.float64), amounts))
            low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        status = "ok" if n > 1 else "one sentence" if n else "no text"
        for topic in range(topics.n_topics):
            ends = (low[topic], high[topic], np.nan, np.nan)
            rows.append((topic + 1, unit, labels[topic], "topic_share", value[topic], *ends, n, status))
    return pd.DataFrame(rows, columns=["topic", *tables.SCORES, "status"])


def _shares(amounts: Floats) -> Floats:
    return _rows_of_one(amounts)


# --- whether to fit topics at all ---


def planted(
    lengths: Sequence[int],
    background: Floats,
    n_topics: int,
    random: np.random.Generator,
    *,
    n_own: int = N_OWN,
    strength: float = STRENGTH,
) -> tuple[csr_matrix, Floats]:
    """Generate sentences with known topics: counts, and the planted weights of terms, shape (n_topics, n_terms).

    Each sentence has one topic, drawn evenly. A token of it is, with probability `strength`, one of the topic's n_own
    own terms, drawn by Zipf's law (the r-th with weight 1/r), else any term, drawn by `background`. Own terms are any
    of the background's, no term two topics'. lengths: tokens of each sentence. Raises ValueError where the background
    has fewer than n_topics · n_own terms.
    """
    n_terms = len(background)
    if n_topics * n_own > n_terms:
        raise ValueError(f"{n_topics} topics of {n_own} own terms need more terms than the {n_terms} of the text")
    law = 1 / np.arange(1, n_own + 1)
    own = random.permutation(n_terms)[: n_topics * n_own].reshape(n_topics, n_own)
    weights = np.zeros((n_topics, n_terms))
    weights[np.arange(n_topics)[:, None], own] = law / law.sum()
    mixed = strength * weights + (1 - strength) * (background / background.sum())[None, :]
    topic = random.integers(0, n_topics, len(lengths))
    columns, counts, ends = [], [], [0]
    for length, at in zip(lengths, topic, strict=True):  # of each sentence the terms it has: most are in few
        drawn = random.multinomial(length, mixed[at])
        columns.append(drawn.nonzero()[0])
        counts.append(drawn[columns[-1]])
        ends.append(ends[-1] + len(columns[-1]))
    cells = np.concatenate(counts).astype(np.float64), np.concatenate(columns), ends
    return csr_matrix(cells, shape=(len(lengths), n_terms)), weights


def recovery_by_size(
    texts: Texts,
    n_topics: int,
    method: Method = "nmf",
    *,
    times: Sequence[float] = TIMES,
    n_runs: int = 6,
    strength: float = STRENGTH,
    seed: int = 0,
) -> pd.DataFrame:
    """How well planted topics are found again by amount of text: RECOVERY_ROWS, for a chart of recovery over n_terms.

    A simulated text has `times` as many sentences as `texts`, with lengths and frequencies of background terms from it
    (planted). recovery: mean over topics and runs of the share of a planted topic's TOP strongest terms that are among
    the TOP of the fitted topic it is matched with (1: all). low, high: the middle 95 % of runs. enough: recovery of
    MIN_RECOVERY or more. Every sentence has just one topic, half of its words (`strength`) are the topic's own, and the
    number of topics is known: a real text is harder, so read recovery as an upper bound.
    """
    lengths = np.asarray(texts.counts.sum(axis=1)).ravel().astype(int)
    background = np.asarray(texts.counts.sum(axis=0)).ravel()
    n_own = min(N_OWN, len(background) // n_topics)
    rows = []
    for many in times:
        n = max(round(len(lengths) * many), 1)
        found, sizes = [], []
        for run in range(n_runs):
            random = np.random.default_rng([seed, round(many * 1000), run])
            drawn = random.choice(lengths, size=n)
            sizes.append(int(drawn.sum()))
            counts, weights = planted(
                drawn.tolist(), background, n_topics, random, n_own=max(n_own, 1), strength=strength
            )
            found.append(_recovered(counts, weights, method))
        tails = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        mean = round(float(np.mean(found)), 9)  # of shares in tenths: 0.7999999999999999 is the 0.8 that is asked
        rows.append((many, n, round(float(np.mean(sizes))), mean, *map(float, tails), n_runs, mean >= MIN_RECOVERY))
    return pd.DataFrame(rows, columns=RECOVERY_ROWS)


def _recovered(counts: csr_matrix, weights: Floats, method: Method) -> float:
    """Share of the planted leading terms that a fit finds; 0 where there is not enough text to fit."""
    columns = np.flatnonzero(np.asarray((counts > 0).sum(axis=0)).ravel() >= 2)  # as texts_of leaves out rare terms
    rows = np.flatnonzero(np.asarray(counts[:, columns].sum(axis=1)).ravel())
    if min(len(columns), len(rows)) < len(weights):
        return 0.0
    fitted = np.zeros(weights.shape)
    fitted[:, columns] = _fit(counts[rows][:, columns], len(weights), method, None)[0]
    return float(overlap_of_topics(weights, fitted).mean())


class Advice(NamedTuple):
    """Whether to fit topics. recovery, stability: what the text's size allows, and what its own topics reach.

    needed: about how many counted words would do by the simulation of sizes, 0 where more than it tried; whether topics
    would be stable in so many is not simulated. en, zh: the advice in one sentence, for n_topics topics. table: as from
    recovery_by_size.
    """

    advisable: bool
    recovery: float
    stability: float
    n_sentences: int
    n_terms: int
    needed: int
    en: str
    zh: str
    table: pd.DataFrame
    n_topics: int

    def for_figure(self) -> dict[str, Any]:
        """What save_figure takes: the sentence in Chinese and English, and the numbers in it as a table of one row."""
        numbers = {
            "n_topics": self.n_topics,
            "n_sentences": self.n_sentences,
            "n_terms": self.n_terms,
            "recovery": self.recovery,
            "recovery_asked": MIN_RECOVERY,
            "stability": self.stability,
            "stability_asked": MIN_STABILITY,
        }
        return {"robustness": (self.zh, self.en), "rests_on": pd.DataFrame([numbers])}


def fit_is_advisable(
    texts: Texts,
    n_topics: int = 5,
    method: Method = "nmf",
    *,
    times: Sequence[float] = TIMES,
    n_runs: int = 6,
    n_resamples: int = 10,
    seed: int = 0,
) -> Advice:
    """Advise for or against fitting topics; a notebook obeys.

    Two conditions, both needed. Size: topics planted in generated text of the same number and length of sentences are
    found again, MIN_RECOVERY of their ten leading terms on average (recovery_by_size). Stability: of the ten leading
    terms of each topic of the text itself, MIN_STABILITY come back on average when its sentences are resampled
    (topic_stability). The thresholds are stated conventions: below 0.8 of ten terms two or more of those a reader would
    see and name the topic by are not the topic's.
    """
    n_sentences, n_terms = texts.counts.shape[0], int(texts.counts.sum())
    sizes = sorted({1.0, *map(float, times)})
    table = recovery_by_size(texts, n_topics, method, times=sizes, n_runs=n_runs, seed=seed)
    recovery = float(table.loc[table["times"] == 1, "recovery"].iloc[0])
    stability = 0.0
    if n_topics <= min(texts.counts.shape):
        stability = float(topic_stability(fit_topics(texts, n_topics, method), n_resamples, seed=seed).mean())
    enough = table.loc[table["enough"][::-1].cummin()[::-1], "n_terms"]  # this size and all larger ones do
    needed = int(enough.min()) if len(enough) else 0
    advisable = recovery >= MIN_RECOVERY and stability >= MIN_STABILITY
    size_en, size_zh = "for the first the text is too short", "就前一项而言文本太短"
    if sizes[-1] > 1:
        size_en = f"even {sizes[-1]:g} times as many words would not do for the first"
        size_zh = f"就前一项而言，即使增至 {sizes[-1]:g} 倍仍不足"
    if needed:
        size_en = f"about {needed:,} words would do for the first; whether topics are stable then is not known"
        size_zh = f"仅就前一项而言，约需 {needed:,} 个词，届时主题是否稳定尚不可知"
    found_en = (
        f"{n_topics} topics planted in a text of this size ({n_sentences:,} sentences, {n_terms:,} words) are found "
        f"again to {recovery:.2f} of their ten leading terms ({MIN_RECOVERY} is asked), and the text's own come back "
        f"to {stability:.2f} when its sentences are resampled ({MIN_STABILITY} is asked)"
    )
    found_zh = (
        f"在同样规模的文本（{n_sentences:,} 句、{n_terms:,} 个词）中植入 {n_topics} 个主题，前十词平均找回 "
        f"{recovery:.2f}（要求 {MIN_RECOVERY}）；对句子重抽样后，文本自身主题的前十词平均重现 "
        f"{stability:.2f}（要求 {MIN_STABILITY}）"
    )
    if recovery < MIN_RECOVERY:
        found_en += f"; {size_en}"
        found_zh += f"；{size_zh}"
    en = f"{'Fit' if advisable else 'Do not fit'} topics: {found_en}."
    zh = f"{'可以' if advisable else '不宜'}拟合主题：{found_zh}。"
    return Advice(advisable, recovery, stability, n_sentences, n_terms, needed, en, zh, table, n_topics)

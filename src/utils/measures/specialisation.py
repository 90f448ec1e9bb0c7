"""Which county the text ties to which industry: attention, location quotients, concentration, and a second reading.

The first reading counts the sentences of a county that speak of an industry. The second does without them: it asks how
alike the words of a county's other sentences and of the industry's other sentences are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import betaincinv
from scipy.stats import rankdata

from src.utils.measures.sentence_terms import SENTENCE, Floats, Ints, SentenceTerms, sentence_terms
from src.utils.measures.unit_texts import (
    UnitTexts,
    design_effects,
    generator_of,
    permuted_units,
    resampling_weights,
)

By = Literal["sentences", "words"]

ATTENTION: Final = ["county", "industry", "n_sentences", "n_words"]
QUOTIENTS: Final = ["county", "industry", "n", "expected", "value", "low", "high", "status"]
CONCENTRATION: Final = ["scheme", "unit", "measure", "value", "low", "high", "expected", "p", "n", "status"]
SIMILARITY: Final = ["county", "industry", "value", "n_county", "n_industry", "status"]
READINGS: Final = [
    "county",
    "industry",
    "n",
    "quotient",
    "low",
    "high",
    "similarity",
    "similarity_quotient",
    "rank_attention",
    "rank_similarity",
    "difference",
    "reading",
]
RANKED: Final = [
    "county",
    "industry",
    "n",
    "share",
    "low",
    "high",
    "rank",
    "rank_low",
    "rank_high",
    "share_first",
    "n_sentences",
]
INDICES: Final = ("krugman", "herfindahl", "herfindahl_normalised")

EVIDENCE: Final = ("heading", "mention", "document")
LEVEL: Final = 0.95
N_RESAMPLES: Final = 2000
N_PERMUTATIONS: Final = 999
MIN_WORDS_LEFT: Final = 15
"""Below so many counted words beside those that attention counts, a county or industry has no second reading."""

_JEFFREYS: Final = 0.5
_LEAST_RANKED: Final = 3
_LEAST_PRECISION: Final = 0.05


@dataclass(frozen=True)
class Attention:
    """Which sentences of which county speak of which industry.

    texts: a UnitTexts whose units are the counties and whose terms are the industries, 1 where a sentence speaks of
    one; all industries have a column, those that no sentence speaks of too.
    """

    texts: UnitTexts

    @property
    def counties(self) -> list[str]:
        """The counties in their order."""
        return [str(unit) for unit in self.texts.units]

    @property
    def industries(self) -> list[str]:
        """The industries in their order."""
        return [str(term) for term in self.texts.terms]

    def counted(self, by: By) -> UnitTexts:
        """The same with 1 for a sentence, or with the sentence's words."""
        if by == "sentences":
            return self.texts
        return replace(self.texts, counts=csr_matrix(self.texts.counts.multiply(self.texts.n_words[:, None])))

    def matrix(self, by: By = "sentences") -> Ints:
        """Sentences (or words) of each county that speak of each industry, shape (n_counties, n_industries)."""
        counts: Ints = self.counted(by).unit_counts().toarray()
        return counts


def attention(
    tokens: pd.DataFrame,
    units: pd.DataFrame,
    counties: Sequence[str],
    industries: Sequence[str],
    *,
    county_evidence: Collection[str] = EVIDENCE,
    industry_evidence: Collection[str] = EVIDENCE,
    scheme: str = "county",
) -> Attention:
    """Find the sentences of each county, or of each unit of another scheme, that speak of each industry.

    tokens: all of them, for the words of a sentence. units: plan, sentence, scheme, unit, evidence. counties,
    industries: all that the plan names, in the order wanted. county_evidence: "heading" for the sentences of a county's
    own section, "mention" for those that name it, or both; industry_evidence likewise. scheme: "region" for documents
    of a collection, whose evidence is "document"; they are the counties then. A sentence that speaks of two
    industries counts in each. Raises ValueError for an unknown evidence and where there is no county or industry.
    """
    _check_evidence(county_evidence, industry_evidence)
    _check_names(counties, industries)
    sized = sentence_terms(tokens)
    of_county, county = _pairs(units, scheme, counties, county_evidence)
    order = np.argsort(county, kind="stable")
    of_county, county = of_county.iloc[order], county[order]
    rows = sized.rows_of(of_county)
    known = rows >= 0
    of_county, county, rows = of_county[known].reset_index(drop=True), county[known], rows[known]
    of_industry, industry = _pairs(units, "industry", industries, industry_evidence)
    place = sized.rows_of(of_industry)
    ones = np.ones(int((place >= 0).sum()), dtype=np.int64)
    shape = (len(sized.sentences), len(industries))
    speaks = csr_matrix((ones, (place[place >= 0], industry[place >= 0])), shape=shape)
    return Attention(
        UnitTexts(
            scheme=scheme,
            units=np.array(list(counties), dtype=object),
            terms=np.array(list(industries), dtype=object),
            counts=speaks[rows],
            unit_of=county,
            n_words=sized.n_words[rows],
            sentences=of_county[SENTENCE],
            own=(np.empty(0, dtype=np.int64),) * len(counties),
        )
    )


def _check_evidence(*several: Collection[str]) -> None:
    for evidence in several:
        unknown = sorted(set(evidence) - set(EVIDENCE))
        if unknown or not evidence:
            raise ValueError(
                f"evidence {', '.join(unknown) or 'of no kind'}: give one of {', '.join(EVIDENCE)}, or several"
            )


def _check_names(counties: Sequence[str], industries: Sequence[str]) -> None:
    if not counties or not industries:
        raise ValueError("no counties or no industries: name them in plan.toml ([[county]], [[industry]])")


def _pairs(
    units: pd.DataFrame, scheme: str, names: Sequence[str], evidence: Collection[str]
) -> tuple[pd.DataFrame, Ints]:
    """Each pair of a sentence and a unit of the scheme once, and the unit's place among the names."""
    chosen = units[
        (units["scheme"] == scheme) & units["evidence"].isin(list(evidence)) & units["unit"].isin(list(names))
    ]
    pairs = chosen[[*SENTENCE, "unit"]].drop_duplicates(ignore_index=True)
    return pairs, pd.Index(list(names)).get_indexer(pd.Index(pairs["unit"])).astype(np.int64)


def attention_table(found: Attention) -> pd.DataFrame:
    """Attention as a tidy table: columns ATTENTION, every pair of a county and an industry, those without too.

    n_sentences: sentences of the county that speak of the industry; n_words: their words. It pivots to a heat map.
    """
    pairs = _all_pairs(found)
    return pairs.assign(n_sentences=found.matrix("sentences").ravel(), n_words=found.matrix("words").ravel())[ATTENTION]


def _all_pairs(found: Attention) -> pd.DataFrame:
    return pd.MultiIndex.from_product([found.counties, found.industries], names=["county", "industry"]).to_frame(
        index=False
    )


def attention_ranks(
    found: Attention,
    *,
    by: By = "sentences",
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """The share of each county's sentences (or words) that speak of each industry, and its rank there: columns RANKED.

    share: n by all sentences (words) of the county, n_sentences of them; a sentence on two industries counts for each.
    rank: 1 for the industry with most, equal ones share the best. low, high, rank_low, rank_high: the middle `level` of
    resamples of the county's sentences; share_first: the share of resamples in which the industry is alone in front or
    level with the first. NaN throughout for a county without sentences. Rows by county, then by rank, then industry.
    """
    texts = found.counted(by)
    size = texts.n_words if by == "words" else np.ones(len(texts.unit_of), dtype=np.int64)
    weights = resampling_weights(texts, n_resamples, seed)
    n_units, n_terms = len(texts.units), len(texts.terms)
    drawn = texts.sets_of(weights).toarray().reshape(n_resamples, n_units, n_terms)
    one_hot = csr_matrix((size, (np.arange(len(size)), texts.unit_of)), shape=(len(size), n_units))
    counts, totals = found.matrix(by), np.asarray(one_hot.sum(axis=0)).ravel().astype(np.float64)
    totals[totals == 0] = np.nan
    shares = drawn / (weights @ one_hot)[:, :, None] if len(size) else np.full(drawn.shape, np.nan)
    ranks, rank = (rankdata(-x, method="min", axis=-1) for x in (drawn, counts))
    tail = (1 - level) / 2
    low, high = np.quantile(shares, [tail, 1 - tail], axis=0)
    rank_low, rank_high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="closest_observation")
    silent = np.isnan(totals)[:, None]
    table = _all_pairs(found).assign(
        n=counts.ravel(),
        share=(counts / totals[:, None]).ravel(),
        low=low.ravel(),
        high=high.ravel(),
        **{
            name: np.where(silent, np.nan, x).ravel()
            for name, x in (
                ("rank", rank),
                ("rank_low", rank_low),
                ("rank_high", rank_high),
                ("share_first", (ranks == 1).mean(axis=0)),
            )
        },
        n_sentences=np.repeat(np.bincount(texts.unit_of, minlength=n_units), n_terms),
    )
    order = np.lexsort((table["industry"], table["rank"], np.repeat(np.arange(n_units), n_terms)))
    return table.iloc[order].reset_index(drop=True)[RANKED]


def location_quotient(counts: NDArray[np.int64] | Floats) -> Floats:
    """Location quotients of a table of counts, shape (n_rows, n_columns).

        LQ = (x_ij / x_i.) / (x_.j / x_..)

    NaN where a row or a column is all zero: a share of nothing. The whole that a row is compared with holds the row.
    """
    x = np.asarray(counts, dtype=np.float64)
    rows, columns = x.sum(axis=1, keepdims=True), x.sum(axis=0, keepdims=True)
    expected = rows * columns / max(x.sum(), 1.0)
    quotient: Floats = np.divide(x, expected, out=np.full_like(x, np.nan), where=expected > 0)
    return quotient


def location_quotients(found: Attention, *, by: By = "sentences", level: float = LEVEL) -> pd.DataFrame:
    """How much more a county's text speaks of an industry than the counties' texts do together: columns QUOTIENTS.

    value: the location quotient; n: sentences (or words) of the county that speak of the industry; expected: n if every
    county spoke of the industries in the same shares. low, high, at `level`:

        x · X / X_c,   x the quantiles of Beta(n / D + ½, (N_i - n) / D + ½)

    with N_i the industry's total, X_c the county's, X the whole and D the design effect of the industry's sentences
    (unit_texts.design_effects): Jeffreys's interval for the county's share of the industry. Where n is 0, value and low
    are 0, and high says how much might have been there. status: "counted"; "zero"; "county_silent" or "industry_silent"
    where no sentence of the county speaks of any industry, or of the industry in any county, value, low and high then
    NaN. Rows for all pairs, by county, then industry. A heat map takes value, with those marked whose interval does not
    hold 1. Raises ValueError for fewer than two counties with attention.
    """
    counts = found.matrix(by)
    _check_two(counts, found)
    of_county, of_industry = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    effects = design_effects(found.counted(by))[None, :]
    tail = (1 - level) / 2
    a, b = counts / effects + _JEFFREYS, (of_industry - counts) / effects + _JEFFREYS
    silent = (of_county == 0) | (of_industry == 0)
    weight = np.where(silent, np.nan, counts.sum() / np.maximum(of_county, 1))
    low = np.where(counts > 0, betaincinv(a, b, tail), 0.0) * weight
    high = betaincinv(a, b, 1 - tail) * weight
    status = np.where(counts > 0, "counted", "zero").astype(object)
    status[np.broadcast_to(of_industry == 0, counts.shape)] = "industry_silent"
    status[np.broadcast_to(of_county == 0, counts.shape)] = "county_silent"
    return _all_pairs(found).assign(
        n=counts.ravel(),
        expected=(of_county * of_industry / counts.sum()).ravel(),
        value=location_quotient(counts).ravel(),
        low=low.ravel(),
        high=high.ravel(),
        status=status.ravel(),
    )[QUOTIENTS]


def _check_two(counts: Ints, found: Attention) -> None:
    speaking = [county for county, total in zip(found.counties, counts.sum(axis=1), strict=True) if total]
    if len(speaking) < 2:
        have = f"only {speaking[0]} has" if speaking else "no county has"
        raise ValueError(
            f"{have} a sentence that speaks of an industry: nothing to compare; give more text or other evidence, or "
            "see whether the terms in data/lexicons/industries.csv suit this plan"
        )


def krugman(counts: NDArray[np.int64] | Floats) -> Floats:
    """Krugman's index of each row's specialisation, shape (..., n_rows, n_columns) to (..., n_rows).

        K = Σ_j |s_ij - s_oj|,   s_o the shares of all other rows together

    0 where a row has the others' shares, 2 where it shares nothing with them. NaN for an empty row, or one that has no
    others. Krugman (1991).
    """
    x = np.asarray(counts, dtype=np.float64)
    others = x.sum(axis=-2, keepdims=True) - x
    index: Floats = np.abs(_shares(x) - _shares(others)).sum(axis=-1)
    return index


def herfindahl(counts: NDArray[np.int64] | Floats) -> Floats:
    """Herfindahl's index of each row's concentration, Σ s², shape (..., n_rows, n_columns) to (..., n_rows).

    1 / n_columns where all shares are equal, 1 where one has all; NaN for an empty row.
    """
    index: Floats = (_shares(np.asarray(counts, dtype=np.float64)) ** 2).sum(axis=-1)
    return index


def _shares(x: Floats) -> Floats:
    total = x.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(x, total, out=np.full_like(x, np.nan), where=total > 0)
    return shares


def concentration(
    found: Attention,
    *,
    by: By = "sentences",
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
    n_permutations: int = N_PERMUTATIONS,
    seed: int = 0,
) -> pd.DataFrame:
    """How specialised each county is, and how concentrated each industry: columns CONCENTRATION.

    scheme "county": of its attention over industries; "industry": of its attention over counties. measure: "krugman"
    (against the other counties, or industries), "herfindahl", and "herfindahl_normalised", (H - 1/m) / (1 - 1/m) over m
    columns. All three are too high in short texts, since a few sentences cannot spread over nine industries: expected
    is the mean of the measure when sentences are dealt out anew among the counties, and p the share of n_permutations
    such deals, the observed one among them, in which it is at least as high.

    low, high: the hull of two intervals, each of which alone is too short at ten sentences a unit: of resampled
    sentences (percentiles moved by twice the bias), and of texts simulated from shares drawn towards the whole's (basic
    interval; how far, the counties' own spread says). In units of the size of shangrao-profile's counties it holds
    Krugman's index in 90 to 96 % of texts (90 where industries do not differ at all), Herfindahl's in 97 to 99 %; plain
    percentiles hold either in 0 to 61 % (interval_coverage.specialisation_coverage). status "silent" where there is no
    attention: all numbers NaN. Raises ValueError for fewer than two counties with attention.
    """
    texts = found.counted(by)
    counts = found.matrix(by)
    _check_two(counts, found)
    shape = (-1, *counts.shape)
    drawn = texts.sets_of(resampling_weights(texts, n_resamples, seed)).toarray().reshape(shape)
    dealt = permuted_units(texts, n_permutations, seed)
    permuted = texts.sets_of(np.ones_like(dealt), dealt).toarray().reshape(shape)
    scale = _words_that_tell_as_one(texts)
    parts = []
    for scheme, names, axes in (("county", found.counties, (0, 1, 2)), ("industry", found.industries, (0, 2, 1))):
        x = counts[None].transpose(axes)[0]
        low, high = _hull(x, drawn.transpose(axes), scale, level, generator_of(seed, "model", scheme))
        value, chance = concentration_indices(x), concentration_indices(permuted.transpose(axes))
        at_least = (chance >= value[None] - 1e-9).sum(axis=0) + 1
        silent = np.isnan(value)
        table = pd.DataFrame(
            {
                "scheme": scheme,
                "unit": np.repeat(names, len(INDICES)),
                "measure": np.tile(INDICES, len(names)),
                "value": value.ravel(),
                "low": np.where(silent, np.nan, low).ravel(),
                "high": np.where(silent, np.nan, high).ravel(),
                "expected": np.where(silent, np.nan, _mean_known(chance)).ravel(),
                "p": np.where(silent, np.nan, at_least / (n_permutations + 1)).ravel(),
                "n": np.repeat(x.sum(axis=1), len(INDICES)),
                "status": np.where(silent, "silent", "counted").ravel(),
            }
        )
        parts.append(table)
    return pd.concat(parts, ignore_index=True)[CONCENTRATION]


def concentration_indices(counts: NDArray[np.int64] | Floats) -> Floats:
    """The three indices of each row, shape (..., n_rows, n_columns) to (..., n_rows, 3); NaN for an empty row."""
    h, least = herfindahl(counts), 1 / counts.shape[-1]
    normalised = (h - least) / (1 - least) if least < 1 else np.full_like(h, np.nan)
    indices: Floats = np.stack([krugman(counts), h, normalised], axis=-1)
    return indices


def _mean_known(values: Floats) -> Floats:
    """Mean over the first axis of what is not NaN; 0 where nothing is known."""
    known = ~np.isnan(values)
    mean: Floats = np.where(known, values, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def _words_that_tell_as_one(texts: UnitTexts) -> float:
    """How many counted words tell as much as one independent sentence: 1 where sentences are counted."""
    total = np.asarray(texts.counts.sum(axis=0), dtype=np.float64).ravel()
    return max(float((design_effects(texts) * total).sum() / total.sum()), 1.0)


def _hull(
    counts: Ints, drawn: NDArray[np.int64], scale: float, level: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Ends of the hull of two bootstrap intervals of the indices, shape (n_rows, 3) each, within an index's range."""
    tail = (1 - level) / 2
    value, resampled = concentration_indices(counts), concentration_indices(drawn)
    twice_bias = 2 * (_mean_known(resampled) - value)
    from_sentences = _quantiles(resampled, tail) - twice_bias

    effective = np.maximum(np.round(counts.sum(axis=1) / scale), 1).astype(np.int64)
    model = _shares_towards_the_whole(counts, effective)
    simulated = rng.multinomial(
        np.broadcast_to(effective, drawn.shape[:2]), np.broadcast_to(model, (*drawn.shape[:2], counts.shape[1]))
    )
    rescaled = simulated * (counts.sum(axis=1) / effective)[None, :, None]
    error = concentration_indices(rescaled) - concentration_indices(model * counts.sum(axis=1, keepdims=True))
    from_model = value[None] - _quantiles(error, tail)[::-1]

    least = np.array([0.0, 1 / counts.shape[1], 0.0])
    most = np.array([2.0, 1.0, 1.0])
    ends = np.stack([from_sentences, from_model])
    return np.clip(ends[:, 0].min(axis=0), least, most), np.clip(ends[:, 1].max(axis=0), least, most)


def _quantiles(values: Floats, tail: float) -> Floats:
    """Lower and upper quantile over the first axis of what is known there, 0 where nothing is."""
    nowhere = np.isnan(values).sum(axis=0) == len(values)
    known = np.where(nowhere[None], 0.0, values)
    quantiles: Floats = np.nanquantile(known, [tail, 1 - tail], axis=0)
    return quantiles


def _shares_towards_the_whole(counts: Ints, effective: Ints) -> Floats:
    """Shares of each row, drawn towards those of all rows as far as the rows' own spread allows.

    (x + a g) / (n + a), g the whole's shares, a = (1 - ρ) / ρ, ρ the intraclass correlation by the method of moments:
    what the rows differ by more than rows of n drawn at random would.
    """
    n = np.maximum(counts.sum(axis=1), 1)
    whole = counts.sum(axis=0) / counts.sum()
    filled = counts.sum(axis=1) > 0
    spread = ((counts / n[:, None] - whole) ** 2).sum(axis=1)[filled].sum() / (1 - 1 / max(filled.sum(), 2))
    diversity = 1 - (whole**2).sum()
    by_chance = (diversity / effective[filled]).sum()
    room = (diversity * (1 - 1 / effective[filled])).sum()
    rho = float(np.clip((spread - by_chance) / room, 1e-3, 1.0)) if room > 0 else 1.0
    towards = max((1 - rho) / rho, _LEAST_PRECISION)
    own = counts * (effective / n)[:, None]
    shares: Floats = (own + towards * whole) / (own.sum(axis=1, keepdims=True) + towards)
    return shares


def text_similarity(
    tokens: pd.DataFrame,
    units: pd.DataFrame,
    counties: Sequence[str],
    industries: Sequence[str],
    *,
    own_names: Mapping[str, Collection[str]] | None = None,
    county_evidence: Collection[str] = EVIDENCE,
    industry_evidence: Collection[str] = EVIDENCE,
    min_words: int = MIN_WORDS_LEFT,
) -> pd.DataFrame:
    """How alike a county's and an industry's words are in sentences that attention does not count: columns SIMILARITY.

    value: cosine of the TF-IDF of the county's sentences that speak of no industry and the industry's sentences that
    speak of no county. No sentence is in both, and none is counted by attention, so that this reading rests on other
    sentences. (To leave out for each pair only the sentences that speak of both would take most from the pairs that are
    spoken of most, and set the readings against each other.) Raw counts; idf = ln((1 + N) / (1 + df)) + 1 over the
    whole texts of all N counties and industries. tokens: what is compared, commonly without stop words. own_names:
    county or industry -> its names, left out of its own text. n_county, n_industry: words left to compare. status:
    "compared"; "too_little" where one of the two has fewer than min_words, value then NaN. Rows for all pairs. Evidence
    and errors as in attention; give the same evidence to both.
    """
    _check_evidence(county_evidence, industry_evidence)
    _check_names(counties, industries)
    counted = sentence_terms(tokens)
    in_county = _membership(counted, units, "county", counties, county_evidence)
    in_industry = _membership(counted, units, "industry", industries, industry_evidence)
    own_county = _not_own(counted, counties, own_names or {})
    own_industry = _not_own(counted, industries, own_names or {})
    of_no_industry = np.asarray(in_industry.sum(axis=0)).ravel() == 0
    of_no_county = np.asarray(in_county.sum(axis=0)).ravel() == 0
    whole = [
        (in_county @ counted.counts).toarray() * own_county,
        (in_industry @ counted.counts).toarray() * own_industry,
    ]
    idf = np.log((1 + len(counties) + len(industries)) / (1 + (np.concatenate(whole) > 0).sum(axis=0))) + 1
    county = (in_county.multiply(of_no_industry).tocsr() @ counted.counts).toarray() * own_county
    industry = (in_industry.multiply(of_no_county).tocsr() @ counted.counts).toarray() * own_industry
    n_county, n_industry = county.sum(axis=1), industry.sum(axis=1)
    enough = (n_county[:, None] >= max(min_words, 1)) & (n_industry[None, :] >= max(min_words, 1))
    lengths = np.outer(np.linalg.norm(county * idf, axis=1), np.linalg.norm(industry * idf, axis=1))
    cosine = (county * idf) @ (industry * idf).T / np.where(lengths > 0, lengths, 1)
    pairs = pd.MultiIndex.from_product([counties, industries], names=["county", "industry"]).to_frame(index=False)
    return pairs.assign(
        value=np.where(enough, cosine, np.nan).ravel(),
        n_county=np.repeat(n_county, len(industries)),
        n_industry=np.tile(n_industry, len(counties)),
        status=np.where(enough, "compared", "too_little").ravel(),
    )[SIMILARITY]


def _membership(
    counted: SentenceTerms, units: pd.DataFrame, scheme: str, names: Sequence[str], evidence: Collection[str]
) -> csr_matrix:
    """Matrix of 0 and 1, shape (n_names, n_sentences): which sentences are the unit's."""
    pairs, unit = _pairs(units, scheme, names, evidence)
    rows = counted.rows_of(pairs)
    known = rows >= 0
    ones = np.ones(int(known.sum()), dtype=np.int64)
    return csr_matrix((ones, (unit[known], rows[known])), shape=(len(names), len(counted.sentences)))


def _not_own(counted: SentenceTerms, names: Sequence[str], own_names: Mapping[str, Collection[str]]) -> Ints:
    """Matrix of 1, and 0 where a term is the unit's own name, shape (n_names, n_terms)."""
    kept = [~np.isin(counted.terms, list(own_names.get(name, []))) for name in names]
    return np.array(kept, dtype=np.int64)


def compare_readings(quotients: pd.DataFrame, similarity: pd.DataFrame) -> pd.DataFrame:
    """Attention beside similarity, pair by pair, the widest disagreement first: columns READINGS.

    quotients: of location_quotients; similarity: of text_similarity for the same counties and industries. Counties and
    industries with much text are more alike to all, so that similarity_quotient sets a similarity against those of its
    county and its industry, as the location quotient does with counts: r_ci · r / (r_c r_i), means over the pairs
    compared. rank_attention, rank_similarity: rank of the quotients among the county's industries, 1 for the highest,
    ties at their mean; difference: rank_similarity - rank_attention, below 0 where the words are nearer than the
    counting says. reading: "both" where attention's interval lies above 1 and the similarity quotient is above 1
    too; "spoken_of_only" where the interval alone does; "alike_only" where the similarity quotient is above 1 and among
    the highest third of the county's, and the quotient of attention not above 1; "" otherwise, and where a pair cannot
    be compared, ranks then NaN. A scatter chart takes quotient against similarity_quotient.
    """
    table = quotients.rename(columns={"value": "quotient"}).merge(
        similarity[["county", "industry", "value"]].rename(columns={"value": "similarity"}), on=["county", "industry"]
    )
    known = table["similarity"].where(table["quotient"].notna())
    of_county = known.groupby(table["county"]).transform("mean")
    of_industry = known.groupby(table["industry"]).transform("mean")
    expected = of_county * of_industry / known.mean()
    table = table.assign(similarity_quotient=(known / expected.where(expected > 0)).to_numpy())
    comparable = table["quotient"].notna() & table["similarity_quotient"].notna()
    by_county = table["county"]
    ranks = {
        name: table[column].where(comparable).groupby(by_county).rank(ascending=False, method="average")
        for name, column in (("rank_attention", "quotient"), ("rank_similarity", "similarity_quotient"))
    }
    table = table.assign(**ranks)
    spoken = (table["low"] > 1) & comparable
    near = (table["similarity_quotient"] > 1) & comparable
    highest = table["rank_similarity"] <= comparable.groupby(by_county).transform("sum") / 3
    reading = np.select(
        [spoken & near, spoken, near & highest & (table["quotient"] <= 1)], ["both", "spoken_of_only", "alike_only"], ""
    )
    table = table.assign(difference=table["rank_similarity"] - table["rank_attention"], reading=reading)
    order = table["difference"].abs().fillna(-1).sort_values(ascending=False, kind="stable").index
    return table.loc[order, READINGS].reset_index(drop=True)


def agreement_of_readings(readings: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rank correlation of the two readings within each county: columns county, rank_correlation, n.

    readings: of compare_readings. n: industries compared. rank_correlation is 0 where one of the readings does not tell
    the industries apart, NaN where fewer than three are compared. Counties in code-point order.
    """
    rows = []
    for county, table in readings.dropna(subset=["rank_attention"]).groupby("county", sort=True):
        one, other = table["rank_attention"].to_numpy(), table["rank_similarity"].to_numpy()
        flat = np.ptp(one) == 0 or np.ptp(other) == 0
        value = np.nan if len(table) < _LEAST_RANKED else 0.0 if flat else float(np.corrcoef(one, other)[0, 1])
        rows.append((county, value, len(table)))
    return pd.DataFrame(rows, columns=["county", "rank_correlation", "n"])


def beside_pages(table: pd.DataFrame, pages: pd.DataFrame) -> pd.DataFrame:
    """A table of counties or industries with the pages that the contents list gives to each.

    table: with a column county or industry, or both, which gets columns county_pages and industry_pages; or with scheme
    and unit, which gets a column pages. pages: of coverage.unit_pages; a unit's first entry counts (an industry may
    come again in an annex). NA where the list does not name the unit or does not say where its text ends.
    """
    first = pages[pages["first"]]
    of = {
        scheme: rows.drop_duplicates("unit").set_index("unit")["pages"].astype("Int64")
        for scheme, rows in first.groupby("scheme")
    }
    none = pd.Series(dtype="Int64")
    if {"scheme", "unit"} <= set(table.columns):
        keys = zip(table["scheme"], table["unit"], strict=True)
        values = [of.get(scheme, none).get(unit, pd.NA) for scheme, unit in keys]
        return table.assign(pages=pd.array(values, dtype="Int64"))
    columns = {
        f"{scheme}_pages": pd.array([of.get(scheme, none).get(unit, pd.NA) for unit in table[scheme]], dtype="Int64")
        for scheme in ("county", "industry")
        if scheme in table.columns
    }
    return table.assign(**columns)

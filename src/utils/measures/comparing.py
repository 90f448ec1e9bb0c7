"""One specification beside the headline, over all its resamples: the numbers that robustness puts together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata

from src.utils.errors import GuihuaError
from src.utils.measures.agreement import (
    ABSENT,
    DECIMALS,
    DEPTH,
    MIN_COMMON,
    adjusted_rands,
    jaccards,
    overlaps,
    ranks_of,
)
from src.utils.measures.checkpoints import Arrays
from src.utils.measures.results import Batch, Kind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AGREEMENT: Final = {"ranking": "rbo", "similarity": "spearman", "clusters": "adjusted_rand"}
"""The measure of agreement with the headline for each kind of result."""

BEYOND: Final = DEPTH + 1
"""The rank written for a term that a ranking has below DEPTH or not at all."""


@dataclass(frozen=True)
class Headline:
    """The headline's own result on the whole text, and what of it is looked at.

    top: the leading terms of a ranking. focus: (unit, term) or a pair of units whose number is the estimate.
    """

    kind: Kind
    batch: Batch
    top: int
    focus: tuple[str, ...] | None

    @property
    def units(self) -> list[str]:
        """Units that have something to compare, in order; for similarities and clusters one name for them all."""
        return list(dict.fromkeys(key[0] for key in self.batch.keys)) if self.kind == "ranking" else ["all"]


def headline_of(batch: Batch, kind: Kind, top: int, focus: Sequence[str] | None) -> Headline:
    """Check what the headline shows. Raises GuihuaError where there is nothing to compare or the focus is not in it."""
    n_least = {"ranking": 1, "similarity": MIN_COMMON, "clusters": 3}[kind]
    held = Batch(batch.keys, batch.numbers[:1])
    n = int(np.isfinite(held.numbers).sum())
    if n < n_least:
        what = {"ranking": "terms", "similarity": "pairs of units with text", "clusters": "units with text"}[kind]
        raise GuihuaError(
            f"the headline has {n} {what}, and {n_least} are needed: there is nothing whose robustness could be told. "
            "Choose other units, other evidence, or a fuller text."
        )
    if kind == "similarity" and np.ptp(held.numbers[np.isfinite(held.numbers)]) == 0:
        raise GuihuaError("all pairs of the headline are equally similar: they have no order that could move")
    wanted = None if focus is None else tuple(map(str, focus))
    if wanted and kind != "ranking":
        wanted = tuple(sorted(wanted))
    known = {key[0] for key in held.keys} if kind == "clusters" else {*held.keys}
    if wanted and not ({*wanted} <= known if kind == "clusters" else wanted in known):
        raise GuihuaError(
            f"focus: {' and '.join(wanted)} is not in the headline's result: name what is, or leave it out"
        )
    return Headline(kind, held, top, wanted)


def compare(batch: Batch, headline: Headline) -> Arrays:
    """Compare all resamples of a specification with the headline on the whole text.

    Arrays: agreement (see AGREEMENT) and second (rankings: Jaccard of the first `top`; similarities: mean absolute
    difference; clusters: share of pairs of units that are together in one and apart in the other), shape (n_resamples,
    n_units of Headline.units); missing, how many of the headline's units (pairs, for similarities) each resample
    lacks; estimate, shape (n_resamples,); and by kind what `details` of robustness are made from.
    """
    return {"ranking": _rankings, "similarity": _similarities, "clusters": _clusters}[headline.kind](batch, headline)


def _rankings(batch: Batch, headline: Headline) -> Arrays:
    units = {unit: at for at, unit in enumerate(headline.units)}
    held = [at for at, key in enumerate(batch.keys) if key[0] in units]
    own = [batch.keys[at] for at in held]
    every = dict.fromkeys((*headline.batch.keys, *own))
    keys = sorted(every, key=lambda key: units[key[0]])  # by unit, as ranks are given unit by unit
    place = {key: at for at, key in enumerate(keys)}
    unit = np.array([units[key[0]] for key in keys], dtype=np.int64)
    starts = np.searchsorted(unit, np.arange(len(units) + 1))
    found = _ranks(batch.numbers[:, held], [place[key] for key in own], starts)
    base = _ranks(headline.batch.numbers, [place[key] for key in headline.batch.keys], starts)[0]
    beyond = np.minimum(found[1:] if len(found) > 1 else found, BEYOND)
    n_entries = len(keys)
    flat = np.bincount((np.arange(n_entries)[None, :] * BEYOND + beyond - 1).ravel(), minlength=n_entries * BEYOND)
    seen = flat.reshape(n_entries, BEYOND)[:, :DEPTH]
    named = np.flatnonzero(seen.any(axis=1))
    cells = np.flatnonzero(seen[named])
    present = np.logical_or.reduceat(found < ABSENT, starts[:-1], axis=1)  # each unit has an entry of the headline's
    common, correlation = _kendalls(found[0], base, starts)
    return {
        "agreement": overlaps(found, base, unit, len(units)),
        "second": jaccards(found, base, unit, len(units), headline.top),
        "missing": (~present).sum(axis=1),
        "estimate": _ranking_estimate(found, base, place, unit, headline),
        "kendall": correlation,
        "n_common": common,
        "terms": np.array(["\t".join(keys[at]) for at in named], dtype=np.str_),
        "cells": cells.astype(np.int32),
        "times": seen[named].ravel()[cells].astype(np.int32),
    }


def _ranks(numbers: Floats, places: Sequence[int], starts: Ints) -> Ints:
    """Ranks within each unit, entries laid at their places: shape (n_resamples, n_places).

    starts: the first place of each unit, and the number of places.
    """
    scores = np.full((len(numbers), starts[-1]), np.nan)
    scores[:, places] = numbers
    return np.concatenate([ranks_of(scores[:, a:b]) for a, b in pairwise(starts)], axis=1)


def _kendalls(found: Ints, base: Ints, starts: Ints) -> tuple[Ints, Floats]:
    """Terms in common and Kendall's tau-b of the first resample, unit by unit; NaN where there are too few."""
    n_units = len(starts) - 1
    common, correlation = np.zeros(n_units, dtype=np.int64), np.full(n_units, np.nan)
    for at, (first, last) in enumerate(pairwise(starts)):
        one, other = found[first:last], base[first:last]
        both = (one < ABSENT) & (other < ABSENT)
        common[at] = both.sum()
        if common[at] >= MIN_COMMON and np.ptp(one[both]) and np.ptp(other[both]):
            correlation[at] = kendalltau(one[both], other[both]).statistic
    return common, correlation


def _ranking_estimate(
    found: Ints, base: Ints, place: dict[tuple[str, ...], int], unit: Ints, headline: Headline
) -> Floats:
    """Rank of the focus, or the share of the headline's leading terms that still lead."""
    if headline.focus is not None:
        return np.minimum(found[:, place[headline.focus]], BEYOND).astype(np.float64)
    leading = base <= headline.top
    return np.asarray((found[:, leading] <= headline.top).mean(axis=1))


def _similarities(batch: Batch, headline: Headline) -> Arrays:
    place = {key: at for at, key in enumerate(headline.batch.keys)}
    found = _laid(batch, place)
    base = headline.batch.numbers[0]
    usable = np.isfinite(found) & np.isfinite(base)[None, :]
    agreement = np.array([_spearman(row[use], base[use]) for row, use in zip(found, usable, strict=True)])
    differ = np.where(usable, np.abs(found - base[None, :]), 0.0).sum(axis=1) / np.maximum(usable.sum(axis=1), 1)
    if headline.focus is not None:
        estimate = found[:, place[headline.focus]]
    else:
        held = np.isfinite(found)
        estimate = np.where(held, found, 0.0).sum(axis=1) / np.maximum(held.sum(axis=1), 1)
    return {
        "agreement": agreement[:, None],
        "second": differ[:, None],
        "missing": (np.isfinite(base)[None, :] & ~np.isfinite(found)).sum(axis=1),
        "estimate": estimate,
        "pairs": found,
    }


def _laid(batch: Batch, place: dict[tuple[str, ...], int]) -> Floats:
    laid = np.full((len(batch.numbers), len(place)), np.nan)
    for at, key in enumerate(batch.keys):
        if key in place:
            laid[:, place[key]] = batch.numbers[:, at]
    return laid


def _spearman(one: Floats, other: Floats) -> float:
    """Spearman's rho; 0, nothing of the order left, where fewer than MIN_COMMON are held or one has no order."""
    if len(one) < MIN_COMMON:
        return 0.0
    left, right = (rankdata(np.round(side, DECIMALS)) for side in (one, other))
    left, right = left - left.mean(), right - right.mean()
    size = float(np.sqrt((left * left).sum() * (right * right).sum()))
    return float((left * right).sum()) / size if size > 0 else 0.0


def _clusters(batch: Batch, headline: Headline) -> Arrays:
    place = {key: at for at, key in enumerate(headline.batch.keys)}
    found = _laid(batch, place)
    base = pd.factorize(headline.batch.numbers[0])[0].astype(np.int64)
    held = np.isfinite(found)
    labels = np.where(held, found, -1).astype(np.int64)
    agreement, moved = np.zeros(len(found)), np.zeros(len(found))
    for use in np.unique(held, axis=0):
        rows = (held == use).all(axis=1)
        if use.sum() > 1:
            agreement[rows] = adjusted_rands(labels[rows][:, use], base[use])
            moved[rows] = _moved_pairs(labels[rows][:, use], base[use])
    if headline.focus is not None:
        one, other = (labels[:, place[(unit,)]] for unit in headline.focus)
        estimate = ((one == other) & (one >= 0)).astype(np.float64)
    else:
        estimate = np.array([len({*row[row >= 0]}) for row in labels], dtype=np.float64)
    return {
        "agreement": agreement[:, None],
        "second": moved[:, None],
        "missing": (~held).sum(axis=1),
        "estimate": estimate,
        "labels": labels.astype(np.int32),
    }


def _moved_pairs(labels: Ints, base: Ints) -> Floats:
    """Share of pairs that are together in one grouping and apart in the other."""
    one, other = np.triu_indices(len(base), k=1)
    together = labels[:, one] == labels[:, other]
    return np.asarray((together != (base[one] == base[other])[None, :]).mean(axis=1))


def option_text(option: Any) -> str:
    """Write an option for a table: the parts of a tuple joined by +, "none" for an empty one."""
    if isinstance(option, list | tuple | set | frozenset):
        parts = sorted(map(str, option)) if isinstance(option, set | frozenset) else map(str, option)
        return "+".join(parts) or "none"
    if isinstance(option, bool):
        return "yes" if option else "no"
    return str(option)

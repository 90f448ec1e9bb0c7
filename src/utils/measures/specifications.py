"""Grids of choices: all their combinations or a balanced sample, and which choice the outcome hangs on."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import factorial, prod
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.utils.measures.checkpoints import canonical, digest

Grid = Mapping[str, Sequence[Any]]
Choices = dict[str, Any]

RESAMPLE: Final = "resample"
"""The choice that is never sampled: every specification is made on each resample of the text."""

MOST_CHOICES: Final = 14
TOGETHER: Final = "together"
SHARES: Final = ["choice", "share", "by_chance", "n_options"]


def headline_choices(grid: Grid, headline: Mapping[str, Any] | None = None) -> Choices:
    """The choices of the headline: the first option of each, or what `headline` says instead.

    Raises ValueError for a choice without options, an option that stands twice, an unknown choice, and a headline that
    is no option.
    """
    for choice, options in grid.items():
        if isinstance(options, str) or not len(options):
            raise ValueError(
                f"{choice}: give its options as a list, such as ({options!r},); there must be one at least"
            )
        written = [digest(option) for option in options] if choice != RESAMPLE else []
        if len({*written}) < len(written):
            raise ValueError(f"{choice}: an option stands twice in {list(options)!r}")
    chosen = {choice: options[0] for choice, options in grid.items() if choice != RESAMPLE}
    for choice, option in (headline or {}).items():
        if choice not in chosen:
            raise ValueError(f"{choice}: no such choice in the grid; there are {', '.join(chosen)}")
        if canonical(option) not in [canonical(other) for other in grid[choice]]:
            raise ValueError(f"{choice}: {option!r} is no option of the grid: {list(grid[choice])!r}")
        chosen[choice] = option
    return chosen


def specifications(
    grid: Grid, *, headline: Mapping[str, Any] | None = None, n_most: int = 200, seed: int = 0
) -> list[Choices]:
    """The combinations of a grid, the headline's first; a balanced sample of n_most where there are more.

    In the sample every option of a choice stands as often as any other, give or take one (a Latin hypercube over the
    options), and no combination twice. The same grid and seed give the same list. Raises ValueError as
    headline_choices does, and for n_most below 2.
    """
    first = headline_choices(grid, headline)
    if n_most < 2:
        raise ValueError(f"{n_most} specifications: give 2 or more")
    names = list(first)
    sizes = [len(grid[name]) for name in names]
    if prod(sizes) <= n_most:
        every = [dict(zip(names, options, strict=True)) for options in product(*(grid[name] for name in names))]
        return [first, *(choices for choices in every if canonical(choices) != canonical(first))]
    at_first = tuple([canonical(option) for option in grid[name]].index(canonical(first[name])) for name in names)
    taken = {at_first: None}
    random = np.random.default_rng(np.random.SeedSequence([seed, int(digest(names, sizes)[:8], 16)]))
    while len(taken) < n_most:
        missing = n_most - len(taken)
        columns = [random.permutation(np.resize(random.permutation(size), missing)) for size in sizes]
        taken |= dict.fromkeys(tuple(map(int, row)) for row in zip(*columns, strict=True))
    return [{name: grid[name][at] for name, at in zip(names, row, strict=True)} for row in taken]


def one_at_a_time(grid: Grid, first: Choices) -> list[Choices]:
    """The specifications that change one choice of `first` each, to each of its other options."""
    return [
        {**first, name: option}
        for name in first
        for option in grid[name]
        if canonical(option) != canonical(first[name])
    ]


def variance_shares(made: Sequence[Choices], outcome: NDArray[np.float64]) -> pd.DataFrame:
    """Decompose how much the outcome varies by choice: columns SHARES, one row a choice, greatest share first.

    made: the specifications. outcome: one number each and resample, shape (n_specifications, n_resamples); one column
    where nothing was resampled.

    share: of the whole variance of the outcome. For a choice, its main effect: the part of the variance between
    specifications that an additive model of the choices explains, divided among the choices by averaging over all
    orders of entering them (Lindeman, Merenda and Gold 1980; Shapley's value), which in a full grid is η² of the
    one-way analysis of variance. `together`: what choices do only in combination. `resample`: what is left within
    specifications, which another sample of sentences would change. The shares add up to 1, or are all 0 where nothing
    varies. by_chance: the share that a choice without any effect would be expected to get, from the number of its
    options alone. Raises ValueError for more than MOST_CHOICES choices with several options.
    """
    varied = [name for name in made[0] if len({digest(choices[name]) for choices in made}) > 1]
    if len(varied) > MOST_CHOICES:
        raise ValueError(f"{len(varied)} choices vary; {MOST_CHOICES} at most can be told apart: fix some of them")
    means = outcome.mean(axis=1)
    between = float(means.var())
    total = float(((outcome - outcome.mean()) ** 2).mean())
    blocks = [_dummies([choices[name] for choices in made]) for name in varied]
    explained = _shapley(blocks, means - means.mean())
    unit = between / total if total > 0 else 0.0
    free = max(len(made) - 1, 1)
    unexplained = max(1 - sum(explained), 0.0) * unit
    rows = [
        (name, share * unit, min(block.shape[1] / free, 1.0) * unexplained, block.shape[1] + 1)
        for name, share, block in zip(varied, explained, blocks, strict=True)
    ]
    table = pd.DataFrame(rows, columns=SHARES).sort_values(["share", "choice"], ascending=[False, True])
    last = [(TOGETHER, unexplained, 0.0, 0)]
    if outcome.shape[1] > 1:
        last.append((RESAMPLE, max(1 - unit, 0.0) if total > 0 else 0.0, 0.0, outcome.shape[1]))
    return pd.concat([table, pd.DataFrame(last, columns=SHARES)], ignore_index=True)


def _dummies(options: Sequence[Any]) -> NDArray[np.float64]:
    """Centred indicator columns of all options but the first."""
    codes, different = pd.factorize(pd.Series([digest(option) for option in options]))
    columns = (codes[:, None] == np.arange(1, len(different))[None, :]).astype(np.float64)
    centred: NDArray[np.float64] = columns - columns.mean(axis=0)
    return centred


def _shapley(blocks: Sequence[NDArray[np.float64]], outcome: NDArray[np.float64]) -> list[float]:
    """Divide the explained share of variance among blocks of columns, averaged over all orders of entering them."""
    n = len(blocks)
    total = float(outcome @ outcome)
    if not n or total <= 0:
        return [0.0] * n
    columns = np.concatenate(blocks, axis=1)
    ends = np.cumsum([block.shape[1] for block in blocks])
    places = [np.arange(end - block.shape[1], end) for end, block in zip(ends, blocks, strict=True)]
    gram, cross = columns.T @ columns, columns.T @ outcome
    explained = np.zeros(2**n)
    for subset in range(1, 2**n):
        inside = np.concatenate([places[at] for at in range(n) if subset >> at & 1])
        fitted = np.linalg.lstsq(gram[np.ix_(inside, inside)], cross[inside], rcond=1e-10)[0]
        explained[subset] = cross[inside] @ fitted / total
    shares = np.zeros(n)
    for subset in range(2**n):
        size = subset.bit_count()
        for at in range(n):
            if not subset >> at & 1:
                weight = factorial(size) * factorial(n - size - 1) / factorial(n)
                shares[at] += weight * (explained[subset | 1 << at] - explained[subset])
    return [max(float(np.round(share, 12)), 0.0) for share in shares]

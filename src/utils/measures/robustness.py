"""Any result re-made under a grid of reasonable choices: how far it moves, and which choice moves it most."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, Final

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from src.utils.measures.agreement import DEPTH
from src.utils.measures.checkpoints import Arrays, Checkpoints, checkpoints, code_version, digest
from src.utils.measures.comparing import AGREEMENT, BEYOND, Headline, compare, headline_of, option_text
from src.utils.measures.results import Making, Result, as_result
from src.utils.measures.specifications import (
    RESAMPLE,
    Choices,
    Grid,
    one_at_a_time,
    specifications,
    variance_shares,
)
from src.utils.measures.verdicts import LOWEST, Verdict, mover, verdict, word_for

Floats = NDArray[np.float64]

LEVEL: Final = 0.95
N_SPECIFICATIONS: Final = 200
_GROUP: Final = 8  # specifications handed to a process at once; each is kept as soon as it is made

NUMBERS: Final = [
    "specification",
    "place",
    "n_changed",
    "agreement",
    "agreement_low",
    "agreement_high",
    "second",
    "estimate",
    "estimate_low",
    "estimate_high",
    "n_missing",
    "status",
]
UNIT_ROWS: Final = ["unit", "agreement", "low", "high", "resampled", "choice", "share", "word"]
OPTION_ROWS: Final = ["choice", "option", "is_headline", "n", "agreement", "low", "high", "alone"]
RANKS: Final = ["unit", "term", "headline", "in_top", "best", "low", "median", "high", "worst", "n"]
PAIRS: Final = ["unit", "other", "headline", "low", "median", "high", "n"]
TOGETHER_ROWS: Final = ["unit", "other", "headline", "share", "n"]


@dataclass(frozen=True)
class Robustness:
    """How far a result moves over a grid.

    specifications: one row a specification, sorted by falling agreement with the headline, for a specification chart:
    the choices as text, then NUMBERS. specification 0 is the headline; place counts from 1 in the order of the rows;
    n_changed says how many choices differ from the headline's. agreement: of the whole text under these choices with
    the headline (mean over units; see measure). agreement_low and agreement_high, estimate_low and estimate_high: the
    middle 95 % over resamples, NaN where nothing was resampled. A resample holds fewer different sentences than the
    text, so that its numbers can lie to one side of the text's. second: Jaccard of the leading terms, mean absolute
    difference of similarities, or share of pairs of units that changed between together and apart. estimate: without
    focus the share of the headline's leading terms that still lead, the mean similarity, or the number of clusters;
    with focus the term's rank in its unit (BEYOND: below DEPTH or absent), the pair's similarity (NaN where one of the
    two has no text), or whether the pair is together. n_missing: units (pairs of units) of the headline without text
    under these choices; they count as no agreement in a ranking and are left out elsewhere; status says so.

    choices: share of the variance of agreement by choice (specifications.SHARES). options: OPTION_ROWS, mean agreement
    of the specifications with each option, over resamples where there are any; alone: agreement of the whole text where
    this option is all that differs from the headline. units: UNIT_ROWS, for each unit the median agreement over
    specifications, the middle 95 %, the median over the headline's resamples, and the choice that moves it most.
    details: rankings: RANKS, the distribution of each term's rank over all specifications and resamples, of terms that
    lead anywhere; similarities: PAIRS; clusters: TOGETHER_ROWS, the share in which a pair of units is together.
    """

    name: str
    kind: str
    measure: str
    verdict: Verdict
    specifications: pd.DataFrame
    choices: pd.DataFrame
    options: pd.DataFrame
    units: pd.DataFrame
    details: pd.DataFrame
    n_resamples: int
    seed: int

    def long(self) -> pd.DataFrame:
        """The lower panel of a specification chart: one row a specification and choice.

        Columns place, specification, choice, option, is_headline (whether it is the headline's option).
        """
        names = [str(name) for name in self.specifications if name not in NUMBERS]
        own = self.specifications[self.specifications["specification"] == 0][names].iloc[0].to_dict()
        table = self.specifications.melt(["place", "specification"], names, var_name="choice", value_name="option")
        table["is_headline"] = table["option"] == table["choice"].map(own)
        return table.sort_values(["place", "choice"], ignore_index=True)


def robustness(
    result: Result | Making,
    grid: Grid,
    *,
    headline: Mapping[str, Any] | None = None,
    n_specifications: int = N_SPECIFICATIONS,
    seed: int = 0,
    top: int = 10,
    focus: Sequence[str] | None = None,
    processes: int = 1,
    cache: Path | bool | None = None,
    progress: bool | None = None,
) -> Robustness:
    """Re-make a result under a grid of choices and tell how far it moves, and by which choice.

    result: a Result, or a function from choices to a table of the columns results.COLUMNS. grid: options of each
    choice, and "resample": numbers of resamples, 0 for the text as it is; where the grid is larger than
    n_specifications a balanced sample of it is made, the headline in it. headline: the headline's choices; the first
    option of each where not given. top: how many terms lead. focus: the (unit, term) or pair of units whose number is
    the estimate.

    processes: how many work at once; the numbers are the same for any. cache: where finished specifications are kept
    (.cache of the project where not given; False: nowhere); a run that was interrupted goes on from there, and a change
    of text, dictionaries, code, seed or headline starts anew. A bare function is kept only if it has an attribute
    `key`, which must tell apart whatever else it depends on. progress: whether to draw a bar on standard error; where
    not given, on a terminal. Raises ValueError for a wrong grid and GuihuaError where the headline has nothing to
    compare.
    """
    made_by = as_result(result, grid)
    unknown = [choice for choice in grid if choice != RESAMPLE and choice not in made_by.inputs]
    if unknown:
        raise ValueError(f"{unknown[0]}: {made_by.name} does not heed it; it heeds {', '.join(made_by.inputs)}")
    resamples = _resamples(grid)
    made = specifications(grid, headline=headline, n_most=n_specifications, seed=seed)
    own = headline_of(made_by.batch(made[0], [0], seed), made_by.kind, top, focus)
    sampled = {digest(choices) for choices in made}
    every = [*made, *(alone for alone in one_at_a_time(grid, made[0]) if digest(alone) not in sampled)]
    work = _Work(made_by, own, resamples, seed, _store(made_by, own, (made[0], resamples, seed), cache))
    parts = _parts(work, every, processes, _bar(made_by.name, len(every), progress))
    options = _option_rows(every, len(made), parts, grid)
    return _put_together(work, made, parts[: len(made)], options)


def _resamples(grid: Grid) -> list[int]:
    wanted = [0] if RESAMPLE not in grid else [int(number) for number in grid[RESAMPLE]]
    if not wanted or min(wanted) < 0 or len({*wanted}) < len(wanted):
        raise ValueError("resample: give different numbers from 0, such as range(201); 0 is the text as it is")
    return sorted({0, *wanted})


def _store(
    result: Result, own: Headline, of: tuple[Choices, list[int], int], cache: Path | bool | None
) -> Checkpoints | None:
    """Open the kept parts of this run; None where the result says not what it depends on, or nothing is to be kept."""
    if not result.key or cache is False:
        return None
    code = getattr(result.make, "__code__", None)
    shown = [own.batch.keys, own.batch.numbers.tobytes(), own.top, own.focus]
    key = digest(code_version(), result.kind, result.key, *of, b"" if code is None else _code_bytes(code), *shown)
    return checkpoints("robustness", result.name, key, None if isinstance(cache, bool) else cache)


def _code_bytes(code: CodeType) -> bytes:
    """What a function does, in bytes: an edited one is another."""
    inner = [_code_bytes(part) if isinstance(part, CodeType) else repr(part).encode("utf-8") for part in code.co_consts]
    return b"\0".join([code.co_code, " ".join(code.co_names).encode("utf-8"), *inner])


@dataclass(frozen=True)
class _Work:
    """What every process needs to make a specification."""

    result: Result
    headline: Headline
    resamples: list[int]
    seed: int
    store: Checkpoints | None

    def make(self, choices: Choices) -> Arrays:
        """Make one specification and keep it."""
        found = compare(self.result.batch(choices, self.resamples, self.seed), self.headline)
        if self.store is not None:
            self.store.put(digest(choices), found)
        return found

    def make_group(self, group: list[tuple[int, Choices]]) -> list[tuple[int, Arrays]]:
        """Make several specifications, which share slow stages where they can."""
        return [(at, self.make(choices)) for at, choices in group]


def _parts(work: _Work, made: list[Choices], processes: int, bar: "_Bar") -> list[Arrays]:
    """All specifications, those of an earlier run read and the others made, in the order of `made`."""
    found: dict[int, Arrays] = {}
    for at, choices in enumerate(made):
        kept = work.store.get(digest(choices)) if work.store is not None else None
        if kept is not None:
            found[at] = kept
    missing = [(at, choices) for at, choices in enumerate(made) if at not in found]
    missing.sort(key=lambda item: [digest(item[1].get(name)) for name in work.result.inputs])
    with bar as tick:
        tick(len(found))
        for at, part in _made(work, missing, processes):
            found[at] = part
            tick(1)
    return [found[at] for at in range(len(made))]


def _made(work: _Work, missing: list[tuple[int, Choices]], processes: int) -> Iterator[tuple[int, Arrays]]:
    if processes <= 1 or len(missing) < 2:
        for item in missing:
            yield from work.make_group([item])
        return
    if work.result.prepare is not None:
        work.result.prepare([choices for _, choices in missing])
    size = max(1, min(_GROUP, len(missing) // (4 * processes)))
    groups = [missing[first : first + size] for first in range(0, len(missing), size)]
    for group in Parallel(n_jobs=processes, return_as="generator_unordered")(
        delayed(work.make_group)(group) for group in groups
    ):
        yield from group


class _Bar:
    """A progress bar on standard error; silent unless `shown`."""

    def __init__(self, name: str, total: int, shown: bool) -> None:
        self.name, self.total, self.shown = name, total, shown
        self.stack = contextlib.ExitStack()

    def __enter__(self) -> Callable[[int], None]:
        if not self.shown:
            return lambda n: None
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        drawn = self.stack.enter_context(Progress(*columns, console=Console(stderr=True)))
        task = drawn.add_task(self.name, total=self.total)
        return lambda n: drawn.update(task, advance=n)

    def __exit__(self, *_: object) -> None:
        self.stack.close()


def _bar(name: str, total: int, progress: bool | None) -> _Bar:
    """Draw on a terminal that can, unless told."""
    on_terminal = sys.stderr.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
    return _Bar(name, total, on_terminal if progress is None else progress)


def _put_together(work: _Work, made: list[Choices], parts: list[Arrays], options: pd.DataFrame) -> Robustness:
    result, own = work.result, work.headline
    agreement = np.stack([part["agreement"] for part in parts])  # (n_specifications, n_resamples, n_units)
    over_units = agreement.mean(axis=2)
    drawn = agreement.shape[1] > 1
    shares = variance_shares(made, _outcome(parts))
    whole = over_units[:, 0]
    resampled = float(np.median(over_units[0, 1:])) if drawn else None
    typical, low = float(np.median(whole)), float(np.quantile(whole, LOWEST))
    labels = (result.labels[0] or result.name, result.labels[1] or result.name)
    measure = AGREEMENT[result.kind]
    return Robustness(
        name=result.name,
        kind=result.kind,
        measure=measure,
        verdict=verdict(labels, measure, len(made), shares, levels=(typical, low, resampled)),
        specifications=_specification_rows(made, parts, over_units, own),
        choices=shares,
        options=options,
        units=_unit_rows(made, agreement, own.units),
        details={"ranking": _rank_rows, "similarity": _pair_rows, "clusters": _together_rows}[result.kind](parts, own),
        n_resamples=agreement.shape[1] - 1,
        seed=work.seed,
    )


def _specification_rows(made: list[Choices], parts: list[Arrays], over_units: Floats, own: Headline) -> pd.DataFrame:
    first = {name: option_text(option) for name, option in made[0].items()}
    n_compared = {"ranking": len(own.units)}.get(own.kind, len(own.batch.keys))
    what = "pairs of units" if own.kind == "similarity" else "units"
    rows = []
    for at, (choices, part) in enumerate(zip(made, parts, strict=True)):
        written = {name: option_text(option) for name, option in choices.items()}
        missing = int(part["missing"][0])
        estimates = part["estimate"]
        rows.append(
            written
            | {
                "specification": at,
                "n_changed": sum(written[name] != first[name] for name in first),
                "agreement": over_units[at, 0],
                "second": part["second"][0].mean(),
                "estimate": estimates[0],
                "n_missing": missing,
                "status": f"no text for {missing} of {n_compared} {what}" if missing else "ok",
            }
            | _middle("agreement", over_units[at, 1:])
            | _middle("estimate", estimates[1:])
        )
    table = pd.DataFrame(rows).sort_values(["agreement", "specification"], ascending=[False, True], ignore_index=True)
    return table.assign(place=np.arange(1, len(table) + 1))[[*first, *NUMBERS]]


def _middle(name: str, draws: Floats) -> dict[str, float]:
    """The middle LEVEL of draws, NaN without any."""
    held = draws[np.isfinite(draws)]
    tails = np.quantile(held, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(held) else (np.nan, np.nan)
    return {f"{name}_low": float(tails[0]), f"{name}_high": float(tails[1])}


def _outcome(parts: list[Arrays]) -> Floats:
    """Agreement of each specification and resample, mean over units; of the whole text where nothing was resampled."""
    over_units = np.stack([part["agreement"].mean(axis=1) for part in parts])
    return over_units[:, 1:] if over_units.shape[1] > 1 else over_units


def _option_rows(every: list[Choices], n_made: int, parts: list[Arrays], grid: Grid) -> pd.DataFrame:
    """Describe each option; the specifications after the first n_made change one choice each and enter `alone` only."""
    outcome = _outcome(parts[:n_made]).mean(axis=1)
    alone = {digest(choices): float(part["agreement"][0].mean()) for choices, part in zip(every, parts, strict=True)}
    first = every[0]
    rows = []
    for name in first:
        written = [digest(choices[name]) for choices in every[:n_made]]
        for option in grid[name]:
            held = outcome[[text == digest(option) for text in written]]
            ends = _middle("", held).values()
            mean = float(held.mean()) if len(held) else np.nan
            by_itself = alone[digest({**first, name: option})]
            is_headline = digest(option) == written[0]
            rows.append((name, option_text(option), is_headline, len(held), mean, *ends, by_itself))
    return pd.DataFrame(rows, columns=OPTION_ROWS)


def _unit_rows(made: list[Choices], agreement: Floats, units: list[str]) -> pd.DataFrame:
    drawn = agreement.shape[1] > 1
    rows = []
    for at, unit in enumerate(units):
        whole = agreement[:, 0, at]
        resampled = float(np.median(agreement[0, 1:, at])) if drawn else None
        choice, share = mover(variance_shares(made, agreement[:, 1:, at] if drawn else agreement[:, :1, at]))
        typical = float(np.median(whole))
        word = word_for(typical, float(np.quantile(whole, LOWEST)), resampled)
        again = np.nan if resampled is None else resampled
        rows.append((unit, typical, *_middle("", whole).values(), again, choice, share, word))
    return pd.DataFrame(rows, columns=UNIT_ROWS)


def _rank_rows(parts: list[Arrays], own: Headline) -> pd.DataFrame:
    """Add the counts of ranks of all specifications up, and describe each term that leads anywhere."""
    place: dict[str, int] = {}
    cells, times = [], []
    for part in parts:
        at = np.array([place.setdefault(str(term), len(place)) for term in part["terms"]], dtype=np.int64)
        row, rank = np.divmod(part["cells"].astype(np.int64), DEPTH)
        cells.append(at[row] * DEPTH + rank)
        times.append(part["times"])
    seen = np.bincount(np.concatenate(cells), weights=np.concatenate(times), minlength=len(place) * DEPTH)
    counts = np.zeros((len(place), BEYOND))
    counts[:, :DEPTH] = seen.reshape(len(place), DEPTH)
    n = len(parts) * max(len(parts[0]["estimate"]) - 1, 1)
    counts[:, DEPTH] = n - counts.sum(axis=1)
    below = counts.cumsum(axis=1)
    tail = (1 - LEVEL) / 2
    low, median, high = ((below >= share * n).argmax(axis=1) + 1 for share in (tail, 0.5, 1 - tail))
    best, worst = (counts > 0).argmax(axis=1) + 1, BEYOND - (counts > 0)[:, ::-1].argmax(axis=1)
    base = _headline_ranks(own)
    names = [key.split("\t", 1) for key in place]
    table = pd.DataFrame(names, columns=["unit", "term"]).assign(
        headline=[min(base.get(key, BEYOND), BEYOND) for key in place],
        in_top=below[:, min(own.top, DEPTH) - 1] / n,
        best=best,
        low=low,
        median=median,
        high=high,
        worst=worst,
        n=n,
    )
    leads = (table["in_top"] > 0) | (table["headline"] <= own.top)
    order = {unit: at for at, unit in enumerate(own.units)}
    ranked = table[leads].assign(order=table["unit"].map(order))
    falling = [True, True, False, True, True]
    return ranked.sort_values(["order", "headline", "in_top", "median", "term"], ascending=falling)[RANKS].reset_index(
        drop=True
    )


def _headline_ranks(own: Headline) -> dict[str, int]:
    table = pd.DataFrame(own.batch.keys, columns=["unit", "term"]).assign(score=np.round(own.batch.numbers[0], 12))
    ranked = table.groupby("unit")["score"].rank(ascending=False, method="min")
    keys = table["unit"] + "\t" + table["term"]
    return {key: int(rank) for key, rank in zip(keys, ranked, strict=True) if np.isfinite(rank)}


def _pair_rows(parts: list[Arrays], own: Headline) -> pd.DataFrame:
    draws = np.concatenate([part["pairs"][1:] if len(part["pairs"]) > 1 else part["pairs"] for part in parts])
    rows = []
    for at, (unit, other) in enumerate(own.batch.keys):
        held = draws[np.isfinite(draws[:, at]), at]
        inner = np.quantile(held, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]) if len(held) else [np.nan] * 3
        rows.append((unit, other, own.batch.numbers[0, at], *inner, len(held)))
    return pd.DataFrame(rows, columns=PAIRS)


def _together_rows(parts: list[Arrays], own: Headline) -> pd.DataFrame:
    labels = np.concatenate([part["labels"][1:] if len(part["labels"]) > 1 else part["labels"] for part in parts])
    base = own.batch.numbers[0]
    units = [key[0] for key in own.batch.keys]
    rows = []
    for one, unit in enumerate(units):
        for other in range(one + 1, len(units)):
            both = (labels[:, one] >= 0) & (labels[:, other] >= 0)
            n = int(both.sum())
            share = float((labels[both, one] == labels[both, other]).mean()) if n else 0.0
            rows.append((unit, units[other], bool(base[one] == base[other]), share, n))
    return pd.DataFrame(rows, columns=TOGETHER_ROWS)

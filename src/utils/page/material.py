"""What findings are made of: a plan, its figures with the tables behind them, and how firm each result is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import pandas as pd

from src.utils.errors import FigureError
from src.utils.figures.passport import Pair
from src.utils.page.shelf import Picture, Shelf
from src.utils.plans.pipeline import Plan

State = Literal["said", "little", "not made"]

MOST_NAMED: Final = 5
"""Of several names so many are given in a sentence."""

_WORDS: Final[Mapping[str, Pair]] = {
    "firm": ("稳固", "Firm"),
    "fairly firm": ("较为稳固", "Fairly firm"),
    "depends": ("随选择而变", "Depends on choices"),
}
_VERDICT_IN: Final[Mapping[str, str]] = {
    "plan_terms": "specifications_plan",
    "county_terms": "specifications_counties",
    "county_similarities": "specifications_similarities",
}
"""The figures whose passports carry the verdict on a result whole."""

_LISTED: Final = frozenset({"title", "page", "pages", "low", "high"})
_TERMS: Final = frozenset({"unit", "rank", "term"})
_CELLS: Final = frozenset({"part", "row", "column", "value", "height", "stability"})
_READ: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("pages_chapters", "pages_counties", "pages_industries", "industry_pages"), _LISTED),
    "top_terms": frozenset({"term", "n", "low", "high"}),
    "rank_distribution": frozenset({"term", "in_top", "low", "high"}),
    **dict.fromkeys(("county_marks", "industry_marks"), frozenset({"term", "n", "ratio", "low", "high", "q"})),
    **dict.fromkeys(("county_terms", "industry_terms"), _TERMS),
    "county_industry_quotients": frozenset({"row", "column", "value", "low", "high"}),
    **dict.fromkeys(("county_similarity", "industry_similarity"), _CELLS),
    "topic_recovery": frozenset({"times", "recovery", "low", "high", "enough"}),
    "topic_stability": frozenset({"stability"}),
    "robustness_of_results": frozenset({"result", "word", "typical", "resampled", "low", "high"}),
}
"""The columns that findings are made from, by figure."""

NOT_TRIED: Final[Pair] = (
    "此结果未在其他选择下重做（笔记本 06）",
    "not made again under other choices for this text (notebook 06)",
)


@dataclass(frozen=True)
class Behind:
    """Where the words behind a finding are: a search of the text (within a heading), or a pair of the table.

    label: in Chinese and English.
    """

    label: Pair
    search: str = ""
    within: str = ""
    pair: tuple[str, str] | None = None


@dataclass(frozen=True)
class Finding:
    """A sentence, its interval, N and robustness, in Chinese and English; the figure and the words it rests on.

    state: "said"; "little" where the text is too little to say more, or for what is said to be relied on; "not made"
    where there is no figure to say it from.
    """

    key: str
    said: Pair
    interval: Pair
    n: Pair
    robustness: Pair
    figure: Picture | None = None
    behind: tuple[Behind, ...] = ()
    state: State = "said"


@dataclass(frozen=True)
class Material:
    """What findings are made of: the plan, its figures, and the English names of terms and units."""

    plan: Plan
    shelf: Shelf
    names: Mapping[str, str]

    def table(self, name: str) -> pd.DataFrame | None:
        """The table behind a figure, None where it was not drawn.

        Raises FigureError where it lacks a column of _READ.
        """
        found = self.shelf.tables.get(name)
        missing = [] if found is None else sorted(_READ.get(name, frozenset()) - set(found.columns))
        if missing:
            raise FigureError(
                f"{name}.csv: no column {missing[0]!r}, which the plan's page reads; run the notebooks as they ship, "
                "or save your own figure under another name."
            )
        return found

    def n(self, name: str) -> Pair:
        """N as the figure's passport has it."""
        picture = self.shelf.picture(name)
        told = (picture.passport["n"] if picture else None) or {}
        return str(told.get("zh") or "—"), str(told.get("en") or "—")

    def said_of(self, name: str) -> Pair | None:
        """The sentence of robustness in a figure's passport."""
        picture = self.shelf.picture(name)
        told = picture.passport["robustness"] if picture else None
        return (str(told["zh"]), str(told["en"])) if told else None

    def english(self, name: str) -> str:
        """A name in English, with the Chinese one; the Chinese one where there is no other."""
        english = self.names.get(name)
        return f"{english} ({name})" if english and english != name else name

    @cached_property
    def verdicts(self) -> dict[str, Pair]:
        """How firm each result is that notebook 06 made again, by its name: in its sentence, else from the table."""
        table = self.table("robustness_of_results")
        rows = [] if table is None else table.to_dict("records")
        return {str(row["result"]): self._sentence_of(str(row["result"])) or _verdict(row) for row in rows}

    def _sentence_of(self, result: str) -> Pair | None:
        return self.said_of(_VERDICT_IN[result]) if result in _VERDICT_IN else None

    def robustness(self, name: str, result: str) -> Pair:
        """The figure's own sentence, then the verdict on the result it shows."""
        found = dict.fromkeys(filter(None, [self.said_of(name), self.verdicts.get(result, NOT_TRIED)]))
        return "".join(_ended(zh, "。") for zh, _ in found), " ".join(_ended(en, ".") for _, en in found)


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """A table's rows by the names of its columns, whose types only the table knows."""
    yield from table.itertuples(index=False)


def _verdict(row: Mapping[Any, Any]) -> Pair:
    zh, en = _WORDS.get(str(row["word"]), (str(row["word"]), str(row["word"])))
    again = "" if pd.isna(row["resampled"]) else f"，对句子重抽样时 {row['resampled']:.2f}"
    again_en = "" if pd.isna(row["resampled"]) else f", {row['resampled']:.2f} when sentences are resampled"
    return (
        f"{zh}：换用其他选择时与主结果的一致程度中位数 {row['typical']:.2f}（95% 在 {row['low']:.2f} 至 "
        f"{row['high']:.2f} 之间）{again}",
        f"{en}: made again under other choices it agrees with the headline at {row['typical']:.2f} (median; 95% "
        f"between {row['low']:.2f} and {row['high']:.2f}){again_en}",
    )


def _ended(text: str, mark: str) -> str:
    """A sentence with its full stop."""
    return text if text.endswith(("。", ".", "！", "!")) else text + mark


def listed(items: Sequence[str], joint: str, most: int = MOST_NAMED) -> str:
    """Names in a sentence: all of them, or the first and how many there are. joint: 、 in Chinese, else English."""
    more = len(items) - most
    named = joint.join(items[:most])
    if more <= 0:
        return named
    return f"{named} 等 {len(items)} 个" if joint == "、" else f"{named} and {more} more"


def too_little(key: str, said: Pair, n: Pair) -> Finding:
    """What cannot be said for want of text."""
    later = ("文字增加之前不作判断", "no judgement before there is more text")
    return Finding(key, said, ("不作估计", "no estimate is made"), n, later, state="little")


def not_made(key: str, said: Pair, n: Pair) -> Finding:
    """What no figure was made of: that says nothing of the text."""
    none = ("未作", "not made")
    return Finding(key, said, none, n, none, state="not made")

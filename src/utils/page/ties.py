"""Counties by industries for the page: sentences, location quotients and pages, and which sentences stand behind each.

Three readings of "a county's sentences": those of its own section, those anywhere that name it, and both together.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from src.utils.measures.specialisation import Attention, attention, location_quotients
from src.utils.page.texts import sentence_data
from src.utils.plans.coverage import unit_pages
from src.utils.plans.pipeline import Plan

BASES: Final[Mapping[str, tuple[str, ...]]] = {
    "heading": ("heading",),
    "mention": ("mention",),
    "either": ("heading", "mention"),
}
_DECIMALS: Final = 4


def tie_data(plan: Plan, pages_from: Plan, tokens: pd.DataFrame) -> dict[str, Any] | None:
    """The table's data; None where the settings name no county or no industry.

    units: by scheme [Chinese, English, short Chinese, pages, first page], the last two None where the contents list of
    pages_from does not say. bases: for each of BASES the counts n, shape (n_counties, n_industries), quotients of the
    same shape as [value, low, high] (None where there is no text), the reason where none can be given, and for each
    pair with sentences their places in `sentences`. sentences: as texts.sentence_data gives them.
    """
    if plan.settings is None or not plan.settings.county or not plan.settings.industry:
        return None
    counties = [county.name for county in plan.settings.county]
    industries = [industry.name for industry in plan.settings.industry]
    found = {
        base: attention(tokens, plan.units, counties, industries, county_evidence=evidence)
        for base, evidence in BASES.items()
    }
    used = pd.Index(sorted({sentence for one in found.values() for sentence in _behind(one)["sentence"]}))
    place = {int(sentence): at for at, sentence in enumerate(used)}
    return {
        "units": {scheme: _units(plan, pages_from, scheme) for scheme in ("county", "industry")},
        "bases": {base: _base(one, place) for base, one in found.items()},
        "sentences": sentence_data(plan, used),
    }


def _units(plan: Plan, pages_from: Plan, scheme: str) -> list[list[Any]]:
    assert plan.settings is not None
    english = plan.settings.english_names()
    listed: dict[str, tuple[Any, Any]] = {}
    if pages_from.settings is not None:
        given = unit_pages(pages_from.contents, pages_from.settings).query("first and scheme == @scheme")
        listed = {
            unit: (_whole(pages), _whole(page))
            for unit, pages, page in given[["unit", "pages", "page"]].itertuples(index=False, name=None)
        }
    units = plan.settings.county if scheme == "county" else plan.settings.industry
    return [
        [unit.name, english.get(unit.name, unit.name), _short(unit), *listed.get(unit.name, (None, None))]
        for unit in units
    ]


def _short(unit: Any) -> str:
    return unit.short if isinstance(unit.short, str) and unit.short else str(unit.name)


def _whole(number: Any) -> int | None:
    return None if pd.isna(number) else int(number)


def _behind(found: Attention) -> pd.DataFrame:
    """A row for each pair and sentence: columns county and industry (their places), sentence."""
    cells = found.texts.counts.tocoo()
    sentences = found.texts.sentences["sentence"].to_numpy()
    table = pd.DataFrame({"county": found.texts.unit_of[cells.row], "industry": cells.col})
    return table.assign(sentence=sentences[cells.row]).sort_values(["county", "industry", "sentence"])


def _base(found: Attention, place: Mapping[int, int]) -> dict[str, Any]:
    behind: dict[str, list[int]] = {}
    for county, industry, sentence in _behind(found).itertuples(index=False, name=None):
        behind.setdefault(f"{county},{industry}", []).append(place[int(sentence)])
    counts = found.matrix()
    told = {"n": counts.tolist(), "behind": behind, "n_sentences": len(found.texts.sentences.drop_duplicates())}
    try:
        quotients = location_quotients(found)[["value", "low", "high"]].to_numpy(dtype=np.float64)
    except ValueError:  # fewer than two counties have a sentence that speaks of an industry
        return {**told, "quotients": None}
    return {**told, "quotients": [_quotient(row) for row in quotients.tolist()]}


def _quotient(row: list[float]) -> list[float] | None:
    return None if any(np.isnan(row)) else [round(number, _DECIMALS) for number in row]

"""Counties by industries as the page shows them: a grid that page.js fills in, or, without text, the pages alone."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from src.utils.figures.passport import Pair
from src.utils.page.markup import both, joined
from src.utils.page.parts import choices, notice, section
from src.utils.plans.pipeline import Plan

_VIEWS: Final[tuple[tuple[str, Pair], ...]] = (
    ("sentences", ("句数", "Sentences")),
    ("quotients", ("文本区位商", "Location quotient")),
)
_BASES: Final[tuple[tuple[str, Pair], ...]] = (
    ("heading", ("该县自己的章节", "The county's own section")),
    ("mention", ("任何提到该县的句子", "Any sentence that names it")),
    ("either", ("两者合计", "Either")),
)
_NO_UNITS: Final[Pair] = (
    "没有设置列出县（市、区）和产业，因此没有这张表。",
    "No settings name counties and industries, so there is no such table.",
)
_NOTE: Final[Pair] = (
    "选中一格，看它背后的句子。点列名按列排序，点行名按行排序；方向键在格间移动，回车打开。",
    "Choose a cell to read the sentences behind it. A column's name sorts the rows, a row's name the columns; arrow "
    "keys move between cells, Enter opens one.",
)
_LEGEND: Final[Pair] = (
    "区位商：该县谈某产业的句子占比，与各县合计的占比之比；1 为相同。下行为 95% 区间：▲ 全在 1 以上，▼ 全在 1 以下，"
    "其余与 1 无法区分。页数：规划目录页码之差，上下各有一页误差。",
    "Location quotient: the share of the county's sentences that is on the industry over that share of all counties "
    "together; 1 is the same. Below it the 95% interval: ▲ wholly above 1, ▼ wholly below; the others cannot be told "
    "from 1. Pages: difference of page numbers in the plan's contents list, within one page either way.",
)
_PAGES_ALONE: Final[Pair] = (
    "正文里没有一句同时谈到某县和某产业，这里只有目录给各县和各产业的页数（页码之差，上下各有一页误差）。",
    "No sentence of the text speaks of a county and an industry at once: there are only the pages that the contents "
    "list gives each (difference of page numbers, within one page either way).",
)
_NEITHER: Final[Pair] = (
    "正文里没有一句同时谈到某县和某产业，目录也没有给出它们的页数。",
    "No sentence of the text speaks of a county and an industry at once, and no contents list gives them pages.",
)
_NAMES: Final[Mapping[str, Pair]] = {"county": ("县（市、区）", "County"), "industry": ("产业", "Industry")}


def has_pairs(ties: Mapping[str, Any] | None) -> bool:
    """Whether any sentence speaks of a county and an industry."""
    return ties is not None and any(base["behind"] for base in ties["bases"].values())


def ties_part(plan: Plan, ties: Mapping[str, Any] | None) -> str:
    """The part of the page on counties and industries, as much of it as the text allows."""
    if ties is None:
        return section("ties", "", _NO_UNITS)
    if not has_pairs(ties):
        tables = [_pages(ties["units"][scheme], _NAMES[scheme]) for scheme in _NAMES]
        inside = joined([_what_is_missing(plan), f'<div class="beside">{joined(tables)}</div>'])
        return section("ties", inside, _PAGES_ALONE if any(tables) else _NEITHER)
    switches = [
        choices("view", ("显示", "Show"), _VIEWS, "sentences"),
        choices("base", ("县的句子指", "A county's sentences are"), _BASES, _first_base(ties)),
    ]
    return section(
        "ties",
        f"""{_what_is_missing(plan)}
<div class="switches">{joined(switches)}</div>
<p id="ties-said" class="quiet" role="status"></p>
<div class="wide"><table id="ties-table" role="grid" aria-labelledby="ties-heading"></table></div>
<p class="quiet small">{both(_LEGEND)}</p>
<div id="behind" class="behind" tabindex="-1" hidden></div>""",
        _NOTE,
    )


def _first_base(ties: Mapping[str, Any]) -> str:
    """The counties' own sections where they have text, else the sentences that name them."""
    return "heading" if ties["bases"]["heading"]["n_sentences"] else "mention"


def _what_is_missing(plan: Plan) -> str:
    assert plan.settings is not None
    named = len(plan.settings.county)
    counties = plan.units[plan.units["scheme"] == "county"]
    held = counties.loc[counties["evidence"] == "heading", "unit"].nunique()
    elsewhere = counties["sentence"].nunique()
    if held == named:
        return ""
    return notice(
        (
            f"{named} 个县（市、区）中，{held} 个有自己的正文章节；现有文字里提到它们的句子共 {elsewhere} 句。",
            f"Of {named} counties {held} have a section of text of their own; in the text there is, {elsewhere} "
            "sentences speak of them.",
        )
    )


def _pages(units: Sequence[Sequence[Any]], name: Pair) -> str:
    known = [unit for unit in units if unit[4] is not None]
    if not known:
        return ""
    rows = joined(
        f'<tr><th scope="row">{both((zh, en))}</th><td class="number">{page}</td>'
        f'<td class="number">{"—" if pages is None else escape(str(pages))}</td></tr>'
        for zh, en, _, pages, page in known
    )
    heads = [(name, ""), (("起始页", "First page"), "number"), (("页数", "Pages"), "number")]
    head = "".join(f'<th scope="col"{f" class={style}" if style else ""}>{both(pair)}</th>' for pair, style in heads)
    return f'<div class="wide"><table class="listing"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'

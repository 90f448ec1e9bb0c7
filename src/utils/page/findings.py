"""What the figures of a plan say, in sentences of Chinese and English made from the tables behind them.

No number is written here: each is read from a table, a passport or the plan as it was read. What cannot be said for
want of text is a finding too, and says how much text there is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from src.utils.figures.marking import BEYOND
from src.utils.figures.passport import Pair
from src.utils.page.material import (
    MOST_NAMED,
    NOT_TRIED,
    Behind,
    Finding,
    Material,
    listed,
    not_made,
    rows_of,
    too_little,
)

SURE: Final = 0.05
"""Marks are told where q is at most this, as in the notebooks."""

ALPHA: Final = 0.05
"""What the intervals of the tables leave out: they are at 95 %."""

UNSHAKEN: Final = 0.8
"""Below this share of resamples no branch of a tree is called a group; verdicts.FIRM asks the same of agreement."""

_RESULTS: Final[Mapping[str, Pair]] = {
    "plan_terms": ("全文高频词", "the plan's leading terms"),
    "county_terms": ("各县特征词", "the counties' leading terms"),
    "industry_terms": ("各产业特征词", "the industries' leading terms"),
    "county_similarities": ("县域相似度", "the counties' similarities"),
    "industry_similarities": ("产业相似度", "the industries' similarities"),
    "county_clusters": ("县域聚类", "the counties' clusters"),
    "industry_clusters": ("产业聚类", "the industries' clusters"),
}
_UNITS: Final[Mapping[str, Pair]] = {"county": ("县（市、区）", "counties"), "industry": ("产业", "industries")}
_MARKED: Final[Mapping[str, Pair]] = {"county": ("县域", "county"), "industry": ("产业", "industry")}
_COUNTED_ONE_BY_ONE: Final[Pair] = ("无：逐一清点", "none: counted one by one")
_NO_CHOICE: Final[Pair] = ("不取决于分词、词表等选择", "rests on no choice of words or weights")


def findings(material: Material) -> list[Finding]:
    """All that can be said of a plan, in the order of the notebooks."""
    return [finding for make in _MAKERS for finding in make(material)]


# --- what there is ---


def _what_there_is(material: Material) -> Iterator[Finding]:
    plan, summary = material.plan, material.plan.summary()
    n_sentences, n_chars = len(plan.sentences), int(plan.sentences["text"].str.len().sum())
    n = (f"{n_sentences:,} 句、{n_chars:,} 字", f"{n_sentences:,} sentences, {n_chars:,} characters")
    if not summary.n_entries:
        said = (
            f"文件没有目录可对照；可计数的正文有 {n_sentences:,} 句。",
            f"The document has no contents list to hold its text against; {n_sentences:,} sentences can be counted.",
        )
        yield Finding("text", said, _COUNTED_ONE_BY_ONE, n, _NO_CHOICE)
        return
    share: Pair = ("", "")
    if summary.n_pages and summary.n_pages_with_text is not None:
        at_most, of = summary.n_pages_with_text, summary.n_pages
        share = (
            f"，按页码至多占 {of} 页中的 {at_most} 页（{at_most / of:.0%}）",
            f"; by page numbers that is at most {at_most} of {of} pages ({at_most / of:.0%})",
        )
    missing = summary.n_missing > 0
    said = (
        f"目录列出 {summary.n_entries} 个标题：{summary.n_complete} 个有完整正文，{summary.n_partial} 个有部分正文，"
        f"{summary.n_missing} 个没有正文{share[0]}。",
        f"The contents list has {summary.n_entries} headings: {summary.n_complete} have their whole text, "
        f"{summary.n_partial} part of it, {summary.n_missing} none{share[1]}.",
    )
    interval = ("“至多”：文字中断的一节按整节计", "“at most”: a section that breaks off counts whole")
    figure = material.shelf.picture("outline_chapters") or material.shelf.picture("outline")
    yield Finding("text", said, interval if missing else _COUNTED_ONE_BY_ONE, n, _NO_CHOICE, figure)


_PAGES: Final[Sequence[tuple[str, Sequence[str], Pair]]] = (
    ("chapter", ("pages_chapters",), ("各章", "the chapters")),
    ("county", ("pages_counties",), ("各县（市、区）", "the counties")),
    ("industry", ("pages_industries", "industry_pages"), ("各产业", "the industries")),
)


def _pages(material: Material) -> Iterator[Finding]:
    for kind, figures, (zh, en) in _PAGES:
        name = next((name for name in figures if material.table(name) is not None), None)
        table = material.table(name) if name else None
        known = table.dropna(subset=["pages"]) if table is not None else pd.DataFrame()
        if name is None or len(known) < 2:
            continue
        known = known.sort_values(["pages", "page"], ascending=[False, True], ignore_index=True)
        first = known.iloc[0]
        leading = known[known["pages"] == first["pages"]]["title"].astype(str).tolist()
        rivals = int((known["high"] >= first["low"]).sum()) - len(leading)
        least, most = int(known["pages"].min()), int(first["pages"])
        named = [material.names.get(title) or title for title in leading]
        digest = material.plan.settings is not None and material.plan.settings.plan.digest_of
        whose = ("所摘编的规划，其目录", "of the plan it digests ") if digest else ("目录", "")
        said = (
            f"{whose[0]}给{zh} {least} 至 {most} 页，最多的是{listed(leading, '、')}（{most} 页）。",
            f"The contents list {whose[1]}gives {en} {least} to {most} pages each; the most, {most}, to "
            f"{listed(named, ', ')}.",
        )
        interval = (
            f"{leading[0]} {first['low']:g} 至 {first['high']:g} 页：页码为整数，真值在上下一页之内",
            f"{named[0]} {first['low']:g} to {first['high']:g} pages: page numbers are whole, the truth lies within "
            "one page on either side",
        )
        overlap = (
            (f"另有 {rivals} 个的区间与之重叠", f"the intervals of {rivals} others overlap with it")
            if rivals
            else ("没有其他区间与之重叠", "no other interval overlaps with it")
        )
        robustness = (f"{_NO_CHOICE[0]}；{overlap[0]}", f"{_NO_CHOICE[1]}; {overlap[1]}")
        yield Finding(f"pages-{kind}", said, interval, material.n(name), robustness, material.shelf.picture(name))


# --- words ---


def _words(material: Material) -> Iterator[Finding]:
    counts, ranks = material.table("top_terms"), material.table("rank_distribution")
    if counts is not None and len(counts) > 1:
        first, rest = counts.iloc[0], counts.iloc[1:]
        term, overlap = str(first["term"]), int((rest["high"] >= first["low"]).sum())
        said = (
            f"出现最多的实词是“{term}”，{first['n']:g} 次；其后 {len(rest)} 个词中有 {overlap} 个的区间与它重叠，"
            "名次不可细读。",
            f"The most frequent content word is {material.english(term)}, {first['n']:g} times; of the {len(rest)} "
            f"after it {overlap} have intervals that overlap with its own: the order is not to be read closely.",
        )
        interval = (
            f"{first['low']:.1f} 至 {first['high']:.1f} 次（95%，按句重抽样）",
            f"{first['low']:.1f} to {first['high']:.1f} times (95%, over resampled sentences)",
        )
        told = material.n("top_terms"), material.robustness("top_terms", "plan_terms")
        behind = tuple(_word_behind(material, one) for one in counts["term"].head(MOST_NAMED).astype(str))
        yield Finding("words", said, interval, *told, material.shelf.picture("top_terms"), behind)
    elif ranks is not None and len(ranks):
        first = ranks.iloc[0]
        term = str(first["term"])
        top = len(ranks)
        said = (
            f"出现最多的实词是“{term}”；换用其他选择并重抽样时，它在 {first['in_top']:.0%} 的结果中列前 {top} 位。",
            f"The most frequent content word is {material.english(term)}; under other choices and resamples it is "
            f"among the first {top} in {first['in_top']:.0%} of the results.",
        )
        interval = (
            f"名次 {first['low']:g} 至 {first['high']:g}（95%）",
            f"ranks {first['low']:g} to {first['high']:g} (95%)",
        )
        told = material.n("rank_distribution"), material.robustness("rank_distribution", "plan_terms")
        behind = tuple(_word_behind(material, one) for one in ranks["term"].head(MOST_NAMED).astype(str))
        yield Finding("words", said, interval, *told, material.shelf.picture("rank_distribution"), behind)
    else:
        n = len(material.plan.sentences)
        said = ("没有本文的词频图，不作排序。", "There is no figure of this text's words: none is ranked.")
        yield not_made("words", said, (f"{n:,} 句", f"{n:,} sentences"))


def _word_behind(material: Material, word: str) -> Behind:
    return Behind((word, material.names.get(word, word)), search=word)


# --- counties and industries ---


def _with_text(material: Material, scheme: str) -> tuple[int, int, int]:
    """Units named in the settings, those with a section of their own, and the sentences of these sections."""
    settings, units = material.plan.settings, material.plan.units
    named = len(settings.unit_names()[scheme]) if settings else 0
    held = units[(units["scheme"] == scheme) & (units["evidence"] == "heading")]
    return named, int(held["unit"].nunique()), int(held["sentence"].nunique())


def _missing_text(material: Material, scheme: str) -> Finding:
    zh, en = _UNITS[scheme]
    named, have, n = _with_text(material, scheme)
    key, size = f"marks-{scheme}", (f"{n:,} 句", f"{n:,} sentences")
    if not named:
        none = (f"设置中没有列出{zh}，无从比较。", f"The settings name no {en}: there is nothing to compare.")
        return not_made(key, none, size)
    held = (
        f"{named} 个{zh}中，{have} 个有自己的正文章节",
        f"of {named} {en}, {have} have a section of text of their own",
    )
    if have > 1:
        return not_made(key, (f"没有比较各{zh}的图；{held[0]}。", f"No figure compares the {en}; {held[1]}."), size)
    said = (f"文字不足以比较各{zh}：{held[0]}。", f"Too little text to say how the {en} differ: {held[1]}.")
    return too_little(key, said, size)


def _marks(material: Material, scheme: str) -> Iterator[Finding]:
    table = material.table(f"{scheme}_marks")
    if table is None:
        yield _missing_text(material, scheme)
        return
    parted = [_term_and_unit(str(label), _called(material, scheme)) for label in table["term"]]
    table = table.assign(word=[term for term, _ in parted], unit=[unit for _, unit in parted])
    sure = table[table["q"] <= SURE].sort_values(["q", "word"], ignore_index=True)
    name = material.names.get
    zh = [f"{row.unit}“{row.word}”（{row.n:g} 次，{row.ratio:.1f} 倍）" for row in rows_of(sure)]
    en = [
        f"{name(row.unit, row.unit)}: {material.english(row.word)} ({row.n:g} times, {row.ratio:.1f}-fold)"
        for row in rows_of(sure)
    ]
    kind, kind_en = _MARKED[scheme]
    said = (
        f"图中 {len(table)} 个{kind}标志词里，检验后仍成立的有 {len(sure)} 个（q ≤ {SURE:g}）"
        + (f"：{listed(zh, '；', len(zh))}。" if zh else "。"),
        f"Of the {len(table)} {kind_en} marks drawn, {len(sure)} survive the test (q ≤ {SURE:g})"
        + (f": {'; '.join(en)}." if en else "."),
    )
    lows = [f"{row.word} {_from_to(row.low, row.high)[0]}" for row in rows_of(sure)]
    lows_en = [f"{name(row.word, row.word)} {_from_to(row.low, row.high)[1]}" for row in rows_of(sure)]
    unsure = int((sure["low"] <= 0).sum())
    verb = "includes" if unsure == 1 else "include"
    still = (f"；其中 {unsure} 个的区间含 1", f"; {unsure} of them {verb} 1") if unsure else ("", "")
    interval = (
        f"频率之比（95%，按所列词数放宽）：{'；'.join(lows)}{still[0]}",
        f"ratio of rates (95%, widened for the number of terms shown): {'; '.join(lows_en)}{still[1]}",
    )
    told = material.n(f"{scheme}_marks"), material.robustness(f"{scheme}_marks", f"{scheme}_terms")
    behind = tuple(
        Behind((f"{row.unit} {row.word}", f"{name(row.unit, row.unit)}: {one}"), row.word, row.unit)
        for row in rows_of(sure)
        for one in [name(row.word, row.word)]
    )
    picture = material.shelf.picture(f"{scheme}_marks")
    none = ("无：没有词通过检验", "none: no term survives")
    yield Finding(f"marks-{scheme}", said, interval if len(sure) else none, *told, picture, behind)


def _county_marks(material: Material) -> Iterator[Finding]:
    yield from _marks(material, "county")


def _industry_marks(material: Material) -> Iterator[Finding]:
    yield from _marks(material, "industry")


def _called(material: Material, scheme: str) -> dict[str, str]:
    """The units by what a chart may call them: their names and shorter ones."""
    settings = material.plan.settings
    if settings is None:
        return {}
    units: Sequence[Any] = settings.county if scheme == "county" else settings.industry
    return {called: unit.name for unit in units for called in (unit.name, unit.short) if isinstance(called, str)}


def _term_and_unit(label: str, called: Mapping[str, str]) -> tuple[str, str]:
    """The chart names its rows 词（县）, since two counties may share a term. called: what it calls them, to names.

    >>> _term_and_unit("光学（电子信息）", {"电子信息": "电子信息（含光学、物联网）"})
    ('光学', '电子信息（含光学、物联网）')
    """
    for short, unit in called.items():
        if label.endswith(f"（{short}）"):
            return label.removesuffix(f"（{short}）"), unit
    return label, ""


def _from_to(low: float, high: float) -> Pair:
    """An interval of binary logarithms of ratios as ratios; an end that is off the chart is said to be.

    >>> _from_to(1.0, 3.0), _from_to(1.0, float("inf"))
    (('2.0–8.0', '2.0–8.0'), ('2.0 至 1,000 以上', '2.0 to over 1,000'))
    """
    if high == float("inf"):
        return f"{2**low:.1f} 至 {BEYOND:,} 以上", f"{2**low:.1f} to over {BEYOND:,}"
    both = f"{2**low:.1f}–{2**high:.1f}"
    return both, both


def _too_short(material: Material) -> Iterator[Finding]:
    for scheme in ("county", "industry"):
        table = material.table(f"{scheme}_terms")
        if table is None or "note" not in table:
            continue
        short = table[table["note"].notna()]
        if short.empty:
            continue
        zh, en = _UNITS[scheme]
        units = short["unit"].astype(str).tolist()
        named = [material.names.get(unit, unit) for unit in units]
        n = table["unit"].nunique()
        said = (
            f"{n} 个{zh}中有 {len(units)} 个文字过少，不作比较：{listed(units, '、')}。",
            f"{len(units)} of {n} {en} have too little text to be compared: {listed(named, ', ')}.",
        )
        yield too_little(f"short-{scheme}", said, material.n(f"{scheme}_terms"))


def _ties(material: Material) -> Iterator[Finding]:
    table = material.table("county_industry_quotients")
    if table is None:
        named = [_with_text(material, scheme) for scheme in ("county", "industry")]
        n = named[0][2]
        if all(count for count, _, _ in named):
            size = (f"{n:,} 句", f"{n:,} sentences")
            held = (f"县域章节共 {n:,} 句", f"{n:,} sentences in counties' sections")
            few = (
                f"文字不足以说明哪个县谈哪个产业较多：{held[0]}。",
                f"Too little text to tie counties to industries: {held[1]}.",
            )
            none = (f"没有县与产业的区位商图；{held[0]}。", f"No figure ties counties to industries; {held[1]}.")
            yield not_made("ties", none, size) if named[0][1] > 1 else too_little("ties", few, size)
        return
    above = table[table["low"] > 1].sort_values(["low", "row"], ascending=[False, True], ignore_index=True)
    below = table[table["high"] < 1]
    n_counties, n_industries = table["row"].nunique(), table["column"].nunique()
    zh = [f"{row.row}·{row.column} {row.value:.1f}" for row in rows_of(above)]
    name = material.names.get
    en = [f"{name(row.row, row.row)} and {name(row.column, row.column)} {row.value:.1f}" for row in rows_of(above)]
    said = (
        f"{n_counties} 个县 × {n_industries} 个产业共 {len(table)} 对，文本区位商的区间全在 1 以上的有 {len(above)} 对"
        f"{'：' + '、'.join(zh) if zh else ''}；全在 1 以下的有 {len(below)} 对。",
        f"Of {len(table)} pairs of {n_counties} counties and {n_industries} industries, {len(above)} have a location "
        f"quotient whose interval lies above 1{': ' + '; '.join(en) if en else ''}; {len(below)} have one below 1.",
    )
    ends = [f"{row.row}·{row.column} {row.low:.1f}–{row.high:.1f}" for row in rows_of(above)]
    ends_en = [
        f"{name(row.row, row.row)}, {name(row.column, row.column)} {row.low:.1f}–{row.high:.1f}"
        for row in rows_of(above)
    ]
    interval = (f"95%：{'、'.join(ends) or '—'}", f"95%: {'; '.join(ends_en) or '—'}")
    chance = f"{ALPHA * len(table):.0f}"
    own = material.said_of("county_industry_quotients") or ("", "")
    robustness = (
        f"{own[0]}若各区间独立，约 {chance} 对会碰巧不含 1",
        f"{own[1]} Were the intervals independent, about {chance} would leave 1 out by chance",
    )
    behind = tuple(
        Behind(
            (f"{row.row}·{row.column}", f"{name(row.row, row.row)}, {name(row.column, row.column)}"),
            pair=(row.row, row.column),
        )
        for row in rows_of(above)
    )
    picture = material.shelf.picture("county_industry_quotients")
    yield Finding("ties", said, interval, material.n("county_industry_quotients"), robustness, picture, behind)


def _groups(material: Material) -> Iterator[Finding]:
    for scheme in ("county", "industry"):
        name = f"{scheme}_similarity"
        table = material.table(name)
        if table is None:
            continue
        zh, en = _UNITS[scheme]
        cells = table[(table["part"] == "cell") & (table["row"] < table["column"])]
        if cells.empty:
            continue
        nearest = cells.sort_values(["value", "row", "column"], ascending=[False, True, True]).iloc[0]
        branches = table[table["part"] == "row branch"].sort_values("height", kind="stable")
        stable = branches["stability"].iloc[:-1]  # the last branch holds all
        groups = bool(len(stable)) and float(stable.max()) >= UNSHAKEN
        pair = (str(nearest["row"]), str(nearest["column"]))
        pair_en = [material.names.get(unit, unit) for unit in pair]
        read = (
            ("可据以分组的分支见图", "the branches to be read as groups are in the figure")
            if groups
            else ("不宜据此分组", "no groups should be read off")
        )
        by_chance, ends_of_pair = _of_pair(nearest)
        said = (
            f"用词最相近的两个{zh}是{pair[0]}与{pair[1]}（余弦 {nearest['value']:.2f}{by_chance[0]}）；{read[0]}。",
            f"Of the {en}, {pair_en[0]} and {pair_en[1]} are the most alike in words (cosine {nearest['value']:.2f}"
            f"{by_chance[1]}); {read[1]}.",
        )
        ends = (f"{stable.min():.0%}", f"{stable.max():.0%}") if len(stable) else ("—", "—")
        interval = (
            f"{ends_of_pair[0]}聚类树的分支在 {ends[0]} 至 {ends[1]} 的重抽样中重现",
            f"{ends_of_pair[1]}branches of the tree come back in {ends[0]} to {ends[1]} of the resamples",
        )
        robustness = material.robustness("", f"{scheme}_similarities")
        yield Finding(
            f"groups-{scheme}",
            said,
            interval,
            material.n(name),
            robustness,
            material.shelf.picture(name),
            state="said" if groups else "little",
        )


def _of_pair(nearest: "pd.Series[Any]") -> tuple[Pair, Pair]:
    """What chance alone gives for a pair, and its interval; nothing where the table has neither."""
    low, high, shuffled = (nearest.get(column) for column in ("low", "high", "shuffled"))
    if pd.isna(low) or pd.isna(high) or pd.isna(shuffled):
        return ("", ""), ("", "")
    return (
        (f"，句子随机分配时为 {shuffled:.2f}", f", {shuffled:.2f} where sentences are dealt out at random"),
        (
            f"余弦 {low:.2f} 至 {high:.2f}（95%，按句重抽样）；",
            f"cosine {low:.2f} to {high:.2f} (95%, over resampled sentences); ",
        ),
    )


# --- topics, and how firm all of it is ---


def _topics(material: Material) -> Iterator[Finding]:
    table = material.table("topic_recovery")
    here = table[table["times"] == 1] if table is not None else pd.DataFrame()
    if table is None or here.empty:
        n = len(material.plan.sentences)
        said = ("本文未作主题分析。", "No topics were looked for in this text.")
        yield not_made("topics", said, (f"{n:,} 句", f"{n:,} sentences"))
        return
    row = here.iloc[0]
    enough = str(row["enough"]) == "True"
    needed = table[table["enough"].astype(str) == "True"]["times"]
    more = (
        (f"，约需 {needed.min():g} 倍文字", f"; about {needed.min():g} times as much is needed")
        if len(needed)
        else ("", "")
    )
    said = (
        f"在同样篇幅的模拟文本中，预先植入的主题能找回 {row['recovery']:.0%} 的主要词"
        + ("，主题可读。" if enough else f"，未达要求{more[0]}：不宜据此谈主题。"),
        f"In simulated texts of this size {row['recovery']:.0%} of planted topics' leading words are found"
        + (
            ": topics can be read." if enough else f", less than is asked{more[1]}: too little text to speak of topics."
        ),
    )
    interval = (
        f"{row['low']:.0%} 至 {row['high']:.0%}（各次模拟的 95%）",
        f"{row['low']:.0%} to {row['high']:.0%} (95% of runs)",
    )
    stability = material.table("topic_stability")
    best = stability["stability"].max() if stability is not None and len(stability) else float("nan")
    robustness = (
        NOT_TRIED
        if pd.isna(best)
        else (
            f"各主题数中，主题在重抽样中重现的比例最高为 {best:.0%}",
            f"over the numbers of topics tried, at most {best:.0%} of the topics' leading words come back when "
            "sentences are resampled",
        )
    )
    picture = material.shelf.picture("topic_recovery")
    yield Finding(
        "topics",
        said,
        interval,
        material.n("topic_recovery"),
        robustness,
        picture,
        state="said" if enough else "little",
    )


def _firmness(material: Material) -> Iterator[Finding]:
    table = material.table("robustness_of_results")
    if table is None or table.empty:
        return
    firm = table[table["word"] != "depends"]["result"].astype(str).tolist()
    rest = table[table["word"] == "depends"]["result"].astype(str).tolist()
    zh, en = ([[_RESULTS.get(name, (name, name))[at] for name in names] for names in (firm, rest)] for at in (0, 1))
    said = (
        f"重做过的 {len(table)} 项结果中，稳固或较为稳固的有 {len(firm)} 项（{'、'.join(zh[0]) or '无'}）；"
        f"其余 {len(rest)} 项随选择或文本而变（{'、'.join(zh[1]) or '无'}）。",
        f"Of {len(table)} results made again, {len(firm)} are firm or fairly firm ({', '.join(en[0]) or 'none'}); the "
        f"other {len(rest)} move with the choices or with the sentences there are ({', '.join(en[1]) or 'none'}).",
    )
    low, high = table["typical"].min(), table["typical"].max()
    interval = (
        f"一致程度的中位数从 {low:.2f} 到 {high:.2f}，各项尺度不同",
        f"median agreement from {low:.2f} to {high:.2f}; the results do not share a scale",
    )
    robustness = ("这一条即稳健性本身", "this finding is the robustness itself")
    picture = material.shelf.picture("robustness_of_results")
    yield Finding("firmness", said, interval, material.n("robustness_of_results"), robustness, picture)


_MAKERS: Final[Sequence[Callable[[Material], Iterator[Finding]]]] = (
    _what_there_is,
    _pages,
    _words,
    _county_marks,
    _industry_marks,
    _too_short,
    _ties,
    _groups,
    _topics,
    _firmness,
)

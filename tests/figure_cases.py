"""Every chart on realistic data, at a size and in a language: the tests draw them all and measure what was drawn."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont

from src.utils import paths
from src.utils.figures.bars import page_bars, ranked_terms
from src.utils.figures.checks import require_readable
from src.utils.figures.cloud import word_cloud
from src.utils.figures.dispersion import dispersion
from src.utils.figures.language import Language, text
from src.utils.figures.matrix import unit_matrix
from src.utils.figures.outline import outline_coverage
from src.utils.figures.panels import term_panels
from src.utils.figures.save import footer, footer_text
from src.utils.figures.style import PACKAGED, SIZES, SizeName, new_axes, new_figure, rows_height

SOURCE = (paths.PLANS / "shangrao" / "source.txt").read_text(encoding="utf-8")
ENTRY = re.compile(r"(第.章|第.节|（[一二三四五六七八九十]+）)\s*(.+?)(\d+)")
COUNTIES = {
    "信州区": "Xinzhou District",
    "广丰区": "Guangfeng District",
    "广信区": "Guangxin District",
    "玉山县": "Yushan County",
    "横峰县": "Hengfeng County",
    "弋阳县": "Yiyang County",
    "铅山县": "Yanshan County",
    "德兴市": "Dexing City",
    "婺源县": "Wuyuan County",
    "万年县": "Wannian County",
    "余干县": "Yugan County",
    "鄱阳县": "Poyang County",
}
INDUSTRIES = {
    "有色金属": "Non-ferrous metals",
    "光伏新能源": "Photovoltaics and new energy",
    "电子信息（含光学、物联网）": "Electronic information (including optics and the Internet of Things)",
    "非金属材料": "Non-metallic materials",
    "汽车": "Motor vehicles",
    "机械制造": "Machinery",
    "生物医药": "Biomedicine",
    "纺织服装": "Textiles and apparel",
    "绿色食品": "Green food",
}
SHORT = {"电子信息（含光学、物联网）": "电子信息"}
SHORT_EN = INDUSTRIES | {"电子信息（含光学、物联网）": "Electronics", "光伏新能源": "Photovoltaics"}
TERMS = {
    "企业": "enterprises",
    "产业": "industry",
    "工业": "industry",
    "项目": "projects",
    "光伏": "photovoltaics",
    "数字经济": "digital economy",
    "高质量发展": "high-quality development",
    "规模以上工业企业": "industrial enterprises above designated size",
    "制造业": "manufacturing",
    "新能源汽车": "new energy vehicles",
    "有色金属": "non-ferrous metals",
    "电子信息": "electronic information",
    "智能制造": "smart manufacturing",
    "开发区": "development zones",
    "创新": "innovation",
    "“5020”项目": "",
    "绿色": "green",
    "产业链": "industrial chain",
    "招商引资": "investment promotion",
    "工业互联网": "industrial internet",
    "长三角": "Yangtze River Delta",
    "税收": "tax revenue",
    "投资": "investment",
    "全省": "the whole province",
    "集群": "clusters",
    "发展": "development",
}


@cache
def contents() -> pd.DataFrame:
    """The contents list of the plan: level, ordinal, title, page, pages."""
    listed = SOURCE[SOURCE.index("目 录") : SOURCE.index("第一章 发展基础\n")]
    found = [ENTRY.fullmatch(line) for line in listed.splitlines()[1:] if line.strip()]
    rows = pd.DataFrame([match.groups() for match in found if match], columns=["ordinal", "title", "page"])
    levels = rows["ordinal"].map(lambda ordinal: 1 if ordinal[-1] == "章" else 2 if ordinal[-1] == "节" else 3)
    table = rows.assign(level=levels, page=rows["page"].astype(int))
    ends = [
        next((table["page"][later] for later in range(row + 1, len(table)) if levels[later] <= levels[row]), np.nan)
        for row in range(len(table))
    ]
    return table.assign(pages=pd.Series(ends, dtype=float) - table["page"])


def coverage() -> pd.DataFrame:
    """The contents list with a status each: of the body, only part of the first section is there."""
    table = contents().assign(status="missing")
    table.loc[[0, 1], "status"] = "partial"
    return table


@cache
def tokens() -> pd.DataFrame:
    """The plan's text cut at the terms and else into characters: term, start."""
    body = SOURCE[SOURCE.index("前 言") :]
    cut = re.compile("|".join(sorted(TERMS, key=len, reverse=True)) + r"|\S")
    return pd.DataFrame([(match.group(), match.start()) for match in cut.finditer(body)], columns=["term", "start"])


@cache
def counts() -> pd.DataFrame:
    """How often each term stands in the text: term, n, per_10k, low, high."""
    n = tokens()["term"].value_counts()
    kept = n[n.index.isin(TERMS)].rename_axis("term").reset_index(name="n")
    per_10k = kept["n"] / len(tokens()) * 1e4
    half = 1.96 * np.sqrt(kept["n"]) / len(tokens()) * 1e4
    return kept.assign(per_10k=per_10k, low=(per_10k - half).clip(lower=0), high=per_10k + half)


def scores(units: Mapping[str, str]) -> pd.DataFrame:
    """Made-up TF-IDF values for every unit and term, without chance: unit, term, value."""
    rows = [
        (unit, term, round(0.04 + ((7 * i + 5 * j) % 23) / 60, 4))
        for i, unit in enumerate(units)
        for j, term in enumerate(TERMS)
    ]
    return pd.DataFrame(rows, columns=["unit", "term", "value"])


def county_by_industry() -> pd.DataFrame:
    """Made-up counts of sentences, a third of them none."""
    cells = [[max(0, (5 * i + 3 * j) % 14 - 3) for j in range(len(INDUSTRIES))] for i in range(len(COUNTIES))]
    return pd.DataFrame(cells, index=pd.Index(COUNTIES), columns=pd.Index(INDUSTRIES))


def note(language: Language) -> str:
    """A footer of the longest kind: the digest's."""
    return footer_text(
        corpus_zh="本项目据公开资料编写的摘要，非规划原文（上饶市“十四五”制造业高质量发展规划）",
        corpus_en="a digest written for this project from public facts, not the plan's words (Shangrao, 2021–2025)",
        n=12345,
        measure_zh="每万词频次",
        measure_en="occurrences per 10,000 words",
        language=language,
    )


Drawn = tuple[Figure, pd.DataFrame]


def _counties_pages(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(12))
    listed = contents()
    return figure, page_bars(ax, listed[listed["title"].isin(COUNTIES)], names=COUNTIES, language=language)


def _industries_pages(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(9))
    listed = contents()[contents()["level"] == 3]
    table = listed[listed["title"].isin(INDUSTRIES)]
    return figure, page_bars(ax, table, order="size", names=SHORT_EN, language=language)


def _chapters_pages(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(7))
    return figure, page_bars(ax, contents()[contents()["level"] == 1], language=language)


def _outline(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(59, 3.6, 16))
    return figure, outline_coverage(ax, coverage(), names=COUNTIES | INDUSTRIES, language=language)


def _outline_chapters(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(7, 7, 16))
    return figure, outline_coverage(ax, coverage(), detail="chapters", language=language)


def _ranked(size: SizeName, language: Language) -> Drawn:
    top_n = 15 if size == "slide" else 20
    figure, ax = new_axes(size, rows_height(top_n))
    table = counts().drop(columns=["low", "high"])
    return figure, ranked_terms(ax, table, top_n=top_n, names=TERMS, language=language)


def _ranked_intervals(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(15))
    return figure, ranked_terms(ax, counts(), top_n=15, value="per_10k", names=TERMS, language=language)


def _dispersion(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(10))
    starts = [0, 700, 760, 800, 1900]
    labels = ["前言", "目录", "第一章 发展基础", "第一节 发展成效", "（二）重大项目建设"]
    boundaries = pd.DataFrame({"start": starts, "label": labels})
    terms = list(counts().nlargest(10, "n", keep="all")["term"])[:10]
    return figure, dispersion(ax, tokens(), terms=terms, boundaries=boundaries, names=TERMS, language=language)


def _dispersion_many(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(8))
    units = COUNTIES | SHORT_EN
    labels = [
        text(zh=SHORT.get(zh, zh), en=en, language="zh" if language == "both" else language) for zh, en in units.items()
    ]
    starts = np.linspace(0, tokens()["start"].max() * 0.97, len(units)).astype(int)
    boundaries = pd.DataFrame({"start": starts, "label": labels})
    terms = list(counts()["term"])[:8]
    drawn = dispersion(
        ax, tokens(), terms=terms, boundaries=boundaries, unit="characters", names=TERMS, language=language
    )
    return figure, drawn


def _cloud(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, {"one": 51, "two": 104}.get(size, 75))
    return figure, word_cloud(ax, counts(), names=TERMS, language=language)


def _panels(units: Mapping[str, str]) -> "Callable[[SizeName, Language], Drawn]":
    def draw(size: SizeName, language: Language) -> Drawn:
        n_columns = {"two": 3, "screen": 3, "slide": 4}.get(size, 2)
        figure = new_figure(size)
        drawn = term_panels(
            figure,
            scores(units),
            units=list(units),
            value_label=text(zh="TF-IDF 值", en="TF-IDF score", language=language),
            n_columns=n_columns,
            top_n=2 if size == "slide" else 5,
            too_little={list(units)[4]: 38},
            names=TERMS,
            unit_names=units,
            language=language,
        )
        return figure, drawn

    return draw


def _matrix(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(12, 4.4 if size == "slide" else 5, 28))
    drawn = unit_matrix(
        ax,
        county_by_industry(),
        value_label=text(zh="提及该产业的句子（句）", en="Sentences naming the industry", language=language, sep="\n"),
        row_names=COUNTIES,
        column_names=SHORT_EN,
        short=SHORT,
        language=language,
    )
    return figure, drawn


LANGUAGES: tuple[Language, ...] = ("zh", "en", "both")

# Each chart with the sizes it is for.
CHARTS: dict[str, tuple[Callable[[SizeName, Language], Drawn], tuple[SizeName, ...]]] = {
    "county_pages": (_counties_pages, ("one", "two", "slide")),
    "industry_pages": (_industries_pages, ("one", "two", "slide")),
    "chapter_pages": (_chapters_pages, ("one", "two", "slide")),
    "outline": (_outline, ("screen", "two", "one_half")),  # its 59 rows are for no slide; the chapters are
    "outline_chapters": (_outline_chapters, ("one", "one_half", "slide")),
    "ranked": (_ranked, ("one", "two", "slide")),
    "ranked_intervals": (_ranked_intervals, ("one", "two", "slide")),
    "dispersion": (_dispersion, ("one", "two", "slide")),
    "dispersion_many": (_dispersion_many, ("two", "screen", "slide")),
    "cloud": (_cloud, ("one", "two", "slide")),
    "county_panels": (_panels(COUNTIES), ("two", "one_half", "screen", "slide")),
    "industry_panels": (_panels(SHORT_EN), ("two", "screen", "slide")),
    "matrix": (_matrix, ("one", "two", "slide")),
}


def draw(chart: str, size: SizeName, language: Language) -> Drawn:
    """The chart with its footer, and the table of what it draws."""
    figure, drawn = CHARTS[chart][0](size, language)
    footer(figure, note(language))
    return figure, drawn


def every(charts: Mapping) -> list:
    """Each chart at each of its sizes in each language; the fast tests take each size once and each language once.

    Which language goes with which size shifts from chart to chart, so that all pairs come up.
    """
    cases = []
    for shift, (chart, (_, sizes)) in enumerate(charts.items()):
        n = max(len(sizes), len(LANGUAGES))
        fast = {(sizes[k % len(sizes)], LANGUAGES[(k + shift) % len(LANGUAGES)]) for k in range(n)}
        fast |= {("slide", "zh")} if ("slide", "both") in fast else set()
        for size, language in product(sizes, LANGUAGES):
            if language == "both" and size == "slide":
                continue  # two languages need more room than a slide has
            marks = () if (size, language) in fast else (pytest.mark.slow,)
            cases.append(pytest.param(chart, size, language, marks=marks, id=f"{chart}-{size}-{language}"))
    return cases


def assert_readable(figure: Figure, drawn: pd.DataFrame, size: SizeName) -> None:
    """Nothing cut, covered or boxed, in the packaged faces, at the size of its page, and with a table behind it."""
    texts = [found.artist for found in require_readable(figure)]
    assert {Path(findfont(artist.get_fontproperties())).resolve() for artist in texts} <= PACKAGED
    assert min(artist.get_fontsize() for artist in texts) * SIZES[size].enlarged >= (14 if size == "slide" else 7)
    assert abs(figure.get_figwidth() * 25.4 - SIZES[size].width_mm) < 1e-6
    room_below = 0.05 if size == "slide" else 20  # for a footer below a full page
    assert figure.get_figheight() * 25.4 <= SIZES[size].most_height_mm + room_below
    assert not drawn.empty

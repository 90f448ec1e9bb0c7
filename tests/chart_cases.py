"""The charts of comparisons on made-up tables, at a size and in a language: the tests draw them all and measure them."""

import re
from collections.abc import Callable
from itertools import islice, product

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import linkage

from src.utils.figures.cloud import comparison_cloud
from src.utils.figures.clusters import clustered_heat_map
from src.utils.figures.concordances import concordance_table
from src.utils.figures.correspondence import correspondence_map
from src.utils.figures.formulas import formula_shares, shared_spans
from src.utils.figures.intervals import against_chance
from src.utils.figures.language import Language, text
from src.utils.figures.maps import county_map
from src.utils.figures.marking import marking_terms
from src.utils.figures.save import footer
from src.utils.figures.shift import word_shift
from src.utils.figures.specialisation import specialisation_matrix
from src.utils.figures.specifications import specification_chart
from src.utils.figures.style import SIZES, SizeName, new_axes, new_figure, rows_height
from src.utils.figures.topics import topic_prevalence
from tests.figure_cases import COUNTIES, INDUSTRIES, SHORT, SHORT_EN, SOURCE, TERMS, Drawn, note


def groups(units: tuple[str, ...], n_terms: int = 12) -> pd.DataFrame:
    """Terms of each group, the k-th of value 40/k: unit, term, value, n."""
    terms = list(TERMS)
    return pd.DataFrame(
        [
            {"unit": unit, "term": terms[(place * n_terms + k) % len(terms)], "value": 40 / (k + 1), "n": 30 - k}
            for place, unit in enumerate(units)
            for k in range(n_terms)
        ]
    )


def keyness() -> pd.DataFrame:
    """Log ratios of all terms, half in each direction, one interval in three over zero, one endless."""
    rows = []
    for k, term in enumerate(TERMS):
        value = (1 if k % 2 else -1) * (0.4 + (7 * k % 13) / 4)
        half = abs(value) * (1.4 if k % 3 == 0 else 0.6)
        rows.append(
            {
                "term": term,
                "value": value,
                "low": value - half,
                "high": np.inf if k == 5 else value + half,
                "n": 1234 if k == 1 else 3 + k,
                "n_reference": 12 * k,
                "q": 0.0004 if k % 4 == 1 else 0.04 * (k % 9),
                "dp_norm": np.nan if k == 3 else (11 * k % 97) / 100,
            }
        )
    return pd.DataFrame(rows)


def shares() -> pd.DataFrame:
    """A share for each industry, one unknown: unit, share, low, high, n_chars."""
    share = np.array([0.26, 0.48, 0.072, np.nan, 0.9, 0.0, 0.41, 0.2, 0.0004])
    low, high = np.clip(share - 0.08, 0, None), np.clip(share + 0.1, None, 1)
    return pd.DataFrame({"unit": list(INDUSTRIES), "share": share, "low": low, "high": high, "n_chars": 1234})


def parts() -> pd.DataFrame:
    """The industries one after the other along a text: unit, start, end."""
    ends = np.cumsum([500 + 37 * k for k in range(len(INDUSTRIES))])
    return pd.DataFrame({"unit": list(INDUSTRIES), "start": np.append(0, ends[:-1]), "end": ends})


def spans() -> pd.DataFrame:
    """Shared stretches along the same text: start, end."""
    start = np.arange(40, 5600, 97)
    return pd.DataFrame({"start": start, "end": start + 8 + start % 23})


def _comparison(size: SizeName, language: Language) -> Drawn:
    height = SIZES[size].width_mm * (0.45 if size == "slide" else 0.6)
    figure, ax = new_axes(size, height)
    table = groups(("有色金属", "汽车"))
    return figure, comparison_cloud(ax, table, names=TERMS, unit_names=SHORT_EN, language=language)


def _marking(size: SizeName, language: Language) -> Drawn:
    top_n = 6 if size == "slide" else 8
    figure, ax = new_axes(size, rows_height(2 * top_n, extra_mm=20))
    return figure, marking_terms(ax, keyness(), top_n=top_n, names=TERMS, language=language)


def _formula_shares(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(9, extra_mm=20))
    return figure, formula_shares(ax, shares(), names=INDUSTRIES, language=language)


def _shared_spans(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(9, extra_mm=16))
    return figure, shared_spans(ax, spans(), parts(), names=INDUSTRIES, language=language)


def _barcode(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, rows_height(1, 6, 16))
    listed = parts()
    whole = pd.DataFrame({"unit": ["摘编"], "start": [0], "end": [listed["end"].max()]})
    boundaries = listed.assign(label=listed["unit"].map(SHORT_EN) if language == "en" else listed["unit"])
    return figure, shared_spans(ax, spans(), whole, boundaries=boundaries, language=language)


def similarity() -> pd.DataFrame:
    """Made-up similarities of the counties, 1 with themselves."""
    x = np.arange(12.0)
    values = np.exp(-np.abs(np.sin(x * 1.7)[:, None] - np.sin(x * 1.7)[None]))
    return pd.DataFrame(values, index=list(COUNTIES), columns=list(COUNTIES))


def tree(values: np.ndarray, *, stability: bool = True) -> pd.DataFrame:
    """Average linkage: left, right, height, stability."""
    joined = linkage(values, "average")
    made = (37 * np.arange(1, len(values)) % 101) / 100 if stability else np.nan
    return pd.DataFrame(
        {"left": joined[:, 0].astype(int), "right": joined[:, 1].astype(int), "height": joined[:, 2], "stability": made}
    )


def _heat_map(size: SizeName, language: Language) -> Drawn:
    figure = new_figure(size)
    label = text(zh="余弦相似度", en="Cosine similarity", language=language)
    merges = tree(similarity().to_numpy())
    return figure, clustered_heat_map(
        figure, similarity(), merges, value_label=label, row_names=COUNTIES, language=language
    )


def _heat_map_terms(size: SizeName, language: Language) -> Drawn:
    figure = new_figure(size)
    counts = pd.DataFrame(
        [[(3 * i + 5 * j) % 7 for j in range(20)] for i in range(12)], index=list(COUNTIES), columns=list(TERMS)[:20]
    )
    counts = counts.iloc[:5] if size == "slide" else counts
    drawn = clustered_heat_map(
        figure,
        counts,
        tree(counts.to_numpy(dtype=float)),
        column_merges=tree(counts.to_numpy(dtype=float).T, stability=False),
        value_label=text(zh="频次（次）", en="Occurrences", language=language),
        row_names=COUNTIES,
        column_names=TERMS,
        decimals=0,
        language=language,
    )
    return figure, drawn


def quotients() -> pd.DataFrame:
    """Location quotients of counties and industries, one county without text: row, column, value, low, high."""
    rows = []
    for i, county in enumerate(COUNTIES):
        for j, industry in enumerate(INDUSTRIES):
            value = np.nan if i == 8 else max(0, (5 * i + 7 * j) % 17 - 5) / 2.5
            rows.append((county, industry, value, value * 0.5, value * 1.8 + 0.8))
    return pd.DataFrame(rows, columns=["row", "column", "value", "low", "high"])


def _specialisation(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size)
    cells = quotients()
    drawn = specialisation_matrix(
        ax,
        cells[cells["row"].isin(list(COUNTIES)[:9])] if size == "slide" else cells,
        value_label=text(zh="区位商", en="Location quotient", language=language),
        row_names=COUNTIES,
        column_names=SHORT_EN,
        short=SHORT,
        language=language,
    )
    return figure, drawn


def coordinates() -> pd.DataFrame:
    """Counties in a ring, terms in a spiral, two industries as supplementary points: the columns of a plane."""
    rows = [("row", name, False, np.cos(0.6 * k), np.sin(0.9 * k), 0.0) for k, name in enumerate(COUNTIES)]
    rows += [
        ("column", name, False, 0.06 * k * np.cos(2.4 * k), 0.06 * k * np.sin(2.4 * k), 1 / (1 + k))
        for k, name in enumerate(term for term in TERMS if term not in SHORT_EN)
    ]
    rows += [("column", name, True, 0.4 - 0.9 * k, 0.35, np.nan) for k, name in enumerate(["汽车", "机械制造"])]
    return pd.DataFrame(rows, columns=["side", "name", "supplementary", "x", "y", "contribution"])


def ellipses() -> pd.DataFrame:
    """One for each of the first three counties, none for the fourth: side, name, major, minor, angle."""
    of = coordinates().head(4)[["side", "name"]]
    return of.assign(major=[0.25, 0.25, 0.25, np.nan], minor=0.12, angle=[0.0, 30.0, 60.0, 0.0])


def _correspondence(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size, {"one": 85, "slide": 82}.get(size, 120))
    drawn = correspondence_map(
        ax,
        coordinates(),
        inertia=(0.314, 0.172),
        ellipses=ellipses(),
        most_columns=8 if size in ("one", "slide") else 20,
        names=COUNTIES | SHORT_EN | TERMS,
        language=language,
    )
    return figure, drawn


def shifts() -> pd.DataFrame:
    """Contributions of all terms to the difference of two counties, every third unsure: the columns of a shift."""
    value = np.array([(-1) ** k * 3.0 / (1 + k) for k in range(len(TERMS))])
    half = np.abs(value) * np.where(np.arange(len(TERMS)) % 3 == 0, 1.3, 0.6)
    counts = {"n": range(len(TERMS)), "n_other": range(1234, 1234 + len(TERMS))}
    return pd.DataFrame({"term": list(TERMS), "value": value, "low": value - half, "high": value + half, **counts})


def _word_shift(size: SizeName, language: Language) -> Drawn:
    top_n = 12 if size == "slide" else 15
    figure, ax = new_axes(size, rows_height(top_n + 1, extra_mm=20))
    label = text(zh="占词数之差（百分点）", en="Difference of shares (points)", language=language, sep="\n")
    units = ("广丰区", "鄱阳县")
    return figure, word_shift(
        ax, shifts(), units=units, value_label=label, top_n=top_n, names=COUNTIES | TERMS, language=language
    )


def prevalence() -> pd.DataFrame:
    """Four topics in twelve counties, one county without text: topic, term, unit, value, low, high, n."""
    terms = ["光伏、新能源汽车、电子信息", "有色金属、工业、制造业", "绿色、产业、创新", "规模以上工业企业、项目、投资"]
    rows = []
    for i, county in enumerate(COUNTIES):
        weight = np.array([1 + (3 * i + 5 * j) % 7 for j in range(4)], dtype=float)
        for j, value in enumerate(weight / weight.sum()):
            n = 0 if i == 5 else 10
            rows.append((j + 1, terms[j], county, value if n else 0.0, value * 0.6, min(1.0, value * 1.5), n))
    return pd.DataFrame(rows, columns=["topic", "term", "unit", "value", "low", "high", "n"])


def _topics(size: SizeName, language: Language) -> Drawn:
    figure = new_figure(size)
    n_columns = 2 if size == "one" else 4
    return figure, topic_prevalence(
        figure, prevalence(), n_columns=n_columns, names=TERMS, unit_names=COUNTIES, language=language
    )


GRID = {
    "engine": ["jieba", "jieba + new terms"],
    "stop words": ["general", "general + official", "none"],
    "weighting": ["raw tf", "log tf", "c-TF-IDF", "BM25"],
    "evidence": ["heading", "mention"],
    "minimum documents": ["1", "2"],
    "single characters": ["kept", "dropped", "listed"],
}


def specifications(n: int = 200) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first n specifications of the grid, with an agreement that falls with what differs from the headline."""
    rows, chosen = [], []
    for number, options in enumerate(islice(product(*GRID.values()), n)):
        far = sum(list(GRID[choice]).index(option) for choice, option in zip(GRID, options, strict=True))
        value = 1 - 0.07 * far - 0.0007 * (number * 37 % 101)
        rows.append((number, value, value - 0.08, min(1.0, value + 0.03)))
        chosen += [(number, choice, option) for choice, option in zip(GRID, options, strict=True)]
    made = pd.DataFrame(rows, columns=["specification", "agreement", "agreement_low", "agreement_high"])
    return made, pd.DataFrame(chosen, columns=["specification", "choice", "option"])


def _specifications(size: SizeName, language: Language) -> Drawn:
    figure = new_figure(size)
    made, chosen = specifications()
    chosen = chosen[chosen["choice"].isin(["weighting", "evidence"])] if size == "slide" else chosen
    label = text(zh="与主结果的一致度", en="Agreement with the headline", language=language, sep="\n")
    zh = {"engine": "分词", "stop words": "停用词", "weighting": "加权", "evidence": "归属依据"}
    names = {} if language == "en" else zh
    return figure, specification_chart(figure, made, chosen, value_label=label, choice_names=names, language=language)


def occurrences() -> pd.DataFrame:
    """Twelve occurrences of 产业 in the source, 25 characters on either side: the columns of a concordance."""
    found = [match.start() for match in re.finditer("产业", SOURCE)][:12]
    rows = [
        (
            "（二）光伏新能源" if k % 2 else "第一节 发展成效和主要问题",
            SOURCE[at - 25 : at],
            "产业",
            SOURCE[at + 2 : at + 27],
            7 + k,
        )
        for k, at in enumerate(found)
    ]
    table = pd.DataFrame(rows, columns=["heading", "left", "keyword", "right", "source_line"])
    return table.assign(left=table["left"].str.replace("\n", " "), right=table["right"].str.replace("\n", " "))


def _concordance(size: SizeName, language: Language) -> Drawn:
    figure, ax = new_axes(size)
    return figure, concordance_table(ax, occurrences(), names=INDUSTRIES | TERMS, language=language)


def _county_map(size: SizeName, language: Language) -> Drawn:
    figure = new_figure(size)
    values = pd.DataFrame({"unit": list(COUNTIES), "value": [*np.arange(11) * 1.5 + 2, np.nan]})
    label = text(zh="每万词频次", en="Per 10,000 words", language=language, sep="\n")
    names = COUNTIES | {"江西省": "Jiangxi"}
    return figure, county_map(figure, values, prefecture="361100", value_label=label, names=names, language=language)


def concentration() -> pd.DataFrame:
    """Two indices of counties and industries: every third beyond chance, one county without; the columns of the chart."""
    units = [("county", county) for county in COUNTIES] + [("industry", industry) for industry in INDUSTRIES]
    rows = [
        (scheme, unit, measure, value, value * 0.5, value * 1.3, 0.5 * scale, 0.01 if k % 3 == 0 else 0.4)
        for measure, scale in (("krugman", 1.6), ("herfindahl", 0.6))
        for k, (scheme, unit) in enumerate(units)
        for value in [scale * (0.3 + 7 * k % 11 / 16)]
        if unit != "余干县"
    ]
    return pd.DataFrame(rows, columns=["scheme", "unit", "measure", "value", "low", "high", "expected", "p"])


def _concentration(size: SizeName, language: Language) -> Drawn:
    figure = new_figure(size)
    panels = {
        "krugman": text(zh="克鲁格曼指数", en="Krugman's index", language=language),
        "herfindahl": text(zh="赫芬达尔指数", en="Herfindahl's index", language=language),
    }
    names = COUNTIES | INDUSTRIES
    table = concentration()
    table = table[table["scheme"] == "county"] if size == "slide" else table
    return figure, against_chance(figure, table, panels=panels, names=names, language=language)


EVERY_SIZE: tuple[SizeName, ...] = ("one", "two", "screen", "slide")
# Each chart with the sizes it is for; a slide has fewer rows, and none a tree above long names.
CHARTS: dict[str, tuple[Callable[[SizeName, Language], Drawn], tuple[SizeName, ...]]] = {
    "comparison_cloud": (_comparison, EVERY_SIZE),
    "marking_terms": (_marking, EVERY_SIZE),
    "formula_shares": (_formula_shares, EVERY_SIZE),
    "shared_spans": (_shared_spans, EVERY_SIZE),
    "heat_map": (_heat_map, EVERY_SIZE),
    "heat_map_terms": (_heat_map_terms, ("two", "screen")),
    "specialisation": (_specialisation, EVERY_SIZE),
    "correspondence": (_correspondence, EVERY_SIZE),
    "word_shift": (_word_shift, EVERY_SIZE),
    "topics": (_topics, EVERY_SIZE),
    "specifications": (_specifications, EVERY_SIZE),
    "concordance": (_concordance, EVERY_SIZE),
    "barcode": (_barcode, EVERY_SIZE),
    "concentration": (_concentration, EVERY_SIZE),
    "county_map": (_county_map, EVERY_SIZE),
}


def draw(chart: str, size: SizeName, language: Language) -> Drawn:
    """The chart with its footer, and the table of what it draws."""
    figure, drawn = CHARTS[chart][0](size, language)
    footer(figure, note(language))
    return figure, drawn

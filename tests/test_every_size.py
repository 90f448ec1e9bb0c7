"""The figures that the notebooks save, both plans, at every size and in every language: readable, or clearly refused."""

import itertools
import re
import shutil

import pandas as pd
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import require_readable
from src.utils.figures.clusters import clustered_heat_map
from src.utils.figures.drawing import label_rows, value_axis
from src.utils.figures.formulas import formula_shares
from src.utils.figures.intervals import against_chance
from src.utils.figures.outline import outline_coverage
from src.utils.figures.provenance import plan_footer
from src.utils.figures.save import footer
from src.utils.figures.specialisation import specialisation_matrix
from src.utils.figures.specifications import specification_chart
from src.utils.lexicons import english_names
from src.utils.plans.corpora import how_to_fetch
from src.utils.plans.pipeline import load_plan
from tests.every_size import LANGUAGES, SIZES, Found, draw_again, read, watch
from tests.small_notebooks import copy_tree, run, write_notebook

PLANS = ("shangrao", "shangrao-profile")
REFUSED = {
    ("outline", "one"): ("both",),  # 59 headings
    ("outline", "slide"): LANGUAGES,
    ("concentration", "slide"): LANGUAGES,  # 21 units
    ("county_industry_quotients", "slide"): ("both",),
    ("specifications_plan", "slide"): LANGUAGES,  # some twenty options, each in a row
    ("specifications_counties", "slide"): LANGUAGES,
    ("specifications_similarities", "slide"): LANGUAGES,
}
"""What has no room by its nature: the chart says how much it needs and what would do instead."""
REPORTS = "provincial-reports-2025"
REFUSED_REPORTS = {
    ("region_first_industries", "slide"): LANGUAGES,
    ("region_formulas", "slide"): LANGUAGES,
    ("region_industries", "slide"): LANGUAGES,
    ("region_similarity", "one"): LANGUAGES,
    ("region_similarity", "one_half"): LANGUAGES,
    ("region_similarity", "slide"): LANGUAGES,
    ("region_topics", "one"): ("both",),
    ("region_topics", "slide"): LANGUAGES,
}
"""The same of notebook 08, whose figures have 31 rows."""
WAY_OUT = re.compile(r"\d+ mm\. Show .*, or use size")


def plain(name: str) -> str:
    """A figure's name without its language."""
    return re.sub(r"_(zh|en|both)$", "", name)


def refused(found: list[Found]) -> set[tuple[str, str, str]]:
    return {(plain(one.figure), one.size, one.language) for one in found if one.refused}


def every(cases: dict[tuple[str, str], tuple[str, ...]]) -> set[tuple[str, str, str]]:
    return {(name, size, one) for (name, size), languages in cases.items() for one in languages}


@pytest.fixture(scope="module")
def found(executed) -> list[Found]:
    """What came of each figure of both plans, drawn again while the notebooks were executed."""
    return read(executed.tree)


@pytest.mark.slow
def test_every_figure_of_both_plans_can_be_read_at_every_size_in_every_language_or_is_refused(found):
    wrong = [one for one in found if one.problem and not one.refused]
    assert wrong == []
    assert refused(found) == every(REFUSED)
    assert all(WAY_OUT.search(one.problem) for one in found if one.refused)


@pytest.mark.slow
def test_that_is_every_figure_there_is(found):
    saved = {plain(path.stem) for plan in PLANS for path in (paths.FIGURES / plan).rglob("*.svg")}
    assert len(saved) > 30
    drawn = {(plain(one.figure), one.size, one.language) for one in found}
    assert drawn == set(itertools.product(saved, SIZES, LANGUAGES))


@pytest.mark.slow(seconds=110)
def test_every_figure_of_the_reports_can_be_read_or_is_refused_too(tmp_path):
    """Notebook 08 is no part of the run that the other tests share: its corpus, if here, would change what 02 says.

    What has been computed before is taken along: the cache is keyed by all that it depends on.
    """
    if not (paths.CORPORA / REPORTS).is_dir():
        pytest.skip(f"the corpus {REPORTS} is not here: {how_to_fetch(REPORTS)}")
    tree = copy_tree(tmp_path / "tree", without=("tests/",))
    for folder in (paths.CORPORA / REPORTS, paths.PROCESSED, paths.CACHE / "measures"):
        if folder.is_dir():
            shutil.copytree(folder, tree / folder.relative_to(paths.ROOT), dirs_exist_ok=True)
    watch(tree)
    done = run(tree, "--plan", REPORTS)
    assert done.returncode == 0, done.stderr
    found = read(tree)
    assert [one for one in found if one.problem and not one.refused] == []
    assert refused(found) == every(REFUSED_REPORTS)
    assert all(WAY_OUT.search(one.problem) for one in found if one.refused)
    saved = {path.stem for path in (paths.FIGURES / REPORTS).glob("*.svg")}
    assert len(saved) >= 8
    assert {(one.figure, one.size, one.language) for one in found} == set(itertools.product(saved, SIZES, LANGUAGES))


# --- the watcher itself ---

IMPORTS = """
import pandas as pd
from src.utils.figures.bars import ranked_terms
from src.utils.figures.language import text
from src.utils.figures.save import footer, save_figure
from src.utils.figures.style import new_axes, rows_height
from pathlib import Path
"""
TABLE = 'table = pd.DataFrame({"term": ["铜", "茶"] + [f"第{k}项" for k in range(30)], "n": range(32)})'
LABEL = 'label = text(zh="频次", en="Occurrences", language=LANGUAGE)'
DRAW = """
figure, ax = new_axes("screen", rows_height(32))
drawn = ranked_terms(ax, table, top_n=32, value_label=label, language=LANGUAGE)
table = table.head(1)
"""
SAVE = """
{between}
footer(figure, text(zh="N = 2 词", en="N = 2 words", language=LANGUAGE))
save_figure(figure, "terms", drawn, "demo", folder=Path({folder!r}), formats=["svg"])
"""


def watched(tmp_path, between: str = "") -> list[Found]:
    """What is found of a notebook whose figure is made in one cell and saved in the next."""
    cells = [IMPORTS, TABLE, LABEL, DRAW, SAVE.format(between=between, folder=str(tmp_path / "figures"))]
    path = write_notebook(tmp_path / "small.ipynb", *cells, parameters='PLAN, LANGUAGE = "demo", "both"')
    seen: list[Found] = []
    draw_again(path, seen.append)
    assert sorted(each.name for each in (tmp_path / "figures").iterdir()) == ["terms.csv", "terms.svg"]  # its own alone
    return seen


def test_a_figure_is_drawn_again_from_what_its_cells_had_before_them(tmp_path):
    seen = watched(tmp_path)  # the cell that draws changes its own table: it is drawn from the whole one again
    assert [(one.size, one.language) for one in seen] == list(itertools.product(SIZES, LANGUAGES))
    assert [one for one in seen if one.problem] == []


def test_what_lies_over_other_labels_is_found_at_the_sizes_where_it_does(tmp_path):
    between = """
if figure.get_figwidth() < 5:
    [figure.text(0.5, 0.5, word) for word in ("铜", "茶")]
if LANGUAGE == "en":
    raise ValueError("no such name")
"""
    seen = watched(tmp_path, between)
    problems = {(one.size, one.language): one.problem for one in seen}
    assert all("labels lie over" in problems["one", language] for language in ("zh", "both"))
    assert problems["two", "zh"] == problems["slide", "both"] == ""
    assert {problems[size, "en"] for size in SIZES} == {"ValueError: no such name"}


# --- what is refused says what would do, and that does ---


def shipped(name: str) -> pd.DataFrame:
    return pd.read_csv(paths.FIGURES / "shangrao-profile" / f"{name}.csv")


def draw_concentration(size, language, most=None):
    table = shipped("concentration")
    table = table if most is None else table[table["unit"].isin(list(dict.fromkeys(table["unit"]))[:most])]
    figure = style.new_figure(size)
    names = english_names() | load_plan("shangrao-profile").settings.english_names()
    against_chance(figure, table, panels={"krugman": "K", "herfindahl": "H"}, names=names, language=language)
    return figure


def draw_quotients(size, language, most=None):
    table = shipped("county_industry_quotients")
    table = table if most is None else table[table["row"].isin(list(dict.fromkeys(table["row"]))[:most])]
    figure, ax = style.new_axes(size)
    settings = load_plan("shangrao-profile").settings
    names = english_names() | settings.english_names()
    short = {one.name: one.short for one in settings.industry if one.short}
    look = {"row_names": names, "column_names": names, "short": short, "language": language}
    specialisation_matrix(ax, table, value_label="区位商", **look)
    return figure


def draw_specifications(size, language, most=None):
    table = shipped("specifications_similarities").rename(columns={"value": "agreement"})
    table = table.rename(columns={"low": "agreement_low", "high": "agreement_high"})
    fixed = ["place", "specification", "agreement", "agreement_low", "agreement_high", "headline"]
    choices = table.drop(columns=fixed).assign(specification=table["specification"])
    choices = choices.melt(id_vars="specification", var_name="choice", value_name="option").fillna("none")
    if most is not None:
        choices = choices[choices["choice"].isin(list(dict.fromkeys(choices["choice"]))[:most])]
    figure = style.new_figure(size)
    specification_chart(figure, table, choices, value_label="一致程度", language=language)
    return figure


def draw_formulas(size, language, most=None):
    table = pd.read_csv(paths.FIGURES / REPORTS / "region_formulas.csv").drop(columns="label").head(most or 31)
    figure, ax = style.new_axes(size, style.rows_height(len(table), 4.6, 20))
    formula_shares(ax, table, names=english_names(), most=0.24, language=language)
    return figure


def draw_rows(size, language, most=None):
    table = pd.read_csv(paths.FIGURES / REPORTS / "region_first_industries.csv").head(most or 31)
    figure, ax = style.new_axes(size, style.rows_height(len(table), 5))
    label_rows(ax, (table["unit"] + " · " + table["term"]).tolist())
    ax.plot(table["share"], range(len(table)), "o")
    value_axis(ax, "提及首位产业的句子")
    return figure


def draw_similarity(size, language, most=None):
    square = pd.read_csv(paths.FIGURES / REPORTS / "region_similarity.csv")
    square = square.dropna(subset=["row", "column"]).pivot_table(index="row", columns="column", values="value")
    square = square.iloc[: most or 31, : most or 31].fillna(0.2)
    joined = linkage(squareform(1 - square.to_numpy(), checks=False), "average")[:, :3]
    figure = style.new_figure(size)
    merges = pd.DataFrame(joined, columns=["left", "right", "height"])
    look = {"value_label": "余弦", "distance_label": "1 − 余弦", "language": language}
    clustered_heat_map(figure, square, merges, row_names=english_names(), **look)
    return figure


def draw_outline(size, language, most=None):
    plan = load_plan("shangrao")
    figure, ax = style.new_axes(size, style.rows_height(7, 7) if most else style.rows_height(59))
    names = plan.settings.english_names() | plan.settings.headings
    outline_coverage(ax, plan.coverage, detail=most or "all", names=names, language=language)
    return figure


REFUSALS = [
    (draw_concentration, "slide", "both"),
    (draw_quotients, "slide", "both"),
    (draw_specifications, "slide", "both"),
    (draw_formulas, "slide", "both"),
    (draw_rows, "slide", "zh"),
    (draw_similarity, "one", "zh"),
    (draw_similarity, "slide", "zh"),
    (draw_outline, "slide", "zh"),
    (draw_outline, "one", "both"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "size", "language"), REFUSALS)
def test_each_way_out_that_a_refusal_names_works(draw, size, language):
    corpus = ("某市规划（仅已公开部分）", "A plan of a city (the published part)")
    with pytest.raises(FigureError, match=r"\d+ mm") as refused:
        draw(size, language)
    told = str(refused.value)
    fewer = re.search(r"Show (\d+) at most|Show the chapters alone \(detail='(\w+)'\)", told)
    larger = re.search(r"or use size '(\w+)'", told)
    ways = [(size, int(fewer[1]) if fewer[1] else fewer[2]), (larger[1], None)]
    for other, most in ways:
        figure = draw(other, language, most)
        how = {"n": ("119 句", "119 sentences"), "measure": ("频次", "occurrences"), "language": language}
        footer(figure, plan_footer(corpus, **how))
        require_readable(figure)
    if fewer[1]:  # as many as there is room for, and no fewer than need be
        with pytest.raises(FigureError, match="at most"):
            draw(size, language, int(fewer[1]) + 1)

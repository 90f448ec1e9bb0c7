"""The figures that the notebooks save, both plans, at every size and in every language: readable, or clearly refused."""

import itertools
import re

import pytest

from src.utils import paths
from tests.every_size import LANGUAGES, SIZES, Found, draw_again, read
from tests.small_notebooks import write_notebook

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


def plain(name: str) -> str:
    """A figure's name without its language."""
    return re.sub(r"_(zh|en|both)$", "", name)


@pytest.fixture(scope="module")
def found(executed) -> list[Found]:
    """What came of each figure of both plans, drawn again while the notebooks were executed."""
    return read(executed.tree)


@pytest.mark.slow
def test_every_figure_of_both_plans_can_be_read_at_every_size_in_every_language_or_is_refused(found):
    wrong = [one for one in found if one.problem and not one.refused]
    assert wrong == []
    refused = {(plain(one.figure), one.size, one.language) for one in found if one.refused}
    assert refused == {(name, size, one) for (name, size), languages in REFUSED.items() for one in languages}
    assert all(re.search(r"\d+ mm\b.*\b[Ss]how .*a larger size", one.problem) for one in found if one.refused)


@pytest.mark.slow
def test_that_is_every_figure_there_is(found):
    saved = {plain(path.stem) for plan in PLANS for path in (paths.FIGURES / plan).rglob("*.svg")}
    assert len(saved) > 30
    drawn = {(plain(one.figure), one.size, one.language) for one in found}
    assert drawn == set(itertools.product(saved, SIZES, LANGUAGES))


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

"""A specification chart: order, headline, the options below."""

import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from src.utils.errors import FigureError
from src.utils.figures import style
from src.utils.figures.checks import drawn_texts
from src.utils.figures.specifications import OPTION_NAMES, specification_chart
from src.utils.measures.comparing import option_text
from src.utils.measures.plan_choices import CHOICES
from tests import chart_cases

MADE = pd.DataFrame(
    {
        "specification": [0, 1, 2, 3],
        "agreement": [0.9, 0.95, 0.6, 0.9],
        "agreement_low": [0.8, 0.9, 0.5, 0.7],
        "agreement_high": [1.0, 0.97, 0.7, 0.92],
    }
)
OPTIONS = {"stop words": ["general", "none", "none", "general"], "weighting": ["raw", "raw", "BM25", "BM25"]}
CHOSEN = pd.DataFrame(
    [
        {"specification": number, "choice": choice, "option": option}
        for choice, options in OPTIONS.items()
        for number, option in enumerate(options)
    ]
)


def draw(**options):
    figure = style.new_figure("one")
    return figure, specification_chart(figure, MADE, CHOSEN, value_label="一致度", **options)


def lines(ax):
    """Segments of each set of vertical lines, by colour: place, from, to."""
    return {
        mpl.colors.to_hex(found.get_color()[0]).upper(): [
            (segment[0, 0], segment[:, 1].min(), segment[:, 1].max()) for segment in found.get_segments()
        ]
        for found in ax.collections
        if isinstance(found, LineCollection)
    }


def test_specifications_stand_by_falling_value_with_their_intervals():
    figure, table = draw()
    upper = figure.axes[0]
    assert table["specification"].tolist() == [1, 0, 3, 2]  # equal values by number
    assert table["place"].tolist() == [1, 2, 3, 4]
    assert lines(upper)[style.BAR] == [(1, 0.9, 0.97), (2, 0.8, 1.0), (3, 0.7, 0.92), (4, 0.5, 0.7)]
    dots = next(line for line in upper.lines if line.get_marker() == "o")
    assert dots.get_ydata().tolist() == [0.95, 0.9, 0.9, 0.6]
    assert list(table.columns[-2:]) == ["stop words", "weighting"]
    assert table["weighting"].tolist() == ["raw", "raw", "BM25", "BM25"]


def test_the_headline_is_marked_in_both_panels():
    figure, table = draw(language="en")
    upper, lower = figure.axes
    diamond = next(line for line in upper.lines if line.get_marker() == "D")
    assert (list(diamond.get_xdata()), list(diamond.get_ydata())) == ([2], [0.9])
    assert table["headline"].tolist() == [False, True, False, False]
    assert [place for place, _, _ in lines(lower)[style.BELOW]] == [2, 2]  # one option of each choice
    assert upper.get_legend().get_texts()[0].get_text() == "headline"


def test_each_specification_has_a_mark_in_the_row_of_each_option_it_chose():
    figure, _ = draw(option_names={"none": "not removed"})
    lower = figure.axes[1]
    row_of = {note.get_text(): note.xy[1] for note in lower.texts}
    assert list(row_of) == ["stop words", "not removed", "通用", "weighting", "raw", "BM25"]  # named options first
    marks = sorted((place, (low + high) / 2) for group in lines(lower).values() for place, low, high in group)
    wanted = [(1, "not removed"), (1, "raw"), (2, "通用"), (2, "raw"), (3, "通用"), (3, "BM25"), (4, "not removed"), (4, "BM25")]  # fmt: skip
    assert np.allclose(marks, sorted((place, row_of[name]) for place, name in wanted))
    assert lower.get_xlim() == figure.axes[0].get_xlim() == (0.5, 4.5)


def test_two_hundred_specifications_keep_apart_in_one_column():
    figure = style.new_figure("one")
    made, chosen = chart_cases.specifications(200)
    specification_chart(figure, made, chosen, value_label="Agreement", language="en")
    figure.draw_without_rendering()
    lower = figure.axes[1]
    pitch_pt = lower.get_window_extent().width * 72 / figure.dpi / 200
    width_pt = next(found for found in lower.collections if isinstance(found, LineCollection)).get_linewidths()[0]
    assert pitch_pt > 0.5
    assert width_pt < 0.8 * pitch_pt
    assert lower.get_xlabel() == "200 specifications, by value"
    names = [found.corners for found in drawn_texts(figure) if found.artist in lower.texts]
    assert max(box[:, 0].max() for box in names) <= lower.get_window_extent().x0  # no name over the marks


def test_panels_keep_their_heights():
    figure, _ = draw()
    figure.draw_without_rendering()
    upper, lower = (ax.get_window_extent().height * 72 / figure.dpi for ax in figure.axes)
    assert upper == pytest.approx(34 * style.PT_PER_MM, abs=1)
    assert lower == pytest.approx(6.35 * 3.4 * style.PT_PER_MM, abs=1)  # six rows and a gap


@pytest.mark.parametrize(
    ("made", "chosen", "options", "message"),
    [
        (MADE.tail(3), CHOSEN, {}, "no specification 0"),
        (pd.concat([MADE, MADE]), CHOSEN, {}, "several rows"),
        (MADE.assign(agreement=np.nan), CHOSEN, {}, "not finite"),
        (MADE, CHOSEN.tail(5), {}, "no option for a choice"),
        (MADE, pd.concat([CHOSEN, CHOSEN]), {}, "two options for one choice"),
        (MADE, CHOSEN, {"value": "estimate"}, "no column estimate"),
        (MADE, CHOSEN, {"option_names": {"none": "nothing at all is removed from the text before"}}, "shorter name"),
    ],
)
def test_specification_chart_refuses(made, chosen, options, message):
    with pytest.raises(FigureError, match=message):
        specification_chart(style.new_figure("one"), made, chosen, value_label="x", **options)


def test_options_are_called_by_their_names_in_each_language():
    layers = ["+".join(CHOICES["dictionaries"][0]), "user+counties+industries"]
    stops = list(map(option_text, CHOICES["stop_words"]))
    chosen = pd.DataFrame(
        [(number, "dictionaries", layers[number % 2]) for number in range(4)]
        + [(number, "stop_words", stops[number]) for number in range(4)],
        columns=["specification", "choice", "option"],
    )
    shown = {}
    for language in ("zh", "en", "both"):
        figure = style.new_figure("one")
        specification_chart(figure, MADE, chosen, value_label="一致度", language=language)
        shown[language] = [note.get_text() for note in figure.axes[1].texts]
    assert {"全部词典", "县与产业", "通用与公文", "无"} <= set(shown["zh"])
    assert not {name for name in shown["zh"] if "+" in name}
    assert {"all layers", "units only", "general, official", "none"} <= set(shown["en"])
    assert "全部词典 all layers" in shown["both"]


def test_every_option_that_is_a_word_has_a_name_in_both_languages():
    options = {option_text(option) for of in CHOICES.values() for option in of}
    formulas = {
        option for option in options if re.fullmatch(r"[0-9]|tfidf.*|ctfidf|bm25|log_odds|jensen-shannon", option)
    }
    assert options - formulas <= set(OPTION_NAMES)

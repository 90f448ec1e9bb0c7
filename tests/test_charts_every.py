"""Every chart of comparisons at its sizes and in each language: nothing cut, covered or boxed; the same bytes again."""

import os
import subprocess
import sys

import pytest

from src.utils import paths
from src.utils.figures import style
from src.utils.figures.checks import require_readable
from tests import chart_cases as cases

EVERY = [
    (chart, size, language)
    for chart, (_, sizes) in cases.CHARTS.items()
    for size in sizes
    for language in (("zh", "en", "both") if size == sizes[0] else ("zh", "en"))
]


@pytest.mark.parametrize(("chart", "size", "language"), EVERY)
def test_no_label_is_cut_or_covered_or_a_box(chart, size, language):
    figure, drawn = cases.draw(chart, size, language)
    texts = [found.artist for found in require_readable(figure)]
    assert min(artist.get_fontsize() for artist in texts) >= 7
    assert figure.get_figwidth() * 25.4 == pytest.approx(style.SIZES[size].width_mm)
    assert figure.get_figheight() * 25.4 <= style.SIZES[size].most_height_mm + 20  # a footer below a full page
    assert not drawn.empty


SCRIPT = """
import hashlib
from src.utils.figures.save import render, settle
from tests import chart_cases as cases
for chart, (_, sizes) in cases.CHARTS.items():
    figure, table = cases.draw(chart, sizes[0], "zh")
    settle(figure)
    print(chart, hashlib.sha256(render(figure, "svg")).hexdigest())
"""


def test_the_same_bytes_in_each_process():
    runs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT],
            check=True,
            cwd=paths.ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert len(runs[0]) == len(cases.CHARTS)
    assert runs[0] == runs[1]

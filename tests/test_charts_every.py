"""Every chart of comparisons at its sizes and in each language: nothing cut, covered or boxed; the same bytes again."""

import hashlib
import os
import subprocess
import sys

import pytest

from src.utils import paths
from src.utils.figures.save import render, settle
from tests import chart_cases as cases
from tests import figure_cases


@pytest.mark.parametrize(("chart", "size", "language"), figure_cases.every(cases.CHARTS))
def test_no_label_is_cut_or_covered_or_a_box(chart, size, language):
    figure, drawn = cases.draw(chart, size, language)
    figure_cases.assert_readable(figure, drawn, size)


def svg_hashes() -> list[str]:
    """Each chart with the hash of its SVG."""
    found = []
    for chart, (_, sizes) in cases.CHARTS.items():
        figure, _ = cases.draw(chart, sizes[0], "zh")
        settle(figure)
        found.append(f"{chart} {hashlib.sha256(render(figure, 'svg')).hexdigest()}")
    return found


def test_the_same_bytes_in_another_process():
    command = "from tests.test_charts_every import svg_hashes; print(*svg_hashes(), sep='\\n')"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", command],
        cwd=paths.ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        here = svg_hashes()
        there, _ = other.communicate()
    assert other.returncode == 0
    assert len(here) == len(cases.CHARTS)
    assert there.splitlines() == here

"""Every chart of comparisons at its sizes and in each language: nothing cut, covered or boxed; the same bytes again."""

import os
import subprocess
import sys

import pytest

from src.utils import paths
from tests import chart_cases as cases
from tests import figure_cases


@pytest.mark.parametrize(("chart", "size", "language"), figure_cases.every(cases.CHARTS))
def test_no_label_is_cut_or_covered_or_a_box(chart, size, language):
    figure, drawn = cases.draw(chart, size, language)
    figure_cases.assert_readable(figure, drawn, size)


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

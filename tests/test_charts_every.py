"""Every chart of comparisons at its sizes and in each language: nothing cut, covered or boxed; the same bytes again."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from src.utils import paths
from src.utils.figures.save import render, save_figure, settle
from tests import chart_cases as cases
from tests import figure_cases
from tests.passport_cases import origin

SAVED = ("matrix", "cloud", "county_map")


@pytest.mark.parametrize(("chart", "size", "language"), figure_cases.every(cases.CHARTS))
def test_no_label_is_cut_or_covered_or_a_box(chart, size, language):
    figure, drawn = cases.draw(chart, size, language)
    figure_cases.assert_readable(figure, drawn, size)


def hashes() -> list[str]:
    """The hash of each chart's SVG; of three also those of all that a save leaves on disk."""
    found = []
    for charts, drawing in ((cases.CHARTS, cases), (figure_cases.CHARTS, figure_cases)):
        for chart, (_, sizes) in charts.items():
            figure, table = drawing.draw(chart, sizes[0], "both" if chart in SAVED else "zh")
            if chart in SAVED:
                found += [f"{name} {sha256(content)}" for name, content in saved(figure, chart, table).items()]
            else:
                settle(figure)
                found.append(f"{chart} {sha256(render(figure, 'svg'))}")
    return found


def saved(figure, chart, table) -> dict[str, bytes]:
    """The files of a saved figure."""
    columns = {name: (name, name) for name in table.columns}
    with tempfile.TemporaryDirectory() as folder:
        save_figure(figure, chart, table, origin(), columns=columns, folder=Path(folder))
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.slow(seconds=20)
def test_the_same_bytes_in_another_process():
    """In one that is new and in this, which has drawn other figures before; sets have another order in each.

    All figures of the notebooks, drawn once more, are held against those that are committed in test_notebooks.py.
    """
    command = "from tests.test_charts_every import hashes; print(*hashes(), sep='\\n')"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", command],
        cwd=paths.ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        here = hashes()
        there, _ = other.communicate()
    assert other.returncode == 0
    # three figures as PNG at 300 and 600 dpi, SVG, PDF, CSV and passport
    assert len(here) == len(cases.CHARTS) + len(figure_cases.CHARTS) - len(SAVED) + 18
    assert [line for line in there.splitlines() if line.count(" ") == 1] == here

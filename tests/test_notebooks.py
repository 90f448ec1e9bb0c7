"""The committed notebooks: whole, executed in order, readable, and the same again when executed anew."""

import ast
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from src.utils import paths
from src.utils.running.comparing import compare
from src.utils.running.executing import FIXED
from tests import one_process
from tests.small_notebooks import copy_tree, environment, run

# A new notebook is added here, and everything below then holds for it.
NAMES = [
    "01_read_the_plan",
    "02_keyword_frequency",
    "03_counties_tfidf",
    "04_industries_tfidf",
    "05_topics",
    "06_robustness",
    "07_figures_for_writeup",
]
ASIDE = ["08_across_regions", "90_another_city"]  # not part of the run: they need more than the project holds
MACHINE = re.compile(r"(?<![\w.:/])(/(home|Users|root|tmp|var|private|opt|mnt)/\w|[A-Z]:\\+\w)")


@pytest.fixture(scope="module", params=[*NAMES, *ASIDE])
def notebook(request):
    """A committed notebook."""
    path = paths.NOTEBOOKS / f"{request.param}.ipynb"
    assert path.is_file(), f"{path.name} is not there"
    return nbformat.read(path, as_version=4)


def code_cells(notebook) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_notebook_is_looked_after_here():
    assert [path.stem for path in sorted(paths.NOTEBOOKS.glob("*.ipynb"))] == [*NAMES, *ASIDE]


def test_it_is_valid_and_begins_with_its_title(notebook):
    nbformat.validate(notebook)
    assert notebook.cells[0].cell_type == "markdown"
    assert re.match(r"# \S", notebook.cells[0].source)


def test_it_was_executed_from_top_to_bottom(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_cell_failed_warned_or_shows_the_machine_it_ran_on(notebook):
    for cell in notebook.cells:
        assert not MACHINE.search(cell.source), cell.source
        for output in cell.get("outputs", []):
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source
            texts = [output.get("text", "")]
            texts += [content for kind, content in output.get("data", {}).items() if not kind.startswith("image/")]
            assert not any(MACHINE.search(text) for text in texts if isinstance(text, str)), cell.source


def test_it_has_fifteen_to_thirty_code_cells_of_at_most_a_dozen_lines(notebook):
    assert 15 <= len(code_cells(notebook)) <= 30
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        code = [line for line in lines if not line.lstrip().startswith("#")]
        assert len(code) <= 12, cell.source
        assert len(lines) <= 15, cell.source


def test_no_function_longer_than_a_few_lines_is_defined_inside(notebook):
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                assert node.end_lineno - node.lineno < 6, cell.source


def test_it_has_one_parameters_cell_that_sets_the_plan(notebook):
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert re.search(r"(?m)^PLAN\b.*=", tagged[0].source)
    assert not any("injected-parameters" in cell.metadata.get("tags", []) for cell in notebook.cells)


# --- executed anew ---


def same(one: Path, other: Path) -> bool:
    """Whether two files are equal byte for byte, pictures at least pixel for pixel."""
    if one.read_bytes() == other.read_bytes():
        return True
    if one.suffix == ".html":  # the figures in it may be compressed otherwise
        return not compare(one.parent, other.parent, [one.name]).drifts
    if one.suffix != ".png":
        return False
    first, second = (Image.open(io.BytesIO(path.read_bytes())).convert("RGBA") for path in (one, other))
    return first.size == second.size and first.tobytes() == second.tobytes()


@pytest.mark.slow(seconds=100)
def test_git_status_is_clean_after_a_run_from_nothing(executed):
    assert executed.returncode == 0, executed.stderr
    different = [
        line
        for line in executed.changed
        if line[:2] != " M" or not same(executed.tree / line[3:], paths.ROOT / line[3:].strip('"'))
    ]
    assert different == []


@pytest.mark.slow(seconds=30)
def test_every_notebook_runs_on_a_plan_that_was_only_drafted_elsewhere_and_has_little_text(tmp_path):
    tree = copy_tree(tmp_path / "tree", without=("tests/", "figures/"))
    source = shutil.move(tree / "data" / "plans" / "shangrao" / "source.txt", tmp_path / "规划.txt")
    shutil.rmtree(tree / "data" / "plans" / "shangrao")
    assert run(tree, "new", "上饶市", str(source)).returncode == 0
    plan = Path(shutil.move(tree / "data" / "plans" / "shangrao", tmp_path / "另一个 plan"))
    before = {path.name: path.read_bytes() for path in (tree / "notebooks").iterdir()}
    result = subprocess.run(
        [sys.executable, "-P", one_process.__file__, "--plan", plan.name],
        cwd=tmp_path,
        env=environment(tree) | FIXED | {"MPLBACKEND": "agg"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert {path.name: path.read_bytes() for path in (tree / "notebooks").iterdir()} == before
    copies = sorted((tree / "figures" / plan.name / "notebooks").iterdir())
    assert [path.stem for path in copies] == NAMES
    for path in copies:
        sources = [cell.source for cell in code_cells(nbformat.read(path, as_version=4))]
        assert any(source.startswith(f'PLAN = "{plan.as_posix()}"') for source in sources)
    assert sorted(path.name for path in (tree / "figures").iterdir()) == [plan.name]
    assert (tree / "figures" / plan.name / "pages_counties.png").is_file()

"""The notebook runner on small notebooks: order, parameters, equal bytes, refusals, and what a kill leaves behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from src.utils import paths
from src.utils.errors import GuihuaError
from src.utils.files import sweep_parts
from src.utils.plans.settings import plan_folder
from src.utils.running import executing, jobs, notebooks, together
from src.utils.running.executing import NotebookError
from src.utils.running.jobs import Execution
from src.utils.running.progress import Lines
from tests.small_notebooks import command, copy_tree, environment, run, write_notebook

DRAW = """import matplotlib.pyplot as plt
from src.utils.files import write_whole
from src.utils.paths import FIGURES
write_whole(FIGURES / PLAN / "{name}.csv", "县,n\\n广丰区,3\\n")
fig, ax = plt.subplots(figsize=(1, 1))
ax.plot([1, 2])
plt.show()"""


@pytest.fixture
def tree(tmp_path):
    """A copy of the project without its own notebooks and figures, in a folder with a space and Chinese in its name."""
    return copy_tree(tmp_path / "规划 copy", without=("notebooks/", "figures/", "tests/", "data/plans/"))


@pytest.fixture(scope="module")
def kernels():
    """The kernels' environment."""
    with executing.private_jupyter() as found:
        yield found


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def execute(path: Path, kernels: dict[str, str], plan: str | None = None) -> nbformat.NotebookNode:
    return nbformat.reads(executing.execute(Execution(path, path, plan), kernels), as_version=4)


def shown_by(notebook: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


# --- which, and in what order ---


def test_notebooks_are_taken_in_order_and_the_nineties_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    for name in ("02_b", "01_a", "90_fetches", "10_k", "draft"):
        write_notebook(tmp_path / f"{name}.ipynb")
    assert [path.stem for path in jobs.notebooks()] == ["01_a", "02_b", "10_k"]


def test_no_notebooks_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    with pytest.raises(GuihuaError, match="there are no notebooks"):
        jobs.notebooks()


def test_jobs_start_in_order_and_none_after_a_failure(tmp_path, monkeypatch):
    started = []

    def fake(job, _environment):
        started.append(job.source.stem)
        if job.source.stem == "02":
            raise NotebookError("02 failed")
        return "executed\n"

    monkeypatch.setattr(together, "execute", fake)
    monkeypatch.setattr(together, "cores", lambda: 1)
    asked = [
        Execution(write_notebook(tmp_path / f"{name}.ipynb"), tmp_path / f"{name}.out") for name in ("01", "02", "03")
    ]
    failures = together.execute_together(asked, {}, Lines())
    assert started == ["01", "02"]
    assert [str(failure) for failure in failures] == ["02 failed"]
    assert (tmp_path / "01.out").read_text(encoding="utf-8") == "executed\n"
    assert not (tmp_path / "02.out").exists()


# --- parameters ---


def test_a_plan_is_put_in_after_the_parameters_cell(tmp_path):
    path = write_notebook(tmp_path / "01.ipynb", "print(PLAN)", parameters='PLAN: str = "a"\nTOP_N = 20')
    notebook = executing.read_notebook(path)
    executing.inject(notebook, "上饶/plan", path)
    assert [cell.id for cell in notebook.cells] == ["title", "parameters", "injected-parameters", "cell-0"]
    assert notebook.cells[2].source == 'PLAN = "上饶/plan"'
    executing.inject(notebook, "b", path)  # once more: it replaces what was put in
    assert [cell.source for cell in notebook.cells[1:]] == ['PLAN: str = "a"\nTOP_N = 20', 'PLAN = "b"', "print(PLAN)"]


def test_the_comparison_plan_is_put_in_where_the_notebook_has_one(tmp_path):
    path = write_notebook(tmp_path / "03.ipynb", parameters='PLAN = "a"\nCOMPARISON_PLAN = "b"')
    notebook = executing.read_notebook(path)
    executing.inject(notebook, "c", path)
    assert notebook.cells[2].source == 'PLAN = "c"\nCOMPARISON_PLAN = "c"'


def test_without_a_parameters_cell_a_plan_is_refused(tmp_path):
    path = write_notebook(tmp_path / "01.ipynb")
    notebook = executing.read_notebook(path)
    del notebook.cells[1]
    with pytest.raises(NotebookError, match="0 code cells are tagged parameters"):
        executing.inject(notebook, "a", path)


def test_a_plan_is_named_by_id_by_path_in_the_project_or_by_its_whole_path(tmp_path):
    assert jobs.as_parameter("shangrao", paths.PLANS / "shangrao") == "shangrao"
    assert jobs.as_parameter("mine", paths.ROOT / "my plans" / "mine") == "my plans/mine"
    assert jobs.as_parameter("shangrao", tmp_path / "shangrao") == (tmp_path / "shangrao").resolve().as_posix()


def test_a_plan_named_by_its_path_in_the_project_is_found_from_the_notebooks_folder(plan_copy, monkeypatch):
    project = plan_copy.parent
    monkeypatch.setattr(paths, "ROOT", project)
    monkeypatch.setattr(executing, "ROOT", project)
    (project / "notebooks").mkdir()
    monkeypatch.chdir(project / "notebooks")
    assert plan_folder(jobs.as_parameter(plan_copy.name, plan_copy)) == plan_copy.resolve()


# --- what is refused, and how it is said ---


def test_a_failing_cell_is_named_with_its_heading_and_the_error(tmp_path, kernels):
    path = write_notebook(tmp_path / "03.ipynb", "## 2. Method", "1 + 1", "#### 2.1 On a toy", "x = 1\n1 / 0", "2")
    with pytest.raises(NotebookError) as caught:
        execute(path, kernels)
    assert str(caught.value) == (
        f"{path.as_posix()}, cell 6 (code cell 3, under “2.1 On a toy”): ZeroDivisionError: division by zero"
    )


def test_the_number_of_a_cell_does_not_count_what_was_put_in(tmp_path, kernels):
    path = write_notebook(tmp_path / "03.ipynb", "raise KeyError('广丰')")
    with pytest.raises(NotebookError, match=r"cell 3 \(code cell 2, under “03”\): KeyError: '广丰'"):
        execute(path, kernels, "b")


def test_an_error_the_user_can_mend_is_told_in_its_own_words(tmp_path, kernels):
    path = write_notebook(
        tmp_path / "01.ipynb", "from src.utils.errors import PlanError\nraise PlanError('a.txt: empty. Fill it.')"
    )
    with pytest.raises(GuihuaError, match=r"cell 3 \(code cell 2, under “01”\):\na\.txt: empty\. Fill it\.$"):
        execute(path, kernels)


def test_a_kernel_that_dies_is_told(tmp_path, kernels):
    path = write_notebook(tmp_path / "01.ipynb", "import os\nos._exit(1)")
    with pytest.raises(NotebookError, match=r"cell 3 .*: the kernel died"):
        execute(path, kernels)


def test_a_warning_is_refused(tmp_path, kernels):
    path = write_notebook(tmp_path / "01.ipynb", "import warnings\nwarnings.warn('old way')")
    with pytest.raises(NotebookError, match=r"cell 3 .* writes to standard error.*warnings\.warn"):
        execute(path, kernels)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"read {paths.ROOT}/data/plans", "where the project lies"),
        (f"{paths.ROOT.as_posix()!r}", "where the project lies"),
        ("<Axes object at 0x7f3a5c2b1d90>", "memory address"),
    ],
)
def test_what_differs_between_machines_is_refused(text, problem):
    stream = nbformat.v4.new_output("stream", name="stdout", text=text)
    result = nbformat.v4.new_output("execute_result", data={"text/html": f"<b>{text}</b>"}, execution_count=1)
    assert problem in executing.output_problem(stream)
    assert problem in executing.output_problem(result)


def test_what_only_looks_like_a_path_or_an_address_is_kept():
    for text in ("data/plans/shangrao", f"https://x.org{paths.ROOT}/data", f"{paths.ROOT}-2", "meet at 0x5 for 1 kg"):
        assert executing.output_problem(nbformat.v4.new_output("stream", name="stdout", text=text)) == ""
    picture = nbformat.v4.new_output("display_data", data={"image/png": f"iVBO{paths.ROOT}/"})
    assert executing.output_problem(picture) == ""


def test_a_path_in_an_output_is_found_with_doubled_backslashes_too():
    root = executing.project_path(Path("C:\\Users\\li\\guihua"))
    assert root.search("WindowsPath('C:\\\\Users\\\\li\\\\guihua\\\\data')")
    assert root.search("C:\\Users\\li\\guihua\\data")


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "01.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(NotebookError, match=r"01\.ipynb: not a notebook of format 4"):
        executing.read_notebook(tmp_path / "01.ipynb")


# --- the same bytes ---


def test_neighbouring_pieces_of_a_stream_are_joined():
    def piece(text, name="stdout"):
        return nbformat.v4.new_output("stream", name=name, text=text)

    picture = nbformat.v4.new_output("display_data", data={"text/plain": "x"})
    joined = executing.join_streams([piece("a"), piece("b\n"), picture, piece("c"), piece("d", "stderr")])
    assert [output.get("text") for output in joined] == ["ab\n", None, "c", "d"]


def test_cells_without_an_id_get_the_same_one_each_time(tmp_path):
    path = write_notebook(tmp_path / "01.ipynb", "1")
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        del cell["id"]
    path.write_text(json.dumps(content | {"nbformat_minor": 4}), encoding="utf-8")
    first, second = executing.read_notebook(path), executing.read_notebook(path)
    ids = [cell.id for cell in first.cells]
    assert ids == [cell.id for cell in second.cells]
    assert len(set(ids)) == 3


def test_two_runs_give_the_same_bytes_and_touch_nothing_the_second_time(tree):
    for name in ("01_a", "02_b", "03_c"):
        write_notebook(
            tree / "notebooks" / f"{name}.ipynb",
            DRAW.format(name=name),
            "import os\nprint({'b', 'a', 'c'}, os.getcwd().rsplit(os.sep)[-1])",
        )
    first = run(tree)
    assert first.returncode == 0, first.stderr
    assert "figures/shangrao: 3 tables (3 new)" in first.stdout
    assert "notebooks: 3 notebooks (3 changed)" in first.stdout
    before = contents(tree / "notebooks") | contents(tree / "figures")
    times = {path: path.stat().st_mtime_ns for path in (tree / "notebooks").iterdir()}
    second = run(tree, "--again")
    assert "figures/shangrao: 3 tables (3 unchanged)" in second.stdout
    assert "notebooks: 3 notebooks (3 unchanged)" in second.stdout
    assert contents(tree / "notebooks") | contents(tree / "figures") == before
    assert {path: path.stat().st_mtime_ns for path in (tree / "notebooks").iterdir()} == times
    text = before["02_b.ipynb"].decode("utf-8")
    assert text.endswith("}\n")
    assert '\n "cells": [' in text
    assert "广丰区" in text
    assert "image/png" in text
    assert sys.version.split()[0] not in text
    notebook = nbformat.reads(text, as_version=4)
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == [1, 2, 3]
    assert shown_by(notebook).rstrip().endswith("notebooks")


def test_another_plan_is_executed_into_its_own_folder(tmp_path, monkeypatch, capsys):
    for name in ("NOTEBOOKS", "FIGURES", "CACHE", "PROCESSED"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    committed = write_notebook(tmp_path / "notebooks" / "01_a.ipynb", "print(PLAN)").read_bytes()
    assert notebooks.run_on_plan("yichun", tmp_path / "elsewhere" / "yichun") == 0
    assert (tmp_path / "notebooks" / "01_a.ipynb").read_bytes() == committed
    copy = nbformat.read(tmp_path / "figures" / "yichun" / "notebooks" / "01_a.ipynb", as_version=4)
    assert shown_by(copy) == f"{(tmp_path / 'elsewhere' / 'yichun').as_posix()}\n"
    assert "figures/yichun/notebooks: 1 notebooks (1 new)" in capsys.readouterr().out


def test_the_users_own_settings_do_not_reach_the_kernels(tmp_path, monkeypatch):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("LEAKED = 'from IPython'", encoding="utf-8")
    (tmp_path / "start.py").write_text("LEAKED = 'from PYTHONSTARTUP'", encoding="utf-8")
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["no-such-program", "{connection_file}"], "display_name": "mine", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    for name, value in {
        "IPYTHONDIR": tmp_path / "ipython",
        "JUPYTER_PATH": tmp_path / "jupyter",
        "JUPYTER_DATA_DIR": tmp_path / "jupyter",
        "PYTHONSTARTUP": tmp_path / "start.py",
        "PYTHONWARNINGS": "error",
        "MPLBACKEND": "no_such_backend",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, str(value))
    path = write_notebook(
        tmp_path / "01.ipynb",
        "import os, sys\nimport matplotlib.pyplot as plt\nprint('LEAKED' in globals(), os.environ['COLUMNS'])",
        "print(sys.executable == EXECUTABLE)",
        parameters=f"EXECUTABLE = {sys.executable!r}",
    )
    with executing.private_jupyter() as kernels:
        assert shown_by(execute(path, kernels)) == "False 80\nTrue\n"
    assert os.environ["IPYTHONDIR"] == str(tmp_path / "ipython")


# --- what is in the way, and what a kill leaves ---


def test_figures_that_cannot_be_written_are_told_before_any_kernel_starts(tree):
    write_notebook(tree / "notebooks" / "01_a.ipynb", "1")
    (tree / "figures").write_text("a file where the folder should be", encoding="utf-8")
    result = run(tree)
    assert result.returncode == 2
    assert result.stderr.startswith("figures: cannot be written (")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights in another way")
def test_a_figures_folder_without_permission_is_told(tree):
    write_notebook(tree / "notebooks" / "01_a.ipynb", "1")
    (tree / "figures" / "shangrao").mkdir(parents=True)
    (tree / "figures" / "shangrao").chmod(0o555)
    bound = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []  # root may write anywhere
    if bound and not shutil.which("setpriv"):
        pytest.skip("root without setpriv may write anywhere")
    result = subprocess.run(
        [*bound, *command()], cwd=tree, env=environment(tree), capture_output=True, encoding="utf-8", check=False
    )
    assert result.returncode == 2
    assert result.stderr.startswith("figures/shangrao: cannot be written (Permission denied). Give yourself the right")
    assert len(result.stderr.splitlines()) == 1


def test_a_part_file_stays_while_its_writer_lives(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        alive = tmp_path / f".a.png.{other.pid}.part"
        alive.touch()
        assert sweep_parts([tmp_path]) == 0
        assert alive.exists()
        other.communicate(b"\n")
    assert sweep_parts([tmp_path, tmp_path / "missing"]) == 1
    assert not alive.exists()


def test_a_failed_notebook_leaves_the_old_one_whole(tree):
    good = write_notebook(tree / "notebooks" / "01_a.ipynb", "print('fine')")
    bad = write_notebook(tree / "notebooks" / "02_b.ipynb", "print('fine')", "nonsense")
    before = bad.read_bytes()
    result = run(tree)
    assert result.returncode == 1
    assert "notebooks/02_b.ipynb, cell 4 (code cell 3, under “02_b”): NameError: name 'nonsense'" in result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    assert bad.read_bytes() == before
    assert "fine" in shown_by(nbformat.read(good, as_version=4))


SLOW_WRITER = """import time
from src.utils.files import write_whole
from src.utils.paths import FIGURES
for number in range(300):
    write_whole(FIGURES / PLAN / f"{number % 7}.csv", f"{number}\\n" * 20_000)
    time.sleep(0.005)"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_at_any_moment_nothing_is_half_written_and_the_next_run_completes(tree):
    for name in ("01_a", "02_b"):
        write_notebook(tree / "notebooks" / f"{name}.ipynb", SLOW_WRITER.replace("PLAN", repr(name)), "print('end')")
    originals = contents(tree / "notebooks")
    for seconds in (0.2, 1.0, 1.6, 2.2, 3.0):
        with subprocess.Popen(
            command(), cwd=tree, env=environment(tree), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as job:
            time.sleep(seconds)
            job.kill()
        for path in (tree / "figures").rglob("*.csv"):
            lines = path.read_text(encoding="utf-8").splitlines()
            assert len(lines) == 20_000, f"{path.name} is half written after {seconds} s"
            assert len(set(lines)) == 1
        for name, content in contents(tree / "notebooks").items():
            if not name.endswith(".part"):
                assert content == originals[name] or nbformat.reads(content.decode(), as_version=4).cells[-1].outputs
    result = run(tree)
    assert result.returncode == 0, result.stderr
    executed = contents(tree / "notebooks")
    assert sorted(executed) == ["01_a.ipynb", "02_b.ipynb"]
    assert all("end" in shown_by(nbformat.reads(content.decode(), as_version=4)) for content in executed.values())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a console, not to a process")
def test_ctrl_c_stops_kernels_and_leaves_notebooks_alone(tree):
    path_of_pid = tree / "figures" / "pid"
    path = write_notebook(
        tree / "notebooks" / "01_a.ipynb",
        "import os, time\nfrom src.utils.files import write_whole\nfrom src.utils.paths import FIGURES",
        "write_whole(FIGURES / 'pid', str(os.getpid()))\ntime.sleep(60)",
    )
    before = path.read_bytes()
    with subprocess.Popen(
        command(), cwd=tree, env=environment(tree), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    ) as job:
        deadline = time.monotonic() + 60
        while not path_of_pid.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        job.send_signal(signal.SIGINT)
        _, messages = job.communicate(timeout=20)
    assert job.returncode == 130
    assert "Traceback" not in messages
    assert messages.endswith("Stopped.\n")
    assert path.read_bytes() == before
    with pytest.raises(ProcessLookupError):
        os.kill(int(path_of_pid.read_text(encoding="utf-8")), 0)

"""A notebook is executed again where anything it rests on has changed, and only there."""

import json
import os
import shutil
import sys
import time
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from src.utils import paths
from src.utils.running import notebooks, records, together, watching
from src.utils.running.jobs import Execution
from tests.small_notebooks import copy_tree, run, write_notebook

READS_THE_PLAN = """from src.utils.lexicons import load_lexicon
from src.utils.plans.pipeline import load_plan
from src.utils.files import write_whole
from src.utils.paths import FIGURES
found = load_lexicon("industries"), load_plan(PLAN).sentences
_ = write_whole(FIGURES / PLAN / "a.csv", f"{len(found[1])}\\n")"""
READS_ITS_OWN = """import subprocess, sys
from pathlib import Path
print(Path("../mine/b.csv").read_text(), sorted(path.name for path in Path("../data/mine").iterdir()))
print(subprocess.run([sys.executable, "-c", "print(open('../mine/child.txt').read())"], capture_output=True).stdout)
print(Path("../mine/absent.csv").exists() or None)
try:
    open("../mine/absent.csv")
except FileNotFoundError:
    pass"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Path:
    """A copy of the project with two small notebooks that have been executed; not to be changed."""
    tree = copy_tree(tmp_path_factory.mktemp("run") / "规划 copy", without=("notebooks/", "figures/", "tests/"))
    write_notebook(tree / "notebooks" / "01_plan.ipynb", READS_THE_PLAN)
    write_notebook(tree / "notebooks" / "02_own.ipynb", READS_ITS_OWN)
    for name in ("mine/b.csv", "mine/child.txt", "data/mine/one.csv"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text("1\n", encoding="utf-8")
    result = run(tree)
    assert result.returncode == 0, result.stderr
    return tree


@pytest.fixture
def tree(executed, tmp_path, monkeypatch) -> Path:
    """The same tree, to be changed; the project's paths are those in it."""
    copy = Path(shutil.copytree(executed, tmp_path / "copy"))
    monkeypatch.setattr(paths, "ROOT", copy)
    for name in ("NOTEBOOKS", "FIGURES", "CORPORA", "PROCESSED", "CACHE", "DATA"):
        monkeypatch.setattr(paths, name, copy / getattr(paths, name).relative_to(Path(__file__).resolve().parents[1]))
    return copy


def stale(tree: Path) -> set[str]:
    """The notebooks that a run would execute."""
    found = set()
    for path in sorted((tree / "notebooks").glob("*.ipynb")):
        kept = records.read_record(records.name_of(Execution(path, path)))
        if kept is None or records.changes(kept):
            found.add(path.stem)
    return found


def edit(path: Path, old: str = "", new: str = " ") -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert old in text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")


BOTH = {"01_plan", "02_own"}
CHANGES = {
    "the plan's source": ("data/plans/shangrao/source.txt", {"01_plan"}),
    "the plan's settings": ("data/plans/shangrao/plan.toml", {"01_plan"}),
    "a dictionary that was not there": ("data/plans/shangrao/dictionary.txt", {"01_plan"}),
    "a lexicon": ("data/lexicons/industries.csv", {"01_plan"}),
    "code that it imports": ("src/utils/lexicons.py", {"01_plan"}),
    "code that its imports import": ("src/utils/plans/breaks.py", {"01_plan"}),
    "code that nothing of it imports": ("src/utils/measures/topics.py", set()),
    "code that executes it": ("src/utils/running/executing.py", BOTH),
    "a plan that it does not read": ("data/plans/shangrao-profile/source.txt", set()),
    "a file of the user's": ("mine/b.csv", {"02_own"}),
    "a file that a process of it read": ("mine/child.txt", {"02_own"}),
    "a file that it looked for in vain": ("mine/absent.csv", {"02_own"}),
    "another file in a folder that it lists": ("data/mine/two.csv", {"02_own"}),
    "a corpus that was not there": ("data/corpora/new/corpus.json", BOTH),
    "what it wrote": ("figures/shangrao/a.csv", {"01_plan"}),
    "the notebook": ("notebooks/02_own.ipynb", {"02_own"}),
    "what nobody reads": ("README.md", set()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_input_makes_exactly_its_dependents_stale(what, tree):
    name, dependents = CHANGES[what]
    assert stale(tree) == set()
    edit(tree / name)
    assert stale(tree) == dependents


def test_what_it_wrote_must_be_there(tree):
    (tree / "figures" / "shangrao" / "a.csv").unlink()
    assert stale(tree) == {"01_plan"}


def test_python_and_packages_are_inputs(tree, monkeypatch):
    monkeypatch.setattr(records, "beneath", lambda: "another pandas")
    assert stale(tree) == BOTH


def test_time_stamps_are_no_input(tree):
    for path in (tree / "data").rglob("*.csv"):
        os.utime(path, (1, 1))
    assert stale(tree) == set()


def test_another_plan_has_a_record_of_its_own(tree):
    path = tree / "notebooks" / "01_plan.ipynb"
    assert records.read_record(records.name_of(Execution(path, path, "shangrao-profile"))) is None


@pytest.mark.parametrize("damage", [lambda text: text[:-9], lambda text: text.replace("nothing", "a" * 64, 1)])
def test_a_damaged_record_counts_for_none(damage, tree):
    for path in (tree / ".cache" / "runs").glob("0*.json"):
        path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert stale(tree) == BOTH


def test_a_run_executes_what_must_be_and_says_why(tree):
    nothing = run(tree)
    assert nothing.returncode == 0
    assert nothing.stdout.startswith("2 notebooks, none executed: nothing has changed.\n  01_plan: not executed;")
    assert nothing.stdout.endswith("`python run.py --again` executes them anew.\n")
    assert nothing.stderr == ""
    edit(tree / "mine" / "b.csv", "1", "2")
    part = run(tree)
    assert "02_own: changed since its last run: mine/b.csv\n" in part.stderr
    assert "01_plan: " not in part.stderr
    assert "2 notebooks (1 executed)" in part.stdout
    assert "  01_plan: not executed; unchanged since " in part.stdout
    shown = json.loads((tree / "notebooks" / "02_own.ipynb").read_text(encoding="utf-8"))
    assert "2\\n" in json.dumps(shown)
    assert run(tree).stdout.startswith("2 notebooks, none executed")
    forced = run(tree, "--again")
    assert "02_own: done" in forced.stderr
    assert "01_plan: done" in forced.stderr


def test_after_a_failure_only_what_was_done_counts_as_done(tree):
    edit(tree / "notebooks" / "02_own.ipynb", "import subprocess, sys", "raise KeyError(1)")
    assert run(tree).returncode == 1
    assert stale(tree) == {"02_own"}
    edit(tree / "notebooks" / "02_own.ipynb", "raise KeyError(1)", "import subprocess, sys")
    assert stale(tree) == {"02_own"}  # the record from before the failure is not taken up again


def test_pages_are_made_anew_when_one_is_gone(tree, monkeypatch, capsys):
    for path in sorted((tree / "notebooks").glob("*.ipynb")):
        assert records.read_record(records.name_of(Execution(path, path)))
    (tree / "figures" / "shangrao" / "shown.json").write_text("{}", encoding="utf-8")  # a name more: pages list it
    monkeypatch.setattr(together, "execute_all", lambda jobs: pytest.fail("nothing is to be executed"))
    assert notebooks.run_all() == 0
    assert "2 notebooks (0 executed)" in capsys.readouterr().out
    assert notebooks.run_all() == 0
    assert "none executed" in capsys.readouterr().out


@pytest.mark.parametrize(("kind", "ended"), [(b"r", 1), (b"w", -1)])
def test_what_another_hand_changes_meanwhile_is_not_kept(kind, ended, tree, tmp_path, capsys):
    path, file = tree / "notebooks" / "01_plan.ipynb", tree / "mine" / "b.csv"
    at = path.stat().st_ctime
    job = Execution(path, path, log=tmp_path / "log", began=at + 0.001)
    time.sleep(0.01)
    file.write_text("9\n", encoding="utf-8")
    job.ended = file.stat().st_ctime + ended  # read before it changed, or changed after it was written
    job.log.write_bytes(kind + os.fsencode(file) + b"\0")
    records.forget(records.name_of(job))
    together.keep_record(job)
    assert capsys.readouterr().out.startswith("01_plan: changed while it was executed: mine/b.csv.")
    assert records.read_record(records.name_of(job)) is None
    job.log.write_bytes(b"r" + os.fsencode(tree / "mine" / "child.txt") + b"\0")
    job.began = job.ended = file.stat().st_ctime + 1
    together.keep_record(job)
    assert records.read_record(records.name_of(job)) is not None


def test_a_process_notes_what_it_reads_writes_and_lists(tmp_path):
    (tmp_path / "a").write_text("1", encoding="utf-8")
    with watching.watched() as log:
        (tmp_path / "a").read_bytes()
        (tmp_path / "b").write_bytes(b"2")
        (tmp_path / "b").rename(tmp_path / "c")
        list(tmp_path.iterdir())
    (tmp_path / "later").write_bytes(b"3")
    found = watching.touched(bytes(log))
    inside = [sorted(path.name for path in paths if path.is_relative_to(tmp_path)) for paths in found]
    assert inside == [["a"], ["b", "c"], [tmp_path.name]]


def test_only_python_and_what_has_keys_of_its_own_is_left_out(tree):
    touched = {
        tree / "mine" / "b.csv",
        tree / ".cache" / "tokens" / "x",
        tree / "data" / "processed" / "store" / "x.parquet",
        tree / "figures" / "shangrao" / ".a.csv.77.part",
        Path(sys.prefix) / "lib" / "x.py",
        Path(cache_from_source(tree / "src" / "utils" / "paths.py")),
    }
    assert records._within(touched) == {tree / "mine" / "b.csv", tree / "src" / "utils" / "paths.py"}

"""What all tests share: their order, the plans that ship, read once, one execution of all notebooks, a plan to damage."""

import gc
import json
import os
import shutil
from pathlib import Path

import pytest

from src.utils import paths
from src.utils.plans.pipeline import Plan, load_plan
from tests.small_notebooks import Executed, execute_all

CASES = Path(__file__).parent / "cases"
SHANGRAO_COUNTIES = [
    "信州区",
    "广丰区",
    "广信区",
    "玉山县",
    "横峰县",
    "弋阳县",
    "铅山县",
    "德兴市",
    "婺源县",
    "万年县",
    "余干县",
    "鄱阳县",
]  # in the order of the plan


@pytest.hookimpl(trylast=True)  # when what was not asked for is out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, in the order of the files; then the slow ones, the longest first.

    Where processes work side by side each gets an equal share of both: `--dist worksteal` cuts the list into as many
    pieces, and whoever has done his takes over the other's last ones. A failure of a fast test shows early either way.
    """
    slow = {item: seconds(mark) for item in items if (mark := item.get_closest_marker("slow"))}
    longest_first = sorted(slow, key=lambda item: -slow[item])
    fast = [item for item in items if item not in slow]
    n_processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    n_left = len(items)
    items.clear()
    for number in range(n_processes):
        own = longest_first[number::n_processes]
        size = n_left // (n_processes - number)  # as xdist cuts
        n_left -= size
        n_fast = max(0, size - len(own))
        items += [*fast[:n_fast], *own]
        del fast[:n_fast]


def seconds(mark: pytest.Mark) -> float:
    """About how many seconds of processor a slow test takes."""
    return float(mark.kwargs.get("seconds", 1))


def pytest_collection_finish() -> None:
    """Let what is imported by now be left out of the search for garbage, which took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def load_cases(name: str) -> dict:
    """The cases of tests/cases/<name>.json."""
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def shangrao() -> Plan:
    """The published plan, read."""
    return load_plan("shangrao")


@pytest.fixture(scope="session")
def profile() -> Plan:
    """The digest, read."""
    return load_plan("shangrao-profile")


@pytest.fixture(scope="session")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The project, copied, with all its notebooks executed and its pages written from nothing by `python run.py`.

    Takes two minutes of processor, and is done once however many tests want it and however many processes they run in:
    mark them `slow`, and look at the copy without changing it. Figures as committed are a second execution to compare
    it with: `executed.tree / "figures"` lies beside `paths.FIGURES`. What is to happen while the notebooks are executed
    (a sitecustomize.py for the kernels, say) has its place in `execute_all`, between the copy and the run.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which the processes have in common
    return execute_all(folder / "executed")


@pytest.fixture
def plan_copy(tmp_path: Path) -> Path:
    """A copy of the Shangrao plan's folder that a test may damage."""
    return Path(shutil.copytree(paths.PLANS / "shangrao", tmp_path / "上饶 copy"))

"""The store under several processes: equal bytes from one, from many and from a cluster; kills; two builds at once."""

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from src.utils import paths
from src.utils.store import layout, open_store, running
from src.utils.store.building import Words
from src.utils.store.looking import look
from src.utils.store.members import StoredPlan, group_of

pytestmark = pytest.mark.slow
SEED = 20260707
N_PLANS, N_KILLS = 160, 20
BUILD = """
import sys
from pathlib import Path
from src.utils.store import open_store, running
class Progress:
    def begin(self, n_plans, n_bytes): print("begin", flush=True)
    def done(self, outcome): pass
running.BATCH_BYTES = 60_000
texts = sorted(Path(sys.argv[1]).glob("*.txt"))
store = open_store(texts, folder=Path(sys.argv[2]), n_jobs=int(sys.argv[3]), progress=Progress())
sys.exit(len(store.failures))
"""


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> Path:
    """Documents put together from the paragraphs of the plans that ship."""
    folder = tmp_path_factory.mktemp("texts")
    plans = sorted(paths.PLANS.glob("*/*.txt"))
    paragraphs = [line for path in plans for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    chance = random.Random(SEED)
    for number in range(N_PLANS):
        content = "\n".join(chance.choices(paragraphs, k=80))
        (folder / f"plan{number:03}.txt").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(texts, tmp_path_factory) -> dict[str, bytes]:
    """The files of a store that this process alone has built."""
    root = tmp_path_factory.mktemp("undisturbed")
    store = open_store(sorted(texts.iterdir()), folder=root, n_jobs=1)
    assert len(store.plans) == N_PLANS
    return files_of(root)


def files_of(root: Path) -> dict[str, bytes]:
    """The files that readers of a store look at."""
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if ".building" not in path.parts}


def start(*arguments: object) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(paths.ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen) -> None:
    """Kill a process and all it has started, at once and without a warning."""
    family = [process]
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [*psutil.Process(process.pid).children(recursive=True), process]
    for each in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    process.communicate()


def test_several_processes_write_the_bytes_of_one(texts, undisturbed, tmp_path):
    open_store(sorted(texts.iterdir()), folder=tmp_path, n_jobs=2)
    assert files_of(tmp_path) == undisturbed


def test_two_builds_at_once(texts, undisturbed, tmp_path):
    builds = [start("-c", BUILD, texts, tmp_path, 1) for _ in range(2)]
    ended = [build.communicate() for build in builds]
    assert [build.returncode for build in builds] == [0, 0], ended
    assert files_of(tmp_path) == undisturbed
    assert not list((tmp_path / ".building").iterdir())


def test_killed_twenty_times_at_random_moments(texts, undisturbed, tmp_path):
    chance = random.Random(SEED)
    root = tmp_path / "store"
    group = group_of(sorted(texts.iterdir()))
    seen = []
    for number in range(N_KILLS):
        build = start("-c", BUILD, texts, root, 1 + number % 2)
        assert build.stdout.readline() == "begin\n", build.stderr.read()
        time.sleep(chance.uniform(0, 0.5))
        kill(build)
        states = [found.state for found in look(group, root)]
        assert set(states) <= {"fresh", "missing"}  # nothing half there is ever seen
        seen.append(states.count("fresh"))
        if seen[-1] == N_PLANS:  # all is built: begin anew, so that every kill falls into a build
            for folder in layout.stored_plans(root):
                layout.shutil.rmtree(folder)
    assert len(set(seen)) > 1  # the kills fell on different moments; batches are put into the store whole
    store = open_store(sorted(texts.iterdir()), folder=root, n_jobs=1)
    assert files_of(root) == undisturbed
    assert (
        store.sql("SELECT count(*) - count(DISTINCT (plan, sentence, position)) AS twice FROM tokens")["twice"][0] == 0
    )
    assert not list((root / ".building").iterdir())


@pytest.fixture
def cluster(tmp_path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A Dask scheduler and two workers, each a process of its own: the address, the workers."""
    file = tmp_path / "scheduler.json"
    about = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)
    processes = [start("-m", "distributed.cli.dask_scheduler", *about)]
    while not file.is_file():
        assert processes[0].poll() is None, processes[0].communicate()
        time.sleep(0.05)
    one = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", tmp_path)
    workers = [start("-m", "distributed.cli.dask_worker", "--scheduler-file", file, *one) for _ in range(2)]
    processes += workers
    try:
        yield layout.json.loads(file.read_text(encoding="utf-8"))["address"], workers
    finally:
        for process in reversed(processes):
            kill(process)


def test_a_cluster_that_loses_a_worker_writes_the_bytes_of_one_process(
    texts, undisturbed, tmp_path, cluster, monkeypatch
):
    address, workers = cluster
    monkeypatch.setattr(running, "BATCH_BYTES", 60_000)
    done = []

    class Progress:
        def begin(self, n_plans, n_bytes):
            pass

        def done(self, outcome):
            done.append(outcome)
            if len(done) == 10:
                kill(workers[0])

    root = tmp_path / "store"
    store = open_store(sorted(texts.iterdir()), folder=root, scheduler=address, progress=Progress())
    assert store.failures.empty
    assert len(done) == N_PLANS
    assert workers[0].poll() is not None
    assert files_of(root) == undisturbed


@pytest.mark.parametrize(("n_cores", "chosen"), [(1, "ac"), (2, "abc"), (8, "abc")])
def test_each_machine_of_a_cluster_builds_on_as_many_workers_as_it_has_cores(n_cores, chosen):
    class Client:
        asked = 0

        def scheduler_info(self):
            return {"workers": {"b": {"host": "one"}, "a": {"host": "one"}, "c": {"host": "two"}}}

        def run(self, _function, on_error):
            self.asked += 1
            return dict.fromkeys("abc", n_cores)

    client = Client()
    cluster = running._Cluster(client)
    assert cluster.at_work() == cluster.at_work() == list(chosen)
    assert client.asked == 1


def test_no_scheduler_at_the_address(texts, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "SECONDS_TO_CONNECT", 1)
    with pytest.raises(running.StoreError, match="no Dask scheduler answers there"):
        open_store(sorted(texts.iterdir()), folder=tmp_path, scheduler="tcp://127.0.0.1:9")


def test_a_plan_that_kills_its_process_is_named_and_the_others_are_built(texts, tmp_path):
    class Deadly(StoredPlan):
        def read(self):
            os._exit(9)

    group = group_of(sorted(texts.iterdir())[:12])
    tasks = [found.task for found in look(group, tmp_path)]
    deadly = tasks[5].plan
    tasks[5] = replace(tasks[5], plan=Deadly(deadly.id, deadly.settings, deadly.files))
    outcomes = [each for batch in running.run(tasks, tmp_path, Words.of(group), 2) for each in batch]
    assert sorted(outcome.plan for outcome in outcomes) == [task.plan.id for task in tasks]
    [failed] = [outcome for outcome in outcomes if outcome.problem]
    assert failed.plan == deadly.id
    assert "was killed" in failed.problem

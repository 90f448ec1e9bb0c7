"""Time text to the store against a plain jieba + scikit-learn script, by length, by processes and on a Dask cluster.

    python benchmarks/store_speed.py [MILLIONS ...]
    python benchmarks/store_speed.py --in-turn ROUNDS
    python benchmarks/store_speed.py --cluster ROUNDS

Needs data/corpora/provincial-reports-2025 (`python run.py fetch …` brings it). The texts are made, not found:
documents as long as the 31 reports, put together from their paragraphs drawn with a seed, written as .txt files into a
temporary folder, MILLIONS of characters in all (1 10 100). Nothing in the project remembers a paragraph from one
document to the next, so that they come again makes nothing faster. The documents are bare files: no counties or
industries are looked for in them, but for the row "units too".

The plain script reads the files and gives jieba.lcut to TfidfVectorizer. It is timed on a sample of two million
characters, jieba's dictionary loaded before, in the same run; all rows' times are then per million characters. Each row
is a process of its own. seconds: on the clock, from the first file looked up to the last plan stored. cpu: what the
processors worked, all processes from their start, but the plain script while the clock runs and of a cluster its client
alone; it weighs less what else the machine does. A cluster's scheduler and workers run before the clock does, as they
do where there is a cluster, with Dask's settings of benchmarks/README.md; what they import for us is in the time.
peak_mb: the most that all processes held together, shared memory counted in each. On Linux and macOS.

With --in-turn three million characters are built by this process and by two that already run, and half a million go
through the plain script, in turn in every round: where other work shares the machine, the best rounds say more than one
long run. Nothing is written then.

With --cluster a hundred million characters are built by two processes and by four Dask workers, in turn in every round,
each begun anew; it prints both and their ratio.
"""

import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402
from distributed import Client  # noqa: E402

from src.utils.plans.collections import load_collection  # noqa: E402
from src.utils.store.looking import look  # noqa: E402
from src.utils.store.members import group_of  # noqa: E402
from src.utils.store.reading import build_stale  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "store_speed.csv"
CORPUS = "provincial-reports-2025"
SEED = 20250101
MILLIONS = (1.0, 10.0, 100.0)
SAMPLE = 2.0
UNITS_TOO = 10.0
IN_TURN = 3.0
PROCESSES = 2

QUIET = {
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__WORKER__MEMORY__MONITOR_INTERVAL": "1s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
    "MALLOC_TRIM_THRESHOLD_": "134217728",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
}
"""As benchmarks/README.md starts a cluster: Dask looks at itself seldom, and workers keep the memory they have had."""

PLAIN = """
import json, sys, time
from pathlib import Path
import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
jieba.setLogLevel(60)
jieba.initialize()
began, cpu = time.perf_counter(), time.process_time()
texts = [path.read_text(encoding="utf-8") for path in sorted(Path(sys.argv[1]).glob("*.txt"))]
TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None).fit_transform(texts)
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}))
"""
STORE = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from src.utils.plans.collections import load_collection
from src.utils.plans.settings import Source
from src.utils.plans.reading import source_hash
from src.utils.store.looking import look
from src.utils.store.members import Group, StoredPlan, group_of
from src.utils.store.reading import build_stale
root, asked = Path(sys.argv[3]), json.loads(sys.argv[4])
with_units, about = asked.pop("units", False), load_collection(asked.pop("corpus")).members[13].settings
about = about.model_copy(update={"county": type(about)(**about.model_dump(exclude={"county"})).county})


def with_settings(plan):
    source = Source(file=plan.files[0].name, sha256=source_hash(plan.files[0]))
    return StoredPlan(plan.id, about.model_copy(update={"id": plan.id, "source": source}), plan.files)


began = time.perf_counter()
group = group_of(sorted(Path(sys.argv[2]).glob("*.txt")))
if with_units:
    group = Group(tuple(map(with_settings, group.plans)))
looks = look(group, root)
failures = build_stale(group, looks, root, **asked)
assert not failures, failures[:3]
print(json.dumps({"seconds": time.perf_counter() - began}))
"""


def make_corpus(folder: Path, millions: float) -> int:
    """Write the documents and return how many characters they have."""
    reports = [member.read().source.text for member in load_collection(CORPUS).members]
    paragraphs = [line for report in reports for line in report.split("\n") if line.strip()]
    lengths = [len(report) for report in reports]
    chance = random.Random(SEED)
    total = number = 0
    while total < millions * 1e6:
        lines, size, wanted = [], 0, chance.choice(lengths)
        while size < wanted:
            lines.append(chance.choice(paragraphs))
            size += len(lines[-1]) + 1
        (folder / f"doc{number:06}.txt").write_text("\n".join(lines), encoding="utf-8")
        total, number = total + size - 1, number + 1
    return total


def measure(code: str, *arguments: object) -> dict[str, float]:
    """Run code in a process of its own: its seconds, the processors' seconds of its family, their peak memory."""
    os.sync()  # so that nobody pays for what another wrote
    with tempfile.TemporaryFile("w+") as output:
        process = psutil.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=output)
        cpu: dict[int, float] = {}
        peak = 0.0
        while process.poll() is None:
            resident = 0.0
            for each in family(process):
                try:
                    times = each.cpu_times()
                    cpu[each.pid] = times.user + times.system
                    resident += each.memory_info().rss / 1e6
                except psutil.Error:
                    continue
            peak = max(peak, resident)
            time.sleep(0.1)
        if process.returncode:
            sys.exit("The measured process failed.")
        output.seek(0)
        found: dict[str, float] = json.loads(output.read().splitlines()[-1])
    return {"cpu": sum(cpu.values()), "peak_mb": peak, **found}


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it has started."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


@contextmanager
def cluster(n_workers: int, folder: Path) -> Iterator[str]:
    """A Dask scheduler with workers, each a process of its own; gives its address."""
    file = folder / "scheduler.json"
    environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT)}
    base = [sys.executable, "-m"]
    quiet: dict[str, Any] = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    host = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    processes = [psutil.Popen([*base, "distributed.cli.dask_scheduler", *host], **quiet)]
    while not file.is_file():
        time.sleep(0.1)
    one = ["--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]
    processes += [psutil.Popen([*base, "distributed.cli.dask_worker", *one], **quiet) for _ in range(n_workers)]
    try:
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(n_workers)
        time.sleep(5)  # so that their start is in nobody's time
        yield address
    finally:
        for process in reversed(processes):
            for each in reversed(family(process)):
                each.kill()


def in_turn(rounds: int) -> None:
    """Time one process, two and the plain script in turn; print each round, the best and the median of each."""
    import jieba  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

    jieba.setLogLevel(60)
    jieba.initialize()
    seconds: dict[str, list[float]] = {"one process": [], "two processes": [], "plain script": []}
    with tempfile.TemporaryDirectory() as name:
        texts = Path(name) / "texts"
        texts.mkdir()
        n_chars = make_corpus(texts, IN_TURN)
        files = sorted(texts.glob("*.txt"))
        few = [path.read_text(encoding="utf-8") for path in files[: len(files) // 6]]
        group = group_of(files)
        for number in range(rounds):
            for n_jobs, way in ((1, "one process"), (2, "two processes")):
                root = Path(name) / f"{way} {number}"
                began = time.perf_counter()
                failures = build_stale(group, look(group, root), root, n_jobs=n_jobs)
                seconds[way].append((time.perf_counter() - began) / n_chars * 1e6)
                assert not failures
            began = time.perf_counter()
            TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None).fit_transform(few)
            seconds["plain script"].append((time.perf_counter() - began) / sum(map(len, few)) * 1e6)
            print("  ".join(f"{way} {found[-1]:.3f}" for way, found in seconds.items()), flush=True)
    for way, found in seconds.items():
        print(f"{way}: best {min(found):.3f}, median {statistics.median(found):.3f} s per million characters")


def stored(texts: Path, **how: Any) -> dict[str, float]:
    """Build a store of the texts beside them in a process of its own, and remove it."""
    with tempfile.TemporaryDirectory(dir=texts.parent) as root:
        return measure(STORE, ROOT, texts, root, json.dumps({"corpus": CORPUS, **how}))


def against_cluster(rounds: int) -> None:
    """Time two processes and four Dask workers in turn, who is first changing; print each round and the ratios."""
    ratios = []
    with tempfile.TemporaryDirectory() as name:
        texts = Path(name) / "texts"
        texts.mkdir()
        make_corpus(texts, MILLIONS[-1])
        for number in range(rounds):
            seconds = {}
            for way in ("joblib", "Dask")[:: 1 if number % 2 else -1]:
                if way == "joblib":
                    seconds[way] = stored(texts, n_jobs=PROCESSES)["seconds"]
                    continue
                folder = Path(name) / f"cluster {number}"
                folder.mkdir()
                with cluster(4, folder) as address:
                    seconds[way] = stored(texts, scheduler=address)["seconds"]
            ratios.append(seconds["Dask"] / seconds["joblib"])
            print("  ".join(f"{way} {seconds[way]:.1f}" for way in seconds), f"ratio {ratios[-1]:.3f}", flush=True)
    print(f"median of the ratios {statistics.median(ratios):.3f}")


def main() -> None:
    """Measure all rows, print them and write them to benchmarks/results."""
    wanted = sorted({float(each) for each in sys.argv[1:]} or MILLIONS)
    rows: list[dict[str, Any]] = []

    def row(name: str, n_chars: int, found: dict[str, float]) -> None:
        each = {key: round(found[key] / n_chars * 1e6, 3) for key in ("seconds", "cpu")}
        first = rows[0] if rows else {f"{key}_per_million": value for key, value in each.items()}
        ratio = round(float(first["seconds_per_million"]) / each["seconds"], 2)
        rows.append(
            {
                "row": name,
                "millions": round(n_chars / 1e6, 2),
                "seconds": round(found["seconds"], 1),
                "seconds_per_million": each["seconds"],
                "cpu_per_million": each["cpu"],
                "peak_mb": round(found["peak_mb"]),
                "times_the_plain_script": ratio,
                "times_by_cpu": "" if "Dask" in name else round(float(first["cpu_per_million"]) / each["cpu"], 2),
            }
        )
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)

    with tempfile.TemporaryDirectory() as name:
        base = Path(name)

        def corpus(millions: float) -> tuple[Path, int]:
            folder = base / f"{millions:g}"
            folder.mkdir(exist_ok=True)
            return folder, make_corpus(folder, millions)

        texts, n_chars = corpus(SAMPLE)
        row("plain script, one process", n_chars, measure(PLAIN, texts))
        for millions in wanted:
            texts, n_chars = corpus(millions)
            row(f"store, {PROCESSES} processes", n_chars, stored(texts, n_jobs=PROCESSES))
            if millions == wanted[-1]:
                row("store, one process", n_chars, stored(texts, n_jobs=1))
                with cluster(4, base) as address:
                    row("store, four Dask workers", n_chars, stored(texts, scheduler=address))
            if millions == wanted[0] or millions == UNITS_TOO:
                row(f"store, {PROCESSES} processes, units too", n_chars, stored(texts, n_jobs=PROCESSES, units=True))
        row("plain script again", corpus(SAMPLE)[1], measure(PLAIN, base / f"{SAMPLE:g}"))
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in-turn"]:
        in_turn(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--cluster"]:
        against_cluster(int(sys.argv[2]))
    else:
        main()

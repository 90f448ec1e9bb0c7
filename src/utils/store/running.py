"""Many batches: in this process, over all cores with joblib, or on a cluster with Dask."""

import pickle
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from src.utils.errors import StoreError
from src.utils.store.building import Outcome, Task, Words, build_batch

BATCH_BYTES: Final = 12_000_000
"""Most source bytes of a batch: four million characters, two or three seconds of work."""

LEAST_BYTES: Final = 600_000
"""Source bytes below which handing a batch over costs more than the other processes' waiting for it would."""

_ROUNDS: Final = 4  # what is left is so many batches for each process

SMALL: Final = 6_000_000
"""Source bytes below which this process is done before others have started."""

SECONDS_TO_CONNECT = 10

MEMORY_MB: Final = 2000
"""The bound on what all processes take together, where none is given."""

_BASE_MB: Final = 300  # Python, Arrow, the dictionaries; measured 215
_MB_OF_TEXT: Final = 25  # for each megabyte of text, of which a plan has 15 at most; measured 20
_MB_OF_FILE: Final = 3  # for each megabyte of the file


def memory_of(task: Task) -> float:
    """Megabytes that a process takes at most while it reads a plan: a generous guess by the size of its source."""
    size = task.n_bytes / 1e6
    return _BASE_MB + _MB_OF_TEXT * min(size, 15) + _MB_OF_FILE * size


def too_large(task: Task, memory_mb: int) -> str | None:
    """Why a plan cannot be read within the memory; None where it can."""
    if memory_of(task) <= memory_mb:
        return None
    return (
        f"its source of {task.n_bytes / 1e6:,.0f} MB takes some {memory_of(task):,.0f} MB of memory to read, and "
        f"{memory_mb:,} MB are allowed; allow more (--memory)"
    )


def n_workers(tasks: Sequence[Task], memory_mb: int = MEMORY_MB, n_jobs: int | None = None) -> int:
    """How many processes the memory allows, this one's share taken off; the cores at most. 1 is this process alone."""
    if n_jobs is None and sum(task.n_bytes for task in tasks) < SMALL:
        return 1
    from joblib import cpu_count  # noqa: PLC0415

    each = max((memory_of(task) for task in tasks), default=_BASE_MB)
    return max(1, min(n_jobs or cpu_count(), int((memory_mb - _BASE_MB) // each)))


def batches(tasks: Sequence[Task], workers: int = 1) -> Iterator[list[Task]]:
    """Tasks that follow each other, in batches of BATCH_BYTES of source that grow smaller towards the end, or of one.

    So few are handed over, and all processes still end together.
    """
    left = sum(task.n_bytes for task in tasks)
    batch: list[Task] = []
    size = 0
    for task in tasks:
        most = min(BATCH_BYTES, max(LEAST_BYTES, left // (_ROUNDS * workers)))
        if batch and size + task.n_bytes > most:
            yield batch
            left -= size
            batch, size = [], 0
        batch.append(task)
        size += task.n_bytes
    if batch:
        yield batch


def run(tasks: Sequence[Task], root: Path, words: Words, workers: int) -> Iterator[list[Outcome]]:
    """Build on this machine; outcomes as batches are done, in no certain order."""
    build = partial(build_batch, root=root, words=words)
    parts = batches(tasks, workers)
    if workers == 1:
        yield from map(build, parts)
        return
    from joblib import Parallel, delayed  # noqa: PLC0415
    from joblib.externals.loky.process_executor import TerminatedWorkerError  # noqa: PLC0415

    waiting = {task.plan.id: task for task in tasks}
    try:
        parallel = Parallel(workers, return_as="generator_unordered", batch_size=1, max_nbytes=None)
        for outcomes in parallel(delayed(build)(batch) for batch in parts):
            for outcome in outcomes:
                waiting.pop(outcome.plan)
            yield outcomes
    except TerminatedWorkerError:
        yield from _one_by_one(list(waiting.values()), build)


def _one_by_one(tasks: Sequence[Task], build: Any) -> Iterator[list[Outcome]]:
    """After a process was killed: the rest each in a process of its own, to find the plan that kills it."""
    from joblib import Parallel, delayed  # noqa: PLC0415
    from joblib.externals.loky.process_executor import TerminatedWorkerError  # noqa: PLC0415

    for task in tasks:
        try:
            yield from Parallel(2, batch_size=1, max_nbytes=None)([delayed(build)([task])])
        except TerminatedWorkerError:
            problem = (
                "the process that read it was killed, most likely for want of memory; close other programs or allow "
                "fewer processes (--jobs 1), and build again"
            )
            yield [Outcome(task.plan.id, problem, n_bytes=task.n_bytes)]


def run_on_cluster(tasks: Sequence[Task], root: Path, words: Words, address: str) -> Iterator[list[Outcome]]:
    """Build on the workers of a Dask scheduler; retries and lost workers are Dask's business.

    The workers read the sources and write the store by the same paths as here: on a disk that all of them share. Raises
    StoreError where there is no scheduler at the address.
    """
    from distributed import Client, as_completed  # noqa: PLC0415

    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{address}: no Dask scheduler answers there ({error}). Start one with `dask scheduler`, or leave the "
            "address out."
        ) from error
    with client, client.as_current():
        cluster = _Cluster(client)
        parts = batches(tasks, max(1, len(cluster.at_work())))
        work: dict[Any, list[Task]] = {}
        done = as_completed()

        def hand_out() -> None:
            workers = cluster.at_work()
            for batch in islice(parts, max(0, max(1, len(workers)) - len(work))):
                where = {"workers": workers, "allow_other_workers": True} if workers else {}
                packed = pickle.dumps((batch, root, words), pickle.HIGHEST_PROTOCOL)
                future = client.submit(_build_packed, packed, pure=False, retries=2, **where)
                work[future] = batch
                done.add(future)

        hand_out()
        while work:
            future = next(done)
            batch = work.pop(future)
            hand_out()  # before the outcomes are fetched and looked at: meanwhile its worker has nothing to do
            if future.status == "finished":
                yield future.result()
            else:
                problem = f"the cluster could not build it ({future.exception()}); see the workers' logs"
                yield [Outcome(task.plan.id, problem, n_bytes=task.n_bytes) for task in batch]
            future.release()


def _build_packed(packed: bytes) -> list[Outcome]:
    """Build a batch that was packed into bytes: Dask's scheduler need not look through its thousands of objects."""
    batch, root, words = pickle.loads(packed)
    return build_batch(batch, root, words)


class _Cluster:
    """The workers of a cluster that are given work; others may come, and these may go."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._cores: dict[str, int] = {}

    def at_work(self) -> list[str]:
        """The addresses of as many workers on each machine as it has cores; a worker builds one batch at a time.

        More of them would only take turns, and take longer: four on two cores a fifth more work than two of them.
        """
        from dask.system import cpu_count  # noqa: PLC0415 (every worker has it loaded; joblib it would have to load)

        known = self._client.scheduler_info()["workers"]
        if known.keys() - self._cores.keys():
            self._cores |= self._client.run(cpu_count, on_error="ignore")
        found: dict[str, list[str]] = {}
        for address, about in sorted(known.items()):
            here = found.setdefault(about["host"], [])
            if len(here) < self._cores.get(address, len(known)):
                here.append(address)
        return [address for here in found.values() for address in here]

"""Execute one notebook so that the same lock and Python give the same bytes, wherever and whenever it runs."""

import ast
import asyncio
import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from traitlets import default

from src.utils import errors
from src.utils.errors import GuihuaError
from src.utils.paths import CACHE, ROOT, shown
from src.utils.running import watching
from src.utils.running.jobs import Execution

PARAMETERS = "parameters"
INJECTED = "injected-parameters"
STARTUP_SECONDS = 180  # the first start after an installation compiles what it imports

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}

# One thread per kernel: sums in another order end in other last digits. A fixed hash seed: sets in the same order.
FIXED = {
    "COLUMNS": "80",
    "LINES": "24",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
    "TQDM_DISABLE": "1",
    "TZ": "UTC",
    "VECLIB_MAXIMUM_THREADS": "1",
}
FOREIGN = re.compile(r"(?i)^(PYTHON|IPYTHON|JUPYTER|JPY_|MPL|MATPLOTLIB|PYDEVD|FORCE_COLOR|NO_COLOR|CLICOLOR)")


class NotebookError(Exception):
    """A notebook cannot be executed or must not be kept; the message names notebook, cell and heading."""


class OwnKernel(AsyncKernelManager):
    """A kernel of the Python that runs this, whatever kernel named python3 the user has installed elsewhere."""

    @default("kernel_spec_manager")
    def _own_spec(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)


@contextlib.contextmanager
def private_jupyter() -> Iterator[dict[str, str]]:
    """Give the environment of the kernels, with Jupyter's and IPython's folders private and the user's left out."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="guihua-", ignore_cleanup_errors=True) as folder:
        private = {
            name: str(Path(folder) / name.lower())
            for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
        }
        kept = {name: value for name, value in before.items() if not FOREIGN.match(name)}
        startup = Path(folder) / "startup"
        startup.mkdir()
        (startup / "sitecustomize.py").write_text(watching.STARTUP, encoding="utf-8")
        search = {"MPLCONFIGDIR": str(CACHE / "matplotlib"), "PYTHONPATH": os.pathsep.join([str(startup), str(ROOT)])}
        environment = {**kept, **FIXED, **private, **search}
        os.environ.update(private)  # jupyter_client writes its connection files where these say
        try:
            yield environment
        finally:
            for name in private:
                os.environ.pop(name)
            os.environ.update(before)


def execute(job: Execution, environment: dict[str, str]) -> str:
    """Execute the notebook in its folder and return the text of the result; nothing is written.

    Raises GuihuaError where a cell met something the user can mend, NotebookError where it failed in another way or
    left what must not be kept: standard error, the project's path, a memory address.
    """
    notebook = read_notebook(job.source)
    if job.plan is not None:
        inject(notebook, job.plan, job.source)
    headings = headings_above(notebook)
    at = 0

    def on_cell(cell: NotebookNode, cell_index: int) -> None:
        nonlocal at
        at = cell_index
        job.on_cell(cell_index + 1, headings[cell_index])

    watched = {} if job.log is None else {watching.LOG: str(job.log)}
    job.client = NotebookClient(
        notebook,
        kernel_manager_class=OwnKernel,
        kernel_name=KERNELSPEC["name"],
        timeout=None,
        startup_timeout=STARTUP_SECONDS,
        iopub_timeout=60,
        raise_on_iopub_timeout=True,  # rather an error than an output lost on a busy machine
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=40"],
        on_cell_execute=on_cell,
    )
    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:  # the loop zmq wants, on Windows too
            runner.run(job.client.async_execute(env=environment | watched, cwd=str(job.source.parent)))
    except CellExecutionError as error:
        raise told_apart(error, place(job.source, notebook, at)) from error
    except DeadKernelError as error:
        remedy = "is the memory used up? Close other programs and run it again"
        raise NotebookError(f"{place(job.source, notebook, at)}: the kernel died; {remedy}.") from error
    except RuntimeError as error:
        raise NotebookError(f"{place(job.source, notebook, at)}: {error}") from error
    normalise(notebook)
    check_outputs(notebook, job.source)
    return str(nbformat.writes(notebook)) + "\n"


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook; cells without an id, which older editors write, get one from their place.

    Raises NotebookError where the file is no notebook of format 4.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["nbformat_minor"] = max(5, content["nbformat_minor"])
        for number, cell in enumerate(content["cells"]):
            cell.setdefault("id", hashlib.sha256(f"{path.name}:{number}".encode()).hexdigest()[:8])
        notebook: NotebookNode = nbformat.reads(json.dumps(content), as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise NotebookError(f"{shown(path)}: not a notebook of format 4 ({str(error).splitlines()[0]}).") from error
    return notebook


def inject(notebook: NotebookNode, plan: str, path: Path) -> None:
    """Insert after the cell tagged `parameters` one that sets PLAN, and COMPARISON_PLAN where that cell has it.

    Raises NotebookError where there is not exactly one such cell.
    """
    notebook.cells = [cell for cell in notebook.cells if INJECTED not in tags(cell)]
    tagged = [at for at, cell in enumerate(notebook.cells) if cell.cell_type == "code" and PARAMETERS in tags(cell)]
    if len(tagged) != 1:
        raise NotebookError(f"{shown(path)}: {len(tagged)} code cells are tagged {PARAMETERS}; it takes exactly one.")
    names = [name for name in ("PLAN", "COMPARISON_PLAN") if name in assigned(notebook.cells[tagged[0]].source)]
    source = "\n".join(f"{name} = {json.dumps(plan, ensure_ascii=False)}" for name in names or ["PLAN"])
    cell = nbformat.v4.new_code_cell(source, id=INJECTED, metadata={"tags": [INJECTED]})
    notebook.cells.insert(tagged[0] + 1, cell)


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


def assigned(source: str) -> set[str]:
    """Return the names that the source assigns at its top level."""
    found = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign):
            found |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.add(statement.target.id)
    return found


def headings_above(notebook: NotebookNode) -> list[str]:
    """Return for every cell the nearest markdown heading at or above it, "" before the first."""
    headings, heading = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"(?ms)^(```|~~~).*?^\1", "", cell.source)
            heading = [heading, *re.findall(r"(?m)^#{1,6}\s+(.+?)\s*$", prose)][-1]
        headings.append(heading)
    return headings


def normalise(notebook: NotebookNode) -> None:
    """Take out what differs between runs: versions, timings, how the kernel happened to cut its streams."""
    notebook.metadata["kernelspec"] = NotebookNode(KERNELSPEC)
    notebook.metadata["language_info"] = nbformat.from_dict(LANGUAGE_INFO)
    for cell in notebook.cells:
        for key in ("execution", "ExecuteTime"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = join_streams(cell.outputs)


def join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of one stream."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def check_outputs(notebook: NotebookNode, path: Path) -> None:
    """Raise NotebookError, naming the cell, where an output must not be kept."""
    for at, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            problem = output_problem(output)
            if problem:
                raise NotebookError(f"{place(path, notebook, at)}: {problem}")


def output_problem(output: NotebookNode) -> str:
    """Say what is wrong with an output; "" where nothing is."""
    if output.output_type == "stream" and output.name == "stderr":
        return f"it writes to standard error, as warnings do; mend the cause: {output.text.strip().splitlines()[-1]}"
    for text in texts(output):
        if PROJECT_PATH.search(text):
            return "an output shows where the project lies on this machine; print paths relative to the project."
        address = re.search(r"\bat 0x[0-9a-fA-F]{6,}", text)
        if address:
            return f"an output shows a memory address ({address[0]}), which changes from run to run."
    return ""


def texts(output: NotebookNode) -> Iterator[str]:
    """Give the parts of an output that are text."""
    if output.output_type == "stream":
        yield output.text
    for kind, content in output.get("data", {}).items():
        if isinstance(content, str) and (not kind.startswith("image/") or "svg" in kind):
            yield content
        elif not isinstance(content, str):
            yield json.dumps(content, ensure_ascii=False)


def project_path(root: Path) -> re.Pattern[str]:
    """Match the project's path as a whole, as it is, with forward slashes, or with doubled backslashes."""
    spellings = {str(root), root.as_posix(), str(root).replace("\\", "\\\\")}
    return re.compile(rf"(?<![\w./:])(?:{'|'.join(re.escape(one) for one in sorted(spellings))})(?![\w-])")


PROJECT_PATH = project_path(ROOT)


def told_apart(error: CellExecutionError, where: str) -> Exception:
    """Turn a cell's error into GuihuaError with its message alone, or NotebookError with its last line."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, GuihuaError)}
    if error.ename in kinds:
        return GuihuaError(f"{where}:\n{error.evalue}")
    return NotebookError(f"{where}: {error.ename}: {(error.evalue.strip().splitlines() or [''])[-1]}".rstrip(": "))


def place(path: Path, notebook: NotebookNode, at: int) -> str:
    """Name a cell as its author finds it: notebook, number among all cells, number among code cells, heading."""
    own = [cell for cell in notebook.cells[: at + 1] if INJECTED not in tags(cell)]
    code = sum(cell.cell_type == "code" for cell in own)
    heading = headings_above(notebook)[at]
    return f"{shown(path)}, cell {len(own)} (code cell {code}" + (f", under “{heading}”)" if heading else ")")

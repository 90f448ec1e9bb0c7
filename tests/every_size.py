"""While a notebook is executed, each figure that it saves is drawn again at every size and in every language, and checked.

Nothing is computed twice and nothing is written: the cells that draw are run again, with another size and language, on
what the notebook's variables held when they ran. `watch(tree)` has this done in every kernel that a run of the notebooks
in a copied tree starts, and `read(tree)` gives what was found; `draw_again()` does it without a kernel. A folder in the
environment variable EVERY_SIZE_PICTURES gets all of them as PNG, to be looked at.
"""

import ast
import builtins
import contextlib
import inspect
import io
import itertools
import json
import os
import subprocess
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from matplotlib.figure import Figure

from src.utils import files
from src.utils.errors import FigureError
from src.utils.figures import provenance, save, style
from src.utils.figures.checks import require_readable
from src.utils.figures.papers import tables

SIZES = ("one", "one_half", "two", "screen", "slide")
LANGUAGES = ("zh", "en", "both")
FOLDER = "every_size"  # in the tree, one file a kernel
SWITCHES = {"LANGUAGE", "LANGUAGES"}
MAKERS = {"new_axes", "new_figure", "save_figure"}


class Found(NamedTuple):
    """What came of one figure at one size in one language; problem: "" where it can be printed as it is."""

    figure: str
    size: str
    language: str
    refused: bool  # by the chart, before anything was to be saved
    problem: str


class Scan:
    """The names that a cell, or some of its statements, reads from outside itself, and those it sets."""

    def __init__(self, statements: list[ast.stmt]) -> None:
        self.reads: set[str] = set()
        self.writes: set[str] = set()
        self.otherwise = False  # under an `else`, where it may not be what ran
        self._body(statements)

    @classmethod
    def of_cell(cls, source: str) -> list["Scan"]:
        """One for each of a cell's statements; those of an `if` read what its condition reads too."""
        waiting: list[tuple[ast.stmt, set[str], bool]] = [(one, set(), False) for one in ast.parse(source).body]
        scans = []
        while waiting:
            (first, reads, otherwise), *waiting = waiting
            if isinstance(first, ast.If):
                reads = reads | cls([ast.Expr(first.test)]).reads
                inner = [(one, reads, otherwise) for one in first.body] + [(one, reads, True) for one in first.orelse]
                waiting = [*inner, *waiting]
                continue
            scans.append(scan := cls([first]))
            scan.reads |= reads
            scan.otherwise = otherwise
        return scans

    def _body(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            own = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)]
            inner = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)]
            if isinstance(statement, ast.FunctionDef):
                self._read(statement)
                self.writes.add(statement.name)
                continue
            loops = {node.id for child in own for node in _names(child, ast.Store)}
            for child in own:
                self._read(child, loops if isinstance(statement, ast.For) else set())
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                self.reads |= {statement.target.id} - self.writes
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.writes |= {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
            self.writes |= loops
            self._body(inner)
            for handler in (child for child in own if isinstance(child, ast.ExceptHandler)):
                self._body(handler.body)

    def _read(self, node: ast.AST, besides: Iterable[str] = ()) -> None:
        self.reads |= {name.id for name in _names(node, ast.Load)} - self.writes - set(besides)


def _names(node: ast.AST, context: type) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, context))


@dataclass
class Cell:
    """A cell that ran: its source, the variables before it, and the earlier cells that have to run again with it."""

    source: str
    before: dict[str, Any]
    again: bool = False
    needs: tuple[int, ...] = ()
    writes: frozenset[str] = frozenset()


@dataclass
class Watcher:
    """Follows a notebook cell by cell; tell: what to do with each thing found."""

    tell: Callable[[Found], None]
    sizes: tuple[str, ...] = SIZES
    languages: tuple[str, ...] = LANGUAGES
    cells: list[Cell] = field(default_factory=list)
    _set_by: dict[str, int] = field(default_factory=dict)

    def before(self, source: str, variables: Mapping[str, Any]) -> None:
        """Note a cell that is about to run."""
        try:
            scans = Scan.of_cell(source)
        except SyntaxError:  # a magic: it draws nothing
            return
        place, again, needs = len(self.cells), False, set[int]()
        for scan in scans:
            needed = {self._set_by[name] for name in scan.reads & self._set_by.keys()}
            changes = bool(needed or scan.reads & (SWITCHES | MAKERS))
            again, needs = again or changes, needs | needed
            for name in scan.writes:
                if changes and name not in SWITCHES | MAKERS:
                    self._set_by[name] = place
                elif not scan.otherwise:
                    self._set_by.pop(name, None)
        writes = frozenset(name for scan in scans for name in scan.writes)
        self.cells.append(Cell(source, dict(variables), again, tuple(sorted(needs - {place})), writes))

    def after(self) -> None:
        """Draw again what the cell that has just run has saved, if it has saved a figure."""
        last = self.cells[-1] if self.cells else None
        if last and last.again and "save" in last.source:
            with _quietly():
                for size, language in itertools.product(self.sizes, self.languages):
                    self._again(len(self.cells) - 1, size, language)

    def _slice(self, place: int) -> list[int]:
        needed, waiting = set(), [place]
        while waiting:
            one = waiting.pop()
            if one not in needed:
                needed.add(one)
                waiting += self.cells[one].needs
        return sorted(needed)

    def _again(self, place: int, size: str, language: str) -> None:
        drawing = Drawing(size, language)
        carried: dict[str, Any] = {}
        try:
            for at in self._slice(place):
                cell = self.cells[at]
                variables = drawing.variables({**cell.before, **carried})
                drawing.saving = at == place
                exec(compile(cell.source, f"<cell {at + 1}>", "exec"), variables)
                carried |= {name: variables[name] for name in cell.writes if name in variables}
        except Exception as error:
            drawing.found.append(Found("?", size, language, False, f"{type(error).__name__}: {error}"))
        for found in drawing.found:
            self.tell(found)


class Drawing:
    """Draws at one size in one language, and checks in place of saving."""

    def __init__(self, size: str, language: str) -> None:
        self.size, self.language = size, language
        self.found: list[Found] = []
        self.saving = False
        self.refused: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()

    def variables(self, held: dict[str, Any]) -> dict[str, Any]:
        """The notebook's variables, with others in place of those that decide on size and language and that write."""
        own = {
            id(style.new_axes): self.new_axes,
            id(style.new_figure): self.new_figure,
            id(save.save_figure): self.save_figure,
            id(provenance.provenance): lambda *_, **__: None,
            id(provenance.state): lambda *_, **__: None,
            id(tables.save_table): lambda *_, **__: None,
            id(files.write_whole): lambda *_, **__: None,
        }
        changed = {name: own.get(id(value)) or self._minding(value) for name, value in held.items()}
        for name, value in (("LANGUAGE", self.language), ("LANGUAGES", (self.language,))):
            if name in held:
                changed[name] = value
        return changed | {"print": _nothing, "display": _nothing, "__builtins__": builtins}

    def _minding(self, chart: Any) -> Any:
        """A chart that, where it refuses to draw, says so of its figure, and lets the cell go on to the next one."""
        if not inspect.isfunction(chart) or not chart.__module__.startswith("src.utils.figures."):
            return chart
        first = next(iter(inspect.signature(chart).parameters), "")
        if first == "drawn":  # adds to the table of a chart, of which there is none where that was refused
            return lambda drawn, *rest: drawn if self.refused else chart(drawn, *rest)
        if first not in ("ax", "figure") or chart.__module__.endswith(".save"):
            return chart

        def minding(where: Any, table: Any = None, *rest: Any, **options: Any) -> Any:
            try:
                return chart(where, *([] if table is None else [table]), *rest, **options)
            except FigureError as error:
                self.refused.setdefault(where if first == "figure" else where.figure, str(error))
                return table

        return minding

    def new_figure(self, _: str = "one", height_mm: float = 60.0, **options: Any) -> Any:
        """A figure of this drawing's size."""
        return style.new_figure(self.size, height_mm, **options)

    def new_axes(self, size: str = "one", height_mm: float = 60.0, **options: Any) -> Any:
        """The same with axes."""
        figure = self.new_figure(size, height_mm, **options)
        return figure, figure.add_subplot()

    def save_figure(self, figure: Any, name: str, data: Any, *_: Any, allow_overlap: bool = False, **__: Any) -> Any:
        """Check as save_figure does before it writes."""
        if not self.saving:
            return save.SavedFigure((), figure)
        refused, problem = self.refused.get(figure, ""), ""
        try:
            if not refused:
                save._require_complete(figure, name, data)
                texts = require_readable(figure, allow_overlap=allow_overlap)
                least = min(one.artist.get_fontsize() for one in texts) * style.SIZES[self.size].enlarged
                problem = "" if least >= (14 if self.size == "slide" else 7) else f"letters of {least:g} points"
        except FigureError as error:
            problem = str(error)
        folder = os.environ.get("EVERY_SIZE_PICTURES")
        if folder and not refused:
            figure.savefig(Path(folder) / f"{name}-{self.size}-{self.language}.png", dpi=110)
        self.found.append(Found(name, self.size, self.language, bool(refused), refused or problem))
        return save.SavedFigure((), figure)


def _nothing(*_: Any, **__: Any) -> None:
    return None


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """No output that would become the cell's, and no warning that is not an error."""
    silence = io.StringIO()
    with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence), warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# --- in a kernel ---

HOOK = """import functools, importlib.util, sys

if any("ipykernel" in argument for argument in sys.orig_argv):
    from IPython.core.interactiveshell import InteractiveShell

    original = InteractiveShell.init_events

    @functools.cache
    def follower():
        spec = importlib.util.spec_from_file_location("every_size", {module!r})
        module = sys.modules["every_size"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.follower({folder!r})

    def init_events(shell):
        original(shell)

        def before(info):
            with shell.builtin_trap:  # pandas asks at its import whether it is in a notebook
                follower().before(info.raw_cell, shell.user_ns)

        shell.events.register("pre_run_cell", before)
        shell.events.register("post_run_cell", lambda result: follower().after() if result.success else None)

    InteractiveShell.init_events = init_events
"""
"""What the package `src` of the tree does too: kernels import it as they start. The rest comes with the first cell."""


def watch(tree: Path) -> None:
    """Let every kernel that runs in a copied tree draw again what it saves. Call it before the run; git sees nothing."""
    folder, package = tree / FOLDER, tree / "src" / "__init__.py"
    folder.mkdir()
    hook = HOOK.format(module=str(Path(__file__).resolve()), folder=str(folder.resolve()))
    package.write_text(f"{package.read_text(encoding='utf-8')}\n{hook}", encoding="utf-8")
    exclude = tree / ".git" / "info" / "exclude"
    if exclude.is_file():
        exclude.write_text(f"{exclude.read_text(encoding='utf-8')}\n/{FOLDER}/\n", encoding="utf-8")
        subprocess.run(["git", "update-index", "--assume-unchanged", "src/__init__.py"], cwd=tree, check=True)


def read(tree: Path) -> list[Found]:
    """What the kernels of the run found, in the order of figures, sizes and languages."""
    lists = sorted((tree / FOLDER).glob("*.jsonl"))
    lines = [line for path in lists for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted(Found(*json.loads(line)) for line in lines)


def follower(folder: str) -> Watcher:
    """What follows the cells of this process, and writes what it finds to a file of its own."""

    def tell(found: Found) -> None:
        with (Path(folder) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(found, ensure_ascii=False) + "\n")

    return Watcher(tell)


# --- without one ---


def draw_again(path: Path, tell: Callable[[Found], None], **chosen: Any) -> Watcher:
    """Run a notebook's cells in this process, and draw each figure that they save at every size."""
    watcher = Watcher(tell, **chosen)
    variables: dict[str, Any] = {"__name__": "__main__", "display": _nothing, "print": _nothing}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            watcher.before(source, variables)
            exec(compile(source, path.name, "exec"), variables)
            watcher.after()
    return watcher

"""What a figure's code is: the cell of the notebook that saves it, and the modules of src/utils that it rests on.

All of it is read from the files, not from what happens to run: the same notebook gives the same answer from the command
line, in JupyterLab and in a script that stands alone.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.files import hash_text_file

PARAMETERS: Final = "parameters"
PACKAGE: Final = "src.utils"
_SAVES: Final = "save_figure"


class Cell(NamedTuple):
    """A cell of a notebook as a passport needs it; number: among the code cells, from 1 (0 for text)."""

    id: str
    number: int
    heading: str
    source: str
    tags: tuple[str, ...]


class Place(NamedTuple):
    """Where a figure is saved: the cell, and the hash of the code cells up to it and with it."""

    cell: Cell
    code_sha256: str


def sha256(data: bytes | str) -> str:
    """Hash of bytes, or of text as UTF-8."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).hexdigest()


def read_cells(path: Path) -> list[Cell]:
    """The cells of a notebook, each with the nearest heading at or above it.

    Raises FigureError where the file is missing or no notebook.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))["cells"]
        found = [(cell["cell_type"], "".join(cell["source"]), cell) for cell in content]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FigureError(
            f"notebooks/{path.name}: not there or not a notebook; give provenance() the name of the notebook it stands "
            "in, without .ipynb, or none in a script."
        ) from error
    cells, heading, number = [], "", 0
    for kind, source, cell in found:
        if kind == "markdown":
            prose = re.sub(r"(?ms)^(```|~~~).*?^\1", "", source)
            heading = [heading, *re.findall(r"(?m)^#{1,6}\s+(.+?)\s*$", prose)][-1]
        number += kind == "code"
        tags = tuple(cell.get("metadata", {}).get("tags", ()))
        cells.append(Cell(cell.get("id", ""), number if kind == "code" else 0, heading, source, tags))
    return cells


def _parsed(source: str) -> ast.Module:
    """The code of a cell; magics and half-typed code are no figure's business."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def parameters_of(cells: Iterable[Cell]) -> dict[str, Any]:
    """The names that the cell tagged `parameters` sets, with their values where these are plain (else None)."""
    given: dict[str, Any] = {}
    for cell in cells:
        if PARAMETERS in cell.tags:
            for target, value in _assignments(_parsed(cell.source)):
                given[target] = _literal(value)
    return given


def _assignments(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for statement in module.body:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = zip(target.elts, value.elts, strict=False)
                yield from ((name.id, part) for name, part in pairs if isinstance(name, ast.Name))


def _literal(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None


def saving_place(cells: Iterable[Cell], figure: str) -> Place | None:
    """The first cell whose save_figure writes `figure`, by the name in its call; None where there is none.

    The name may be plain text, an f-string, or a variable that the same cell sets to one of these. What comes after
    that cell cannot have made the figure, and is not in the hash.
    """
    code: list[str] = []
    for cell in cells:
        if not cell.number:
            continue
        code.append(cell.source)
        if any(pattern.fullmatch(figure) for pattern in _names_saved(_parsed(cell.source))):
            return Place(cell, sha256("\n\n".join(code)))
    return None


def _names_saved(module: ast.Module) -> Iterator[re.Pattern[str]]:
    known = {
        target.id: node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == _SAVES:
            name = (
                node.args[1] if len(node.args) > 1 else next((k.value for k in node.keywords if k.arg == "name"), None)
            )
            name = known.get(name.id, name) if isinstance(name, ast.Name) else name
            if isinstance(name, ast.Constant):
                yield re.compile(re.escape(str(name.value)))
            elif isinstance(name, ast.JoinedStr):
                yield re.compile("".join(_part(part) for part in name.values))


def _part(part: ast.expr) -> str:
    return re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"


def modules_behind(sources: Iterable[str]) -> dict[str, str]:
    """The files of src/utils that code rests on, by following its imports: path in the project -> hash, sorted."""
    waiting = {name for source in sources for name in _imported(_parsed(source), PACKAGE)}
    return _hashed(_closure(waiting))


def every_module() -> dict[str, str]:
    """All files of src/utils: what a script's figure is taken to rest on."""
    return _hashed({path for path in _root().rglob("*.py")})


def _root() -> Path:
    return paths.ROOT.joinpath(*PACKAGE.split("."))


def _hashed(files: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(paths.ROOT).as_posix(): hash_text_file(path) for path in sorted(files)}


def _closure(names: set[str]) -> set[Path]:
    done: set[Path] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        for path in _files(name) - done:
            done.add(path)
            waiting |= _imports_of(path, path.stat().st_mtime_ns)
    return done


@lru_cache(maxsize=512)
def _imports_of(path: Path, _stamp: int) -> frozenset[str]:
    inside = path.relative_to(paths.ROOT).with_suffix("").parts
    package = ".".join(inside[:-1])
    return frozenset(_imported(_parsed(path.read_text(encoding="utf-8")), package))


def _imported(module: ast.Module, package: str) -> Iterator[str]:
    """Every name imported from the package that may be a module, functions' own imports too."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(PACKAGE))
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            name = ".".join([*above, *([node.module] if node.module else [])])
            if name.startswith(PACKAGE):
                yield name
                yield from (f"{name}.{alias.name}" for alias in node.names)


def _files(name: str) -> set[Path]:
    """The files that importing a module reads: its own and the packages' it lies in; none for what is no module."""
    parts = name.split(".")
    target = paths.ROOT.joinpath(*parts)
    own = target.with_suffix(".py") if target.with_suffix(".py").is_file() else target / "__init__.py"
    if not own.is_file():
        return set()
    depth = len(PACKAGE.split("."))
    packages = [paths.ROOT.joinpath(*parts[:end], "__init__.py") for end in range(depth, len(parts) + 1)]
    return {own, *(path for path in packages if path.is_file())}


def short(hashes: Mapping[str, str]) -> dict[str, str]:
    """Hashes cut to 16 digits, enough to tell two versions of a file apart."""
    return {name: found[:16] for name, found in hashes.items()}

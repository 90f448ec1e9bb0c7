"""`python run.py fetch`: larger public corpora, named in data/registry.toml, brought to data/corpora and checked.

A corpus is there whole or not at all: files are fetched to a part file, checked against their sha256, laid out in a
folder beside, and moved to their place at last.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from src.utils import paths
from src.utils.errors import FetchError
from src.utils.files import PART, hash_file, writer_alive
from src.utils.running.downloading import Tell, cannot_write, download
from src.utils.running.unpacking import chunks, find_member, member_chunks, open_archive, unpack

MANIFEST = "corpus.json"
ARCHIVE_LIMIT = 500 << 20  # bytes of an archive of which only a member's size is known
State = Literal["present", "absent", "damaged", "outdated"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RemoteFile(_Strict):
    """One file of a corpus: its address, its hash and size in bytes, and what is made of it."""

    address: Annotated[str, Field(pattern=r"^https?://")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(gt=0)]
    save_as: Annotated[str, Field(pattern=r"^[^\\/:\s.][^\\/:]*$")]
    member: str | None = None
    unpack: bool = False

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "RemoteFile":
        if self.member and self.unpack:
            raise ValueError("member and unpack exclude each other")
        return self


class Corpus(_Strict):
    """An entry of data/registry.toml."""

    what: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    citation: Annotated[str, Field(min_length=1)]
    file: Annotated[list[RemoteFile], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> "Corpus":
        names = [file.save_as.casefold() for file in self.file]
        if len(set(names)) < len(names) or MANIFEST in names:
            raise ValueError(f"two files are saved under one name, or one as {MANIFEST}")
        return self

    @property
    def size(self) -> int:
        """Bytes of its files; of an archive's members where only these are wanted."""
        return sum(file.size for file in self.file)

    def stamp(self) -> str:
        """What tells whether the entry has changed: sha256 of what it says of its files."""
        said = json.dumps([file.model_dump() for file in self.file], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode("utf-8")).hexdigest()


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
_REGISTRY: TypeAdapter[dict[str, Corpus]] = TypeAdapter(dict[Name, Corpus])


def load_registry() -> dict[str, Corpus]:
    """The corpora of data/registry.toml by name, in the order of the file.

    Raises FetchError naming the file, the key and the remedy.
    """
    path = paths.REGISTRY
    try:
        return _REGISTRY.validate_python(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FetchError(f"{path.name}: cannot be read ({error}). Put the file back from the project.") from error
    except ValidationError as error:
        found = error.errors()[0]
        key = ".".join(map(str, found["loc"]))
        raise FetchError(f"{path.name}: {key}: {found['msg']}. Correct that key.") from error


def corpus_folder(name: str) -> Path | None:
    """The folder of a corpus that is there whole, or None. Raises FetchError for an unknown name."""
    return paths.CORPORA / name if state(name, _entry(name)) == "present" else None


def _entry(name: str) -> Corpus:
    registry = load_registry()
    if name not in registry:
        raise FetchError(f"{name}: no such corpus; data/registry.toml names {', '.join(registry)}.")
    return registry[name]


def state(name: str, corpus: Corpus, *, hashes: bool = False) -> State:
    """Whether a corpus is there as the registry names it: its files by size, with `hashes` by sha256 too."""
    folder = paths.CORPORA / name
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["stamp"] != corpus.stamp():
            return "outdated"
        files: dict[str, dict[str, Any]] = manifest["files"]
        same = all(_is_file(folder / path, hashes=hashes, **said) for path, said in files.items())
    except FileNotFoundError:
        return "damaged" if folder.exists() and any(folder.iterdir()) else "absent"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "damaged"
    return "present" if same else "damaged"


def _is_file(path: Path, *, size: int, sha256: str, hashes: bool = True) -> bool:
    return path.is_file() and path.stat().st_size == size and (not hashes or hash_file(path) == sha256)


def fetch(name: str, given: Sequence[Path] = (), *, quiet: bool = True) -> Path:
    """Bring a corpus to data/corpora/<name>/ and return that folder; one that is there and whole is left alone.

    given: files got by hand, or folders that hold them, used instead of the network; each is known by its sha256,
    whatever its name. quiet: show no progress. Raises FetchError, one line with the remedy; nothing half-done is left
    in the corpus's folder.
    """
    corpus, folder = _entry(name), paths.CORPORA / name
    if state(name, corpus, hashes=True) == "present":
        return folder
    building = paths.CORPORA / f".{name}.{os.getpid()}{PART}"
    try:
        _sweep(name)
        building.mkdir(parents=True)
        if given:
            _from_hand(corpus, _candidates(given), building)
        else:
            _from_network(corpus, building, quiet=quiet)
        _write_manifest(corpus, building)
        _take_place(building, folder)
    except OSError as error:
        raise cannot_write(paths.CORPORA, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder


def _sweep(name: str) -> None:
    """Remove what killed runs were building."""
    for left in paths.CORPORA.glob(f".{name}.*{PART}"):
        if left.is_dir() and not writer_alive(left):
            shutil.rmtree(left, ignore_errors=True)


# --- from the network ---


def _from_network(corpus: Corpus, building: Path, *, quiet: bool) -> None:
    """Fetch each address once and lay out what is wanted of it; the parts go when all is there."""
    archives: dict[str, Path] = {}
    with _progress(quiet=quiet) as bar:
        for file in corpus.file:
            tell = bar(file.save_as)
            if file.member is None:
                part = _claim_part(file.address)
                _download_checked(file, part, tell)
            else:
                part = archives.get(file.address) or _claim_part(file.address)
                if file.address not in archives:
                    download(file.address, part, size=None, limit=ARCHIVE_LIMIT, tell=tell)
            archives[file.address] = part
            try:
                _lay_out(file, part, building)
            except FetchError:
                part.unlink(missing_ok=True)  # it is not what it should be: nothing to go on from
                raise
    for part in archives.values():
        part.unlink(missing_ok=True)


def _claim_part(address: str) -> Path:
    """The part file of an address for this process, with what an earlier one had fetched of it."""
    key = hashlib.sha256(address.encode("utf-8")).hexdigest()[:16]
    own = paths.CORPORA / f".{key}.{os.getpid()}{PART}"
    left = [part for part in paths.CORPORA.glob(f".{key}.*{PART}") if part != own and not writer_alive(part)]
    for part in sorted(left, key=lambda part: (part.stat().st_size, part.name)):
        with contextlib.suppress(FileNotFoundError):  # another process may claim it at the same moment
            part.replace(own)
    return own


def _download_checked(file: RemoteFile, part: Path, tell: Tell) -> None:
    """Download a file and check its hash; where an old beginning was to blame, fetch it anew once."""
    resumed = part.exists()
    download(file.address, part, size=file.size, limit=file.size, tell=tell)
    if resumed and hash_file(part) != file.sha256:
        part.unlink()
        download(file.address, part, size=file.size, limit=file.size, tell=tell)
    if (found := hash_file(part)) != file.sha256:
        hint = "A proxy or a login page answered instead. " if _is_html(part) else ""
        part.unlink()
        raise FetchError(
            f"{file.address}: what came is not the file: its sha256 is {found}, the registry says {file.sha256}. {hint}"
            "Get the file by hand and give it with --from."
        )


def _is_html(part: Path) -> bool:
    with part.open("rb") as file:
        return file.read(256).lstrip().lower().startswith((b"<!doctype html", b"<html"))


# --- from files got by hand ---


def _candidates(given: Sequence[Path]) -> list[Path]:
    missing = [path for path in given if not path.exists()]
    if missing:
        raise FetchError(f"{missing[0]}: there is no such file or folder. Correct the path after --from.")
    found = [entry for path in given for entry in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return [path for path in found if path.is_file()]


def _from_hand(corpus: Corpus, candidates: Sequence[Path], building: Path) -> None:
    for file in corpus.file:
        same = (path for path in candidates if _is_file(path, size=file.size, sha256=file.sha256))
        holds = (path for path in candidates if file.member and _holds(path, file.member))
        source = next(same, None)
        if source is not None:
            _lay_out(file.model_copy(update={"member": None}), source, building)
        elif (archive := next(holds, None)) is not None:
            _lay_out(file, archive, building)
        else:
            names = ", ".join(path.name for path in candidates[:3]) or "nothing"
            raise FetchError(
                f"{file.save_as}: not among what was given ({names}{', …' if len(candidates) > 3 else ''}). Wanted "
                f"is a file of {file.size:,} bytes with the sha256 {file.sha256}, from {file.address}"
            )


def _holds(path: Path, member: str) -> bool:
    try:
        with open_archive(path) as opened:
            return find_member(path, opened, member) is not None
    except FetchError:
        return False


# --- laid out and moved to its place ---


def _lay_out(file: RemoteFile, source: Path, building: Path) -> None:
    """Put the file, the member that is wanted, or the archive's files into the folder that is being built."""
    if file.unpack:
        unpack(source, building)
    elif file.member is None:
        with source.open("rb") as opened:
            _copy(chunks(opened), building / file.save_as, file)
    else:
        with open_archive(source) as archive:
            info = find_member(source, archive, file.member)
            if info is None:
                raise FetchError(f"{file.address}: holds no file {file.member}. The archive has changed.")
            _copy(member_chunks(source, archive, info), building / file.save_as, file)


def _copy(pieces: Iterable[bytes], target: Path, file: RemoteFile) -> None:
    """Write the pieces and check size and hash on the way."""
    sha256, size = hashlib.sha256(), 0
    with target.open("wb") as opened:
        for piece in pieces:
            size += len(piece)
            if size > file.size:
                break
            sha256.update(piece)
            opened.write(piece)
    if size != file.size or sha256.hexdigest() != file.sha256:
        raise FetchError(
            f"{file.save_as}: what came is not the file: the registry says {file.size:,} bytes, sha256 {file.sha256}."
        )


def _write_manifest(corpus: Corpus, building: Path) -> None:
    """Note the files with sizes and hashes, and for which state of the registry they stand."""
    files = sorted(path for path in building.rglob("*") if path.is_file())
    said = {
        path.relative_to(building).as_posix(): {"size": path.stat().st_size, "sha256": hash_file(path)}
        for path in files
    }
    content = {"what": corpus.what, "licence": corpus.licence, "citation": corpus.citation, "stamp": corpus.stamp()}
    text = json.dumps({**content, "files": said}, ensure_ascii=False, indent=1) + "\n"
    (building / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _take_place(building: Path, folder: Path) -> None:
    """Move what was built to its place, the manifest last; files that somebody else put there stay."""
    if not folder.exists():
        building.rename(folder)
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    built = sorted(path for path in building.rglob("*") if path.is_file() and path.name != MANIFEST)
    for path in [*built, building / MANIFEST]:
        target = folder / path.relative_to(building)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


# --- the command ---


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str], Tell]]:
    """Give what makes a bar for each file on a terminal, and a line for each elsewhere; on standard error."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM", "") in ("dumb", "unknown"):

        def line(name: str) -> Tell:
            if not quiet:
                print(f"fetching {name} …", file=sys.stderr, flush=True)
            return lambda there, *, total: None

        yield line
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def bar(name: str) -> Tell:
            return partial(_move, progress, progress.add_task(name, total=None))

        yield bar


def _move(progress: Progress, task: TaskID, there: int, *, total: int | None) -> None:
    progress.update(task, completed=there, total=total)


def run_fetch(name: str | None, given: Sequence[str]) -> int:
    """Fetch a corpus, or list what there is and what is here. Returns the exit code."""
    if name is None:
        print("\n".join(listing()))
        return 0
    folder = fetch(name, [Path(path) for path in given], quiet=False)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    print(f"{name}: {len(files)} files in data/corpora/{name}/, checked against data/registry.toml")
    print(f"  licence: {_entry(name).licence}\n  cite: {_entry(name).citation}")
    return 0


def listing() -> list[str]:
    """What the registry names, and whether it is here, as lines of plain text."""
    lines = []
    for name, corpus in load_registry().items():
        is_here = state(name, corpus)
        where = f" in data/corpora/{name}/" if is_here == "present" else ""
        again = f"; `python run.py fetch {name}` mends that" if is_here in ("damaged", "outdated") else ""
        lines += [
            f"{name}: {is_here}{where}{again}",
            f"  {corpus.what}",
            f"  {len(corpus.file)} {'file' if len(corpus.file) == 1 else 'files'}, {corpus.size / 1e6:.1f} MB",
            f"  licence: {corpus.licence}",
            f"  cite: {corpus.citation}",
        ]
    return lines

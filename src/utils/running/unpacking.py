"""Zip archives laid out safely: names that Chinese systems wrote, nothing outside the folder, no bombs."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from src.utils.errors import FetchError

MAX_FILES = 10_000
MAX_BYTES = 1 << 30  # laid out, all files together
CHUNK = 1 << 16
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
# Names that Windows refuses or understands as something else.
_FORBIDDEN = re.compile(r"[\x00-\x1f<>:\"|?*]|[. ]$|^(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")
_FURNITURE = re.compile(r"(?:^|/)(?:__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini)(?:/|$)")


def member_name(info: zipfile.ZipInfo) -> str:
    """The name of an archive's file as it was meant: UTF-8 where the archive says so, else GBK, else as zipfile has it.

    Archives made on Chinese systems hold GBK bytes, which zipfile shows as code page 437.
    """
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return info.filename


def safe_name(archive: Path, name: str) -> PurePosixPath:
    """The path below a folder that an archive's name stands for.

    Raises FetchError for a name that leads outside, or that not every system can write.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or not path.parts or any(part == ".." or _FORBIDDEN.search(part) for part in path.parts):
        raise FetchError(f"{archive.name}: holds a file named {name!r}, which leads elsewhere. It is not unpacked.")
    return path


def members(archive: Path, opened: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files of an archive and where they belong; folders and what file managers leave behind are passed over.

    Raises FetchError for unsafe names, links, encrypted files, two files of one name, too many or too large ones.
    """
    seen: set[str] = set()
    infos = [info for info in opened.infolist() if not info.is_dir() and not _FURNITURE.search(member_name(info))]
    if len(infos) > MAX_FILES or sum(info.file_size for info in infos) > MAX_BYTES:
        raise FetchError(
            f"{archive.name}: would become more than {MAX_FILES:,} files or {MAX_BYTES >> 20:,} MB. It is not unpacked."
        )
    for info in infos:
        path = safe_name(archive, member_name(info))
        if stat.S_ISLNK(info.external_attr >> 16) or info.flag_bits & _ENCRYPTED:
            raise FetchError(f"{archive.name}: {path} is a link or encrypted. It is not unpacked.")
        if path.as_posix().casefold() in seen:
            raise FetchError(f"{archive.name}: two files are called {path}. It is not unpacked.")
        seen.add(path.as_posix().casefold())
        yield info, path


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Lay the files of a zip archive out in a folder; returns their paths, sorted.

    Raises FetchError where it is no zip archive, is damaged, or holds what should not be unpacked.
    """
    written: list[Path] = []
    budget = MAX_BYTES
    with open_archive(archive) as opened:
        for info, path in list(members(archive, opened)):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                for chunk in member_chunks(archive, opened, info):
                    budget -= len(chunk)
                    if budget < 0:
                        raise FetchError(f"{archive.name}: becomes larger than it says. It is not unpacked.")
                    file.write(chunk)
            written.append(target)
    return sorted(written)


def open_archive(archive: Path) -> zipfile.ZipFile:
    """Open a zip archive. Raises FetchError where it is none."""
    try:
        return zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FetchError(f"{archive.name}: not a zip archive that can be read ({error}).") from error


def find_member(archive: Path, opened: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """The archive's file of that name, in whatever folder it lies there where no path is given."""
    named = [(info, member_name(info)) for info in opened.infolist() if not info.is_dir()]
    exact = [info for info, found in named if found == name]
    inside = [info for info, found in named if PurePosixPath(found).name == name]
    return next(iter(exact or (inside if len(inside) == 1 else [])), None)


def member_chunks(archive: Path, opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of one file of an archive, piece by piece. Raises FetchError where it is damaged."""
    try:
        with opened.open(info) as file:
            yield from chunks(file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FetchError(f"{archive.name}: {member_name(info)} is damaged or packed in an unknown way.") from error


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an open file, piece by piece."""
    while chunk := file.read(CHUNK):
        yield chunk

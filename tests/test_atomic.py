"""A save that does not come to its end: the old figure stays whole, and the error names the file and the remedy."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from src.utils import files, paths
from src.utils.errors import GuihuaError
from src.utils.figures.passport import problems
from tests import passport_cases as cases

OTHER = cases.THREE.assign(n=[5, 6, 7])
N_FILES = 6


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """A folder with the files of one figure; not to be changed."""
    folder = tmp_path_factory.mktemp("saved")
    assert len(cases.save(folder).paths) == N_FILES
    return folder


@pytest.fixture
def old(saved, tmp_path) -> Path:
    """A copy of that folder, to be written to."""
    return Path(shutil.copytree(saved, tmp_path / "图 figures"))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def mount(*arguments: str) -> bool:
    """Mount something, where the system lets us."""
    command = shutil.which("mount")
    return bool(command) and subprocess.run([command, *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(saved, tmp_path):
    """A disk that holds the figure once and nothing more; its folder holds the figure."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    need = sum(path.stat().st_size for path in saved.iterdir())
    if sys.platform != "linux" or not mount(
        "-t", "tmpfs", "-o", f"size={(need * 5 // 4) // 4096 * 4096}", "tmpfs", str(folder)
    ):
        pytest.skip("mounting a small disk needs Linux and its root")
    try:
        shutil.copytree(saved, folder, dirs_exist_ok=True)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def stop_at(monkeypatch):
    """Let the save be stopped by an error when the n-th file is about to take its place."""

    def set_up(n: int, error: BaseException) -> None:
        replace, calls = Path.replace, []

        def stopped(self, target):
            calls.append(target)
            if len(calls) == n:
                raise error
            return replace(self, target)

        monkeypatch.setattr(files.Path, "replace", stopped)

    return set_up


@pytest.mark.parametrize("at", [1, 4, N_FILES])
def test_stopped_between_two_files_the_old_ones_are_put_back(old, stop_at, at):
    before = content(old)
    stop_at(at, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        cases.save(old, counts=OTHER)
    assert content(old) == before  # nothing beside them either
    assert problems(old / "three_zh.json") == []


def test_a_file_that_another_program_holds_is_named_and_the_others_are_put_back(old, stop_at):
    before = content(old)
    stop_at(5, PermissionError(13, "Permission denied"))
    with pytest.raises(GuihuaError, match=r"three_zh\.csv: cannot be written \(Permission denied\)\. Check that"):
        cases.save(old, counts=OTHER)
    assert content(old) == before


def test_stopped_where_there_was_no_figure_there_is_none(tmp_path, stop_at):
    stop_at(4, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        cases.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_on_a_disk_without_links_the_old_files_are_kept_as_copies(old, stop_at, monkeypatch):
    def refused(*_arguments):
        raise OSError(1, "Operation not permitted")

    before = content(old)
    monkeypatch.setattr(files.os, "link", refused)
    stop_at(3, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        cases.save(old, counts=OTHER)
    assert content(old) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from src.utils import files
from tests import passport_cases as cases
at, synced, fsync = int(sys.argv[2]), [], os.fsync
def killing(descriptor):
    fsync(descriptor)
    synced.append(1)
    if len(synced) == at:
        os.kill(os.getpid(), signal.SIGKILL)
files.os.fsync = killing
cases.save(Path(sys.argv[1]), counts=cases.THREE.assign(n=[5, 6, 7]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_while_writing_the_old_figure_is_whole_and_the_rest_is_swept(old):
    before = content(old)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(old), "4"], cwd=paths.ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert {name: data for name, data in content(old).items() if not name.endswith(files.PART)} == before
    assert files.sweep_parts([old]) == 4
    assert content(old) == before


def test_a_disk_that_is_full_leaves_the_old_figure(small_disk):
    before = content(small_disk)
    with pytest.raises(GuihuaError, match=r"three_zh.*No space left on device.*disk has room"):
        cases.save(small_disk, counts=OTHER)
    assert content(small_disk) == before


def test_a_folder_that_may_not_be_written_to_leaves_the_old_figure(small_disk):
    before = content(small_disk)
    assert mount("-o", "remount,ro", str(small_disk))
    with pytest.raises(GuihuaError, match=r"three_zh.*(Read-only|denied).*may be written to"):
        cases.save(small_disk, counts=OTHER)
    assert content(small_disk) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_permission_leaves_the_old_figure(old):
    before = content(old)
    old.chmod(0o500)
    try:
        with pytest.raises(GuihuaError, match=r"three_zh.*denied.*may be written to"):
            cases.save(old, counts=OTHER)
    finally:
        old.chmod(0o700)
    assert content(old) == before

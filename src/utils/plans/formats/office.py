"""Old .doc, .wps and .rtf to text, by way of LibreOffice where it is installed.

LibreOffice works on a copy in a temporary folder, with a profile of its own there that lets no macro run and updates no
link, and is stopped at a limit of time.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import psutil

from src.utils.errors import PlanError
from src.utils.plans.formats.extracted import Extracted
from src.utils.plans.formats.word import read_word

MAX_SECONDS = 25.0
_NAMES = ("soffice", "libreoffice")
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
# LibreOffice's own names for: no macro runs, whoever signed it; no link is updated.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse">
<value>2</value></prop></item>
</oor:items>
"""


def find_office() -> str | None:
    """The LibreOffice command, or None where there is none."""
    named = (shutil.which(name) for name in _NAMES)
    placed = (place for place in _PLACES if Path(place).is_file())
    return next((found for found in (*named, *placed) if found), None)


def read_office(path: Path, content: bytes) -> Extracted:
    """Read a .doc, .wps or .rtf by converting a copy to .docx.

    Raises PlanError naming the file where LibreOffice is missing, fails or takes too long, or the file is protected.
    """
    if _ENCRYPTED in content:
        raise PlanError(f"{path}: protected by a password. Save it without one.")
    if not content.startswith(b"{\\rtf") and _WORD not in content:
        raise PlanError(f"{path}: an old office file, but not a Word document. Save it as .docx.")
    office = find_office()
    if office is None:
        raise PlanError(
            f"{path}: the old .doc format is read through LibreOffice, which is not installed. Install it, or open the "
            "file with Word or WPS and save it as .docx."
        )
    suffix = ".rtf" if content.startswith(b"{\\rtf") else ".doc"
    with tempfile.TemporaryDirectory(prefix="guihua-", ignore_cleanup_errors=True) as folder:
        made = _convert(office, path, content, Path(folder), suffix)
        found = read_word(path, made)
    return replace(found, notes=("converted to .docx by LibreOffice", *found.notes))


def _convert(office: str, path: Path, content: bytes, folder: Path, suffix: str) -> bytes:
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    copy = folder / f"plan{suffix}"
    copy.write_bytes(content)
    command = [
        office,
        f"-env:UserInstallation={profile.as_uri()}",
        *("--headless", "--norestore", "--nolockcheck", "--nodefault"),
        *("--convert-to", "docx", "--outdir", str(folder), str(copy)),
    ]
    code = _run(command, path, folder)
    made = copy.with_suffix(".docx")
    if not made.is_file():
        raise PlanError(
            f"{path}: LibreOffice cannot convert it (exit code {code}): damaged, or not a Word document. Open it with "
            "Word or WPS and save it as .docx."
        )
    return made.read_bytes()


def _run(command: list[str], path: Path, folder: Path) -> int:
    """Run LibreOffice, with the processes that it starts; all are stopped at the limit."""
    # A group of its own, so that the program behind the starting script ends with it.
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
        start_new_session=sys.platform != "win32",
    )
    try:
        return process.wait(MAX_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise PlanError(
            f"{path}: LibreOffice takes more than {MAX_SECONDS:.0f} seconds. Open the file with Word or WPS and save "
            "it as .docx."
        ) from error
    finally:
        _stop(process.pid)
        process.wait()


def _stop(pid: int) -> None:
    """Stop a process and those it started."""
    with contextlib.suppress(psutil.Error):
        started = psutil.Process(pid)
        for process in [*started.children(recursive=True), started]:
            with contextlib.suppress(psutil.Error):
                process.kill()

"""Set Guihua up and run it: `python run.py --help` says what it can do.

Makes `.venv` beside this file, installs requirements.lock into it by hash, and starts src.utils.running there with the
same arguments. `--here` as the first argument uses the Python at hand instead and installs nothing.

Standard library only, in syntax that Python 3.6 can read, so that an old Python gets a sentence and not a SyntaxError.
What is said here goes to standard error: standard output belongs to the job.
"""

import ast
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)


def python_problem(version: "tuple[int, ...]", executable: str) -> str:
    """Tell a Python that is too old or too new what to do; "" where it serves."""
    if OLDEST <= version[:2] <= NEWEST:
        return ""
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = [name for name in names if shutil.which(name) and subprocess.call([name, "-c", ""], stderr=-3) == 0]
    number = ".".join(map(str, version[:3]))
    remedy = "Install one (from python.org, conda or your system's packages) and start it by its name:"
    if found:
        remedy = "Start one that is installed here:"
    return (
        f"Guihua needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; this is Python {number} ({executable}).\n"
        f"{remedy}\n    {found[0] if found else 'python3.13'} run.py        (on Windows: py -3.13 run.py)"
    )


if __name__ == "__main__" and python_problem(tuple(sys.version_info[:3]), sys.executable):
    sys.exit(python_problem(tuple(sys.version_info[:3]), sys.executable))

# No older Python comes past this line.

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
STAMP = VENV / "guihua.json"  # there from the first moment, filled in at the last
LOG = ROOT / ".cache" / "setup.log"
WINDOWS = os.name == "nt"


class SetupError(Exception):
    """The environment could not be made; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Set up where needed, then do the job in the environment; returns the exit code."""
    try:
        if arguments[:1] == ["--here"]:
            return here(arguments[1:])
        if wants_help(arguments) and not installed():
            return start(sys.executable, arguments)
        set_up()
        return start(str(venv_python()), arguments)
    except SetupError as error:
        say(f"\n{error}")
        return 2
    except OSError as error:
        say(f"\nSetting up failed: {error}.\nCheck that you may write in {ROOT} and that the disk has room.")
        return 2
    except KeyboardInterrupt:
        say("\nStopped. The next run completes what is missing.")
        return 130


def say(text: str) -> None:
    """Print to standard error at once."""
    print(text, file=sys.stderr, flush=True)


# --- the job ---


def wants_help(arguments: list[str]) -> bool:
    """Whether the answer needs no package."""
    return any(argument in ("-h", "--help", "--version") for argument in arguments)


def job_environment() -> dict[str, str]:
    """Build the environment of the job: the project importable, UTF-8 throughout, nothing meant for another Python.

    PYTHONDONTWRITEBYTECODE goes too: under it every kernel would compile pandas anew, which takes seconds.
    """
    foreign = ("PYTHONHOME", "PYTHONSTARTUP", "PYTHONDONTWRITEBYTECODE", "__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def start(python: str, arguments: list[str]) -> int:
    """Run src.utils.running under that Python; -P keeps a `src` in the current folder from being taken for ours."""
    command = [python, "-P", "-m", "src.utils.running", *arguments]
    if not WINDOWS:
        os.execve(python, command, job_environment())  # the job takes this process over, its signals and exit code too
    with subprocess.Popen(command, env=job_environment()) as job:
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C reaches the job as well: wait for it to tidy up
                return job.wait()


def here(arguments: list[str]) -> int:
    """Use the Python at hand, after checking that it holds the locked packages."""
    check = [sys.executable, "-P", "-m", "src.utils.running.here"]
    if not wants_help(arguments) and subprocess.call(check, env=job_environment()) != 0:
        return 2
    return start(sys.executable, arguments)


# --- what is installed already ---


def stamp() -> dict[str, str]:
    """Return what .venv's stamp says when nothing has changed since it was installed."""
    return {
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "python": f"{platform.python_implementation()} {platform.python_version()} {platform.machine()}",
        "place": str(VENV),  # an environment that was moved has scripts that point to where it was
    }


def installed() -> bool:
    """Whether .venv holds the whole lock: a killed installation has left its stamp empty."""
    try:
        return bool(json.loads(STAMP.read_text(encoding="utf-8")) == stamp()) and venv_python().exists()
    except (OSError, ValueError):
        return False


def venv_python() -> Path:
    """Return the Python of .venv."""
    return VENV / "Scripts" / "python.exe" if WINDOWS else VENV / "bin" / "python"


def site_packages() -> Path:
    """Where .venv keeps its packages."""
    version = f"python3.{sys.version_info[1]}"
    return VENV / "Lib" / "site-packages" if WINDOWS else VENV / "lib" / version / "site-packages"


# --- making .venv ---


def set_up() -> None:
    """Make .venv and install the lock, unless that is done. Raises SetupError with the remedy."""
    if installed():
        return
    with one_at_a_time() as held:
        if installed():
            return
        began = time.monotonic()
        say(f"Setting up {VENV} (once; about 280 MB are downloaded)")
        installer = Installer(held)
        make_room()
        python = getattr(sys, "_base_executable", sys.executable)  # not the one in .venv, which is made anew
        if not installer.run("making the environment", [python, "-m", "venv", str(VENV)]):
            raise SetupError(installer.failure())
        install(installer)
        finish(installer)
        say(f"Set up in {time.monotonic() - began:.0f} s.")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[int]:
    """Hold the set-up lock and give its descriptor.

    The installers inherit it, so that after a kill it is free only when they have ended too.
    """
    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "setup.lock").open("a+b") as file:
        if not claim(file.fileno()):
            say("Another set-up is at work in this folder; waiting for it.")
            while not claim(file.fileno()):
                time.sleep(0.5)
        yield file.fileno()


def claim(descriptor: int) -> bool:
    """Lock the file unless another process has; it is free again when every holder has closed it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def make_room() -> None:
    """Clear away an unfinished or outdated .venv of ours; one that somebody else made is put aside, not deleted."""
    try:
        if STAMP.exists():
            shutil.rmtree(VENV)
        elif VENV.exists() and any(VENV.iterdir()):
            aside = VENV.with_name(f"{VENV.name}-before-{int(time.time())}")
            VENV.rename(aside)
            say(f"The {VENV.name} that was here is now {aside.name}; delete it if you do not need it.")
        VENV.mkdir(exist_ok=True)
        STAMP.write_text("{}", encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"{VENV} cannot be made anew ({error}).\nClose what is using it (JupyterLab, an editor, a terminal "
            "that activated it), check that you may write here, and run this again."
        ) from error


class Installer:
    """Runs the commands that make .venv and keeps what they print, to say what went wrong."""

    def __init__(self, held: int) -> None:
        """held: the descriptor of the set-up lock, for the commands to inherit."""
        self.held = held
        self.doing = ""
        self.lines: list[str] = []

    def run(self, doing: str, command: list[str], environment: "dict[str, str] | None" = None) -> bool:
        """Run one command, showing the line it is at on a terminal; whether it succeeded."""
        self.doing, self.lines, began = doing, [], time.monotonic()
        say(f"  {doing} …")
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if WINDOWS else (self.held,),
        ) as process:
            for line in process.stdout or ():
                self.lines.append(line.rstrip())
                self.show(f"  {time.monotonic() - began:4.0f} s  {line.strip()}")
        self.show("")
        with contextlib.suppress(OSError), LOG.open("a", encoding="utf-8") as log:  # the disk may be full
            log.write("\n".join([f"--- {doing}", *self.lines, f"--- exit {process.returncode}", ""]))
        return process.returncode == 0

    @staticmethod
    def show(text: str) -> None:
        """Overwrite the terminal's current line."""
        if sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width]:{width}}\r", end="", file=sys.stderr, flush=True)

    def cause(self) -> str:
        """Return the kind of failure, read off what the command printed."""
        printed = "\n".join(self.lines).lower()
        return next((kind for kind, signs, _ in CAUSES if any(sign in printed for sign in signs)), "other")

    def failure(self) -> str:
        """Say what failed, with its last lines and the remedy."""
        remedy = next((remedy for kind, _, remedy in CAUSES if kind == self.cause()), OTHER_REMEDY)
        last = [f"    {line[:300]}" for line in self.lines if line.strip()][-8:]
        return "\n".join([f"Setting up failed while {self.doing}:", *last, remedy, f"The whole log: {LOG}"])


def install(installer: Installer) -> None:
    """Install the lock with uv, which is itself in the lock; where uv does not work, with pip, some 40 s slower."""
    pip = [str(venv_python()), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check", "--no-color"]
    pip += ["install", "--progress-bar=off", "--no-deps", "--require-hashes", "-r"]
    environment = {**os.environ, "PIP_USER": "0"}
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first.txt"
        first.write_text(lock_entries("setuptools", "uv"), encoding="utf-8")
        got_uv = installer.run("getting the installer", [*pip, str(first)], environment)
    if not got_uv and installer.cause() in ("network", "disk"):
        raise SetupError(installer.failure())
    if got_uv and installer.run("installing", *uv_command(pip_settings())):
        return
    if installer.cause() == "disk":
        raise SetupError(installer.failure())
    say("uv could not install the packages here; pip does it, more slowly.")
    if not installer.run("installing with pip", [*pip, str(LOCK)], environment):
        raise SetupError(installer.failure())


def lock_entries(*names: str) -> str:
    """Cut the entries of these packages out of the lock, hashes included."""
    text = LOCK.read_text(encoding="utf-8")
    return "\n".join(re.findall(rf"^(?:{'|'.join(names)})==.*(?:\n +.*)*", text, re.MULTILINE)) + "\n"


def finish(installer: Installer) -> None:
    """Let notebooks opened in any editor import `src`, compile the one package that warns when compiled, and stamp."""
    packages = site_packages()
    upwards = os.path.relpath(ROOT, packages)  # relative, so ASCII whatever the folder is called
    (packages / "guihua.pth").write_text(f"{upwards}\n", encoding="utf-8")
    installer.run("compiling", [str(venv_python()), "-W", "ignore", "-m", "compileall", "-q", str(packages / "jieba")])
    part = STAMP.with_name("guihua.json.part")
    part.write_text(json.dumps(stamp(), ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(STAMP)


# --- the user's pip settings, said again for uv ---

# pip's option, then the variables that say the same to uv: the first is set unless the user has set one of them.
FOR_UV = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "timeout": ("UV_HTTP_TIMEOUT",),
}


def pip_settings() -> dict[str, str]:
    """Ask pip for the user's settings, from all its files and the PIP_ variables."""
    command = [str(venv_python()), "-I", "-m", "pip", "config", "list"]
    listing = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False)
    return read_settings(listing.stdout)


def read_settings(listing: str) -> dict[str, str]:
    r"""Read the output of `pip config list`; [install] goes before [global], the PIP_ variables before both.

    >>> read_settings("global.index-url='https://a'\ninstall.index-url='https://b'")
    {'index-url': 'https://b'}
    """
    sections: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.partition(".")
        if section in sections:
            with contextlib.suppress(ValueError, SyntaxError):
                sections[section][option] = " ".join(str(ast.literal_eval(value)).split())
    return {**sections["global"], **sections["install"], **sections[":env:"]}


def uv_command(settings: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Build the uv command and its environment, so that uv, which ignores pip's settings, goes where pip would go."""
    environment = {"NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never", **os.environ}
    # pip takes the best match over all indexes, and so does uv here; the hashes guard against impostors.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    for option, variables in FOR_UV.items():
        if settings.get(option) and not any(name in os.environ for name in variables):
            value = settings[option]
            environment[variables[0]] = value.replace(" ", ",") if option == "find-links" else value
    command = [str(venv_python()), "-I", "-m", "uv", "pip", "install", "--python", str(venv_python())]
    command += ["--no-deps", "--no-build-isolation-package=jieba", "--require-hashes", "-r", str(LOCK)]
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        command.append("--no-index")
    return command, environment


# --- what went wrong, and the remedy ---

OTHER_REMEDY = "Run it again; if it fails in the same way, delete .venv first or try another Python from 3.11 to 3.14."
CAUSES = (
    (
        "disk",
        ("no space left", "disk quota", "not enough space"),
        "The disk is full: free about 2 GB and run it again.",
    ),
    (
        "venv",
        ("ensurepip", "python3-venv"),
        "This Python lacks the venv module's parts. On Debian and Ubuntu: apt install python3-venv; then run it again.",
    ),
    (
        "hash",
        ("do not match the hashes", "hash mismatch", "hashes are required"),
        "A package arrived with other bytes than requirements.lock names: a mirror or proxy is stale or altered it.\n"
        "Choose another index and run it again: python -m pip config set global.index-url ADDRESS",
    ),
    (
        "network",
        (
            "connection",
            "connect error",
            "resolve",
            "timed out",
            "timeout",
            "unreachable",
            "certificate",
            "proxy",
            "no matching distribution",
            "could not find a version",
            "error sending request",
            "failed to fetch",
            "not found in the package registry",
            "client error",
            "server error",
        ),
        "The packages could not be fetched. Check the connection, or choose a package index (a mirror) within reach\n"
        "that is up to date, and run it again: python -m pip config set global.index-url ADDRESS",
    ),
    ("rights", ("permission denied", "access is denied"), "Check that you may write in this folder, and run it again."),
)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

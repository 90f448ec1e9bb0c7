"""Setting up: one list of what is needed, the stamp, the user's pip settings, and what is said when it fails."""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import run as setup
from src.utils.running import here
from tests.small_notebooks import ROOT, copy_tree

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRIES = re.findall(r"(?m)^\S.*(?:\n +.*)*", LOCK)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


# --- pyproject.toml, requirements.lock and environment.yml say the same ---


def locked(name: str) -> list[str]:
    """The versions the lock has of a package, one for each marker."""
    found = [re.match(r"([\w.-]+)==([^ ;]+)", entry) for entry in ENTRIES]
    return [match[2] for match in found if match and canonicalize_name(match[1]) == canonicalize_name(name)]


@pytest.mark.parametrize("wanted", PROJECT["dependencies"])
def test_every_dependency_is_locked_at_a_version_that_serves(wanted):
    requirement = Requirement(wanted)
    versions = locked(requirement.name)
    assert versions
    assert all(requirement.specifier.contains(version) for version in versions)


def test_every_entry_of_the_lock_is_pinned_and_hashed_and_names_no_host():
    assert len(ENTRIES) > 100
    for entry in ENTRIES:
        assert re.fullmatch(r"[\w.-]+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry[:80]
    assert "://" not in LOCK


def test_conda_gets_the_lock_and_the_same_range_of_pythons():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    lines = [line.strip(" -") for line in text.splitlines() if line and not line.startswith("#")]
    dependencies = lines[lines.index("dependencies:") + 1 :]
    assert dependencies == [f"python {PROJECT['requires-python']}", "pip", "pip:", "r requirements.lock"]
    assert "  - pip:\n      - -r requirements.lock\n" in text


def test_run_py_admits_the_pythons_of_pyproject():
    allowed = SpecifierSet(PROJECT["requires-python"])
    minors = [minor for minor in range(40) if allowed.contains(f"3.{minor}")]
    assert ((3, minors[0]), (3, minors[-1])) == (setup.OLDEST, setup.NEWEST)


# --- run.py and the Python that starts it ---


def test_run_py_is_standard_library_only_and_old_pythons_can_read_it():
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom)}
    assert "subprocess" in names
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
    old = {"msvcrt", "fcntl", "ast", "contextlib", "hashlib", "json", "os", "platform", "re", "shutil", "subprocess"}
    assert names - {"collections.abc", "pathlib", "sys", "tempfile", "time"} <= old  # all of them in Python 3.6


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (3, 15, 0)])
def test_a_wrong_python_is_told_its_version_and_what_to_do(version, monkeypatch):
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    message = setup.python_problem(version, "/opt/python")
    number = ".".join(map(str, version))
    assert f"Guihua needs Python 3.11 to 3.14; this is Python {number} (/opt/python)." in message
    assert "Install one" in message
    assert "python3.13 run.py" in message


def test_a_python_that_is_installed_is_offered_by_name(monkeypatch):
    monkeypatch.setattr(setup.shutil, "which", lambda name: name if name in ("python3.11", "python3.12") else None)
    monkeypatch.setattr(setup.subprocess, "call", lambda command, **_: 127 if command[0] == "python3.12" else 0)
    assert "python3.11 run.py" in setup.python_problem((3, 8, 1), "python")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 9)])
def test_a_python_in_range_is_taken(version):
    assert setup.python_problem(version, "python") == ""


# --- the stamp ---


@pytest.fixture
def house(tmp_path, monkeypatch):
    """run.py with its paths in a temporary folder, and a made-up environment that is never really installed."""
    for name, path in {
        "ROOT": tmp_path,
        "LOCK": tmp_path / "requirements.lock",
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "guihua.json",
        "LOG": tmp_path / ".cache" / "setup.log",
    }.items():
        monkeypatch.setattr(setup, name, path)
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def commands(house, monkeypatch):
    """What would have been run: each command with its environment; `commands.failing` says which fail, printing what."""

    class Recorder(list):
        failing: dict = {}  # noqa: RUF012

    recorder = Recorder()

    def record(self, doing, command, environment=None):
        recorder.append((doing, command, environment))
        setup.site_packages().mkdir(parents=True, exist_ok=True)
        setup.venv_python().parent.mkdir(parents=True, exist_ok=True)
        setup.venv_python().touch()
        self.doing, self.lines = doing, recorder.failing.get(doing, "").splitlines()
        return doing not in recorder.failing

    monkeypatch.setattr(setup.Installer, "run", record)
    monkeypatch.setattr(setup, "pip_settings", dict)
    return recorder


def doings(commands) -> list[str]:
    return [doing for doing, _, _ in commands]


def test_the_second_set_up_installs_nothing(commands, capsys):
    setup.set_up()
    assert doings(commands) == ["making the environment", "getting the installer", "installing", "compiling"]
    commands.clear()
    capsys.readouterr()
    setup.set_up()
    assert commands == []
    assert capsys.readouterr() == ("", "")


def test_a_changed_lock_another_python_and_a_moved_folder_install_again(commands, house, monkeypatch):
    setup.set_up()
    assert setup.installed()
    stamp = json.loads(setup.STAMP.read_text(encoding="utf-8"))
    assert stamp["lock"] == hashlib.sha256(setup.LOCK.read_bytes()).hexdigest()
    for key in ("lock", "python", "place"):
        setup.STAMP.write_text(json.dumps(stamp | {key: "other"}), encoding="utf-8")
        assert not setup.installed(), key
    setup.STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    setup.venv_python().unlink()
    assert not setup.installed()


def test_an_installation_killed_before_its_end_does_not_count(commands, monkeypatch):
    def killed(installer):
        raise KeyboardInterrupt

    monkeypatch.setattr(setup, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        setup.set_up()
    assert setup.STAMP.exists()
    assert not setup.installed()


def test_what_a_killed_installation_left_is_cleared_away(commands):
    setup.VENV.mkdir()
    setup.STAMP.write_text("{}", encoding="utf-8")
    (setup.VENV / "left over").touch()
    setup.set_up()
    assert setup.installed()
    assert not (setup.VENV / "left over").exists()


def test_an_environment_of_the_users_own_is_put_aside_not_deleted(commands, house, capsys):
    setup.VENV.mkdir()
    (setup.VENV / "precious").touch()
    setup.set_up()
    aside = next(house.glob(".venv-before-*"))
    assert (aside / "precious").exists()
    assert aside.name in capsys.readouterr().err


def test_notebooks_anywhere_can_import_src_through_a_relative_path(commands, house):
    setup.set_up()
    line = (setup.site_packages() / "guihua.pth").read_text(encoding="utf-8").strip()
    assert line.isascii()
    assert (setup.site_packages() / line).resolve() == house.resolve()


# --- uv first, then pip ---


def test_the_installer_itself_comes_from_the_lock_with_its_hashes():
    text = setup.lock_entries("setuptools", "uv")
    assert re.findall(r"(?m)^(\S+)==", text) == ["setuptools", "uv"]
    assert text.count("--hash=sha256:") == sum(
        entry.count("--hash") for entry in ENTRIES if entry.startswith(("uv==", "setuptools=="))
    )


def test_where_uv_fails_pip_installs(commands, capsys):
    commands.failing = {"installing": "error: this system is not supported"}
    setup.set_up()
    assert doings(commands)[2:4] == ["installing", "installing with pip"]
    command = commands[3][1]
    assert command[-3:] == ["--require-hashes", "-r", str(setup.LOCK)]
    assert "pip does it" in capsys.readouterr().err


def test_without_a_network_pip_is_not_tried_again(commands):
    commands.failing = {"getting the installer": "NewConnectionError: Failed to establish a new connection"}
    with pytest.raises(setup.SetupError, match="Check the connection, or choose a package index"):
        setup.set_up()
    assert doings(commands) == ["making the environment", "getting the installer"]
    assert not setup.installed()


@pytest.mark.parametrize(
    ("printed", "remedy"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free about 2 GB"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "other bytes than requirements"),
        ("error: Failed to fetch: `pandas`\n  Caused by: dns error", "Check the connection"),
        ("ERROR: No matching distribution found for pandas==3.1.1", "pip config set global.index-url"),
        ("something nobody has foreseen", "Run it again"),
    ],
)
def test_a_failed_installation_says_what_to_do_with_its_last_lines(commands, printed, remedy):
    commands.failing = {"installing": printed, "installing with pip": f"first\n{printed}"}
    with pytest.raises(setup.SetupError) as caught:
        setup.set_up()
    message = str(caught.value)
    assert message.startswith("Setting up failed while installing")
    assert f"    {printed.splitlines()[0]}" in message
    assert remedy in message
    assert str(setup.LOG) in message


def test_debian_without_venv_is_told_which_package_it_lacks(commands):
    commands.failing = {"making the environment": "The virtual environment was not created: ensurepip is not available"}
    with pytest.raises(setup.SetupError, match="apt install python3-venv"):
        setup.set_up()


# --- the user's pip settings ---


def test_pip_settings_are_read_as_pip_ranks_them():
    listing = "\n".join(
        [
            "global.index-url='https://a.example/simple'",
            "global.extra-index-url='\\nhttps://b.example/simple\\nhttps://c.example/simple'",
            "install.index-url='https://d.example/simple'",
            "download.index-url='https://wrong.example/simple'",
            "global.find-links='/wheels'",
            ":env:.find-links='/my/wheels /more'",
        ]
    )
    assert setup.read_settings(listing) == {
        "index-url": "https://d.example/simple",
        "extra-index-url": "https://b.example/simple https://c.example/simple",
        "find-links": "/my/wheels /more",
    }


@pytest.fixture
def pip_config(house, tmp_path, monkeypatch):
    """A pip configuration file of the user's, and nothing else; the Python of .venv is this one."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_")) or "proxy" in name.lower()]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(setup, "venv_python", lambda: Path(sys.executable))
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    def write(text: str) -> None:
        (tmp_path / "pip.conf").write_text(text, encoding="utf-8")

    return write


def test_a_mirror_set_for_pip_is_used_by_uv(pip_config, monkeypatch):
    pip_config(
        "[global]\nindex-url = https://mirror.example/simple\ntrusted-host = mirror.example\ncert = /etc/ca.pem\n"
        "[install]\nextra-index-url = https://b.example/simple\n    https://c.example/simple\n"
    )
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels /more")
    monkeypatch.setenv("PIP_PROXY", "http://proxy.example:3128")
    command, environment = setup.uv_command(setup.pip_settings())
    assert {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://b.example/simple https://c.example/simple",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INSECURE_HOST": "mirror.example",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "ALL_PROXY": "http://proxy.example:3128",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }.items() <= environment.items()
    assert "--require-hashes" in command
    assert "--no-index" not in command


def test_what_the_user_set_for_uv_stays(pip_config, monkeypatch):
    pip_config("[global]\nindex-url = https://mirror.example/simple\nno-index = true\n")
    monkeypatch.setenv("UV_INDEX_URL", "https://own.example/simple")
    monkeypatch.setenv("UV_INDEX_STRATEGY", "first-index")
    command, environment = setup.uv_command(setup.pip_settings())
    assert "UV_DEFAULT_INDEX" not in environment
    assert environment["UV_INDEX_URL"] == "https://own.example/simple"
    assert environment["UV_INDEX_STRATEGY"] == "first-index"
    assert "--no-index" in command


def test_without_pip_settings_uv_keeps_its_own(pip_config):
    _, environment = setup.uv_command({})
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE"} & environment.keys()


# --- --here ---


def test_here_names_what_is_missing_or_different():
    lock = (
        "packaging==0.1 \\\n    --hash=sha256:00\n"
        "no-such-package==1.0 ; sys_platform != 'none' \\\n    --hash=sha256:00\n"
        "of-another-system==1.0 ; sys_platform == 'none' \\\n    --hash=sha256:00\n"
        f"pytest=={pytest.__version__} \\\n    --hash=sha256:00\n"
    )
    problems = here.differences(lock)
    assert [problem.split(" is ")[0] for problem in problems] == ["packaging", "no-such-package"]
    assert problems[0].endswith(", locked ==0.1")
    assert problems[1] == "no-such-package is missing"


def test_this_environment_is_the_locked_one():
    assert here.differences(LOCK) == []


# --- the real thing ---


def start(tree: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python run.py` in the copied tree."""
    base = getattr(sys, "_base_executable", sys.executable)
    return subprocess.run(
        [base, str(tree / "run.py"), *arguments],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow(seconds=10)
def test_an_empty_folder_becomes_an_environment_and_the_second_run_is_silent(tmp_path):
    tree = copy_tree(tmp_path / "规划 new", without=("tests/", "figures/", "notebooks/"))
    assert start(tree, "--version").stdout.startswith("Guihua ")
    assert not (tree / ".venv").exists()  # --help and --version need no package
    first = start(tree, "read", "no-such-plan")
    if "Check the connection" in first.stderr and not os.environ.get("CI"):
        pytest.skip("no package index can be reached")
    assert first.returncode == 2, first.stderr
    assert "Set up in" in first.stderr
    assert "no-such-plan: there is no such plan" in first.stderr
    assert first.stdout == ""
    second = start(tree, "read", "no-such-plan")
    assert second.stderr.startswith("no-such-plan: there is no such plan")
    python = tree / setup.venv_python().relative_to(setup.ROOT)
    check = "import src.utils.paths, jieba; print(src.utils.paths.ROOT)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [python, "-W", "error", "-c", check],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.stdout == f"{tree}\n", result.stderr


@pytest.mark.slow
def test_without_a_reachable_index_the_remedy_is_told_and_nothing_counts_as_installed(tmp_path):
    tree = copy_tree(tmp_path / "tree", without=("tests/", "figures/", "notebooks/", "data/"))
    closed = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    result = start(tree, PIP_NO_CACHE_DIR="1", **closed)
    assert result.returncode == 2
    assert "Setting up failed while getting the installer" in result.stderr
    assert "Check the connection, or choose a package index" in result.stderr
    assert "Traceback" not in result.stderr
    assert (tree / ".venv" / "guihua.json").read_text(encoding="utf-8") == "{}"

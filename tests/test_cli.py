"""The command line: what each command calls, exit codes, and messages apart from results."""

import subprocess
import sys
from pathlib import Path

import pytest

from src.utils import paths
from src.utils.errors import PlanError
from src.utils.running import checks, cli, commands
from tests.small_notebooks import command, environment


@pytest.fixture
def called(monkeypatch):
    """What was called, with what, in place of doing it."""
    calls = []

    def record(name):
        def called_with(*arguments, **options):
            calls.append((name, *arguments, *options.values()))
            return 0

        return called_with

    monkeypatch.setattr("src.utils.running.notebooks.run_all", record("run_all"))
    monkeypatch.setattr("src.utils.running.notebooks.run_on_plan", record("run_on_plan"))
    monkeypatch.setattr("src.utils.running.checks.run_checks", record("test"))
    monkeypatch.setattr("src.utils.running.lab.open_lab", record("lab"))
    monkeypatch.setattr("src.utils.running.fetch.run_fetch", record("fetch"))
    monkeypatch.setattr("src.utils.running.new.run_new", record("new"))
    for name in ("page", "read", "words", "segment"):
        monkeypatch.setattr(commands, name, record(name))
    return calls


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ([], ("run_all", False)),
        (["--again"], ("run_all", True)),
        (["--plan", "shangrao"], ("run_on_plan", "shangrao", paths.PLANS / "shangrao", False)),
        (["--plan", "shangrao", "--again"], ("run_on_plan", "shangrao", paths.PLANS / "shangrao", True)),
        (["test"], ("test", [])),
        (
            ["test", "-k", "outline", "-x", "tests/test_outline.py"],
            ("test", ["-k", "outline", "-x", "tests/test_outline.py"]),
        ),
        (["lab", "--no-browser", "--port=9999"], ("lab", ["--no-browser", "--port=9999"])),
        (["fetch"], ("fetch", None, [])),
        (["fetch", "samples", "--from", "a.txt", "b.txt"], ("fetch", "samples", ["a.txt", "b.txt"])),
        (["new", "宜春市", "a.docx"], ("new", "宜春市", ["a.docx"], None, None)),
        (
            ["new", "鼓楼区", "a.txt", "b.pdf", "--id", "gulou", "--code", "320106"],
            ("new", "鼓楼区", ["a.txt", "b.pdf"], "gulou", "320106"),
        ),
        (["page", "shangrao"], ("page", "shangrao")),
        (["read", "shangrao"], ("read", "shangrao", False, False)),
        (["read", "上饶/计划.txt", "--json"], ("read", "上饶/计划.txt", True, False)),
        (["read", "--text", "shangrao"], ("read", "shangrao", False, True)),
        (["words", "shangrao", "--json"], ("words", "shangrao", True)),
        (["segment", "--json"], ("segment", None, None, True)),
        (["segment", "--plan", "shangrao", "a.txt"], ("segment", "a.txt", "shangrao", False)),
    ],
)
def test_each_command_calls_its_own(called, arguments, call):
    assert cli.main(arguments) == 0
    assert called == [call]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["raed", "x"], "invalid choice: 'raed'"),
        (["read"], "PLAN"),
        (["read", "x", "--jsn"], "not understood: --jsn"),
        (["read", "x", "--here"], "--here comes first"),
        (["--plan", "x", "read", "y"], "--plan stands alone"),
        (["--again", "read", "y"], "--again goes with the notebooks"),
        (["--pla=x"], "not understood: --pla=x"),
    ],
)
def test_what_cannot_be_understood_is_named(called, arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""
    assert called == []


def test_help_shows_every_command_with_an_example(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for name in ("--plan", "lab", "test", "read", "words", "segment", "fetch", "new", "--here"):
        assert f"python run.py {name} " in text


def test_what_the_user_can_mend_is_said_alone_with_exit_2(called, monkeypatch, capsys):
    def refuse(*_, **__):
        raise PlanError("yichun: there is no such plan.")

    monkeypatch.setattr(commands, "words", refuse)
    assert cli.main(["words", "yichun"]) == 2
    assert capsys.readouterr() == ("", "yichun: there is no such plan.\n")


def test_an_unknown_plan_is_told_before_any_kernel_starts(called, capsys):
    assert cli.main(["--plan", "yichun"]) == 2
    assert "shangrao, shangrao-profile" in capsys.readouterr().err
    assert called == []


def test_ctrl_c_ends_with_130_and_no_traceback(called, monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "read", interrupt)
    assert cli.main(["read", "x"]) == 130
    assert capsys.readouterr().err.strip() == "Stopped."


def test_results_are_utf_8_whatever_the_system_speaks(tmp_path):
    text = tmp_path / "一行.txt"
    text.write_text("广丰区发展数字经济\n", encoding="utf-8")
    result = subprocess.run(
        command("segment", text.name),
        cwd=tmp_path,
        env=environment(paths.ROOT) | {"PYTHONUTF8": "0", "PYTHONIOENCODING": "gbk"},
        capture_output=True,
        check=False,
    )
    assert result.stderr == b""
    assert result.stdout.decode("utf-8").replace(" ", "").strip() == "广丰区发展数字经济"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes that break in this way")
def test_a_reader_that_has_gone_is_no_error(tmp_path):
    (tmp_path / "long.txt").write_text("发展数字经济\n" * 50_000, encoding="utf-8")
    with subprocess.Popen(
        command("segment", "long.txt"),
        cwd=tmp_path,
        env=environment(paths.ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as job:
        assert job.stdout and job.stderr
        assert job.stdout.readline()
        job.stdout.close()
        assert job.stderr.read() == b""
    assert job.returncode == cli.BROKEN_PIPE


def test_all_checks_run_though_one_fails_and_the_exit_code_tells(monkeypatch, capfd):
    fails = ["-c", "raise SystemExit(3)"]
    monkeypatch.setattr(checks, "launch", lambda step: subprocess.call([sys.executable, *step]))
    monkeypatch.setattr(checks, "STEPS", {"style": fails, "tests": ["-c", "print('2 passed')"]})
    assert checks.run_checks([]) == 1
    summary = capfd.readouterr().out.splitlines()[-2:]
    assert [line.split(" (")[0].strip() for line in summary] == ["style: FAILED", "tests: passed"]


def test_arguments_go_to_pytest_alone(monkeypatch):
    steps = []
    monkeypatch.setattr(checks, "launch", lambda step: steps.append(step) or 0)
    assert checks.run_checks(["-k", "outline"]) == 0
    assert steps == [["pytest", "-k", "outline"]]


def test_lab_starts_with_this_python_the_project_and_no_news(monkeypatch, tmp_path):
    from src.utils.running import lab  # noqa: PLC0415

    started = {}
    monkeypatch.setattr(lab, "CACHE", tmp_path)
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    monkeypatch.setattr(lab, "take_over", lambda command, env: started.update(command=command, env=env) or 0)
    assert lab.open_lab(["--no-browser"]) == 0
    assert started["command"][:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={paths.ROOT}" in started["command"]
    assert "--LabApp.default_url=/lab/tree/notebooks/01_read_the_plan.ipynb" in started["command"]
    assert started["command"][-1] == "--no-browser"
    assert started["env"]["PYTHONPATH"] == str(paths.ROOT)
    assert "JUPYTER_PATH" not in started["env"]
    settings = (Path(tmp_path) / "jupyterlab" / "settings" / "overrides.json").read_text(encoding="utf-8")
    assert '"fetchNews": "false"' in settings

"""The command line behind run.py. Only the standard library is imported until a command needs more."""

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence

from src.utils.errors import GuihuaError
from src.utils.paths import ROOT

BROKEN_PIPE = 141  # 128 + SIGPIPE, as shells count it
INTERRUPTED = 130  # 128 + SIGINT

EXAMPLES = """examples:
  python run.py                              execute the notebooks and write figures/
  python run.py --plan shangrao-profile      the same on another plan: an id under data/plans/ or a folder
  python run.py --plan provincial-reports-2025  notebook 08 on a collection, once its corpus has been fetched
  python run.py --again                      the same notebooks even where nothing has changed since the last run
  python run.py verify                       make all figures anew elsewhere; what drifted, which input changed
  python run.py page shangrao                 findings, figures and text in one HTML file
  python run.py lab                          open the notebooks in JupyterLab
  python run.py test                         everything that guards the project
  python run.py test -k outline              only the tests whose name holds "outline"
  python run.py read shangrao --json         contents list, sections, coverage and cleaning log
  python run.py read shangrao --text         the cleaned text of the body
  python run.py words shangrao-profile       terms with n, per 10,000 tokens, number of sentences
  python run.py words shangrao --check        how far the words can be trusted: what is split, unknown, missing
  python run.py segment --plan shangrao FILE one line in, one line of space-separated tokens out
  python run.py fetch                        larger public corpora: what there is, what is here
  python run.py fetch samples                bring one of them to data/corpora/, checked by its hash
  python run.py fetch samples --from FOLDER  the same from files got by hand
  python run.py new 宜春市 规划.docx         draft data/plans/yichun/ from a plan's file
  python run.py build provincial-reports-2025   a collection's tables, made by all cores into the store
  python run.py status                       what the store has: fresh, stale and why, missing, damaged
  python run.py --here …                     use this Python and install nothing (conda: see environment.yml)
"""


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say and return the exit code: 2 for what the user can mend, 1 for what failed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = dispatch(arguments)
        sys.stdout.flush()
    except GuihuaError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`… | head`): nothing more can be said, not even when Python flushes on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


def dispatch(arguments: Sequence[str]) -> int:
    """Parse, import what the command needs, and call it."""
    parser = build_parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command not in ("test", "lab"):
        parser.error(f"not understood: {' '.join(rest)}" + (" (--here comes first)" if "--here" in rest else ""))
    if options.run_plan is not None and options.command is not None:
        parser.error(f"--plan stands alone, or after segment or verify: not before {options.command}")
    if options.again and options.command is not None:
        parser.error(f"--again goes with the notebooks, alone or with --plan: not before {options.command}")
    if options.command is None:
        return run_notebooks(options.run_plan, again=options.again)
    if options.command == "test":
        from src.utils.running.checks import run_checks

        return run_checks(rest)
    if options.command == "lab":
        from src.utils.running.lab import open_lab

        return open_lab(rest)
    if options.command in ("fetch", "new", "verify", "page"):
        return project_command(options)
    if options.command in ("status", "build"):
        return store_command(options)
    return text_command(options)


def run_notebooks(plan: str | None, *, again: bool) -> int:
    """Execute the notebooks, on another plan where one is named; an unknown plan is found before any kernel starts.

    again: even those for which nothing has changed.
    """
    if plan is None:
        from src.utils.running.notebooks import run_all

        return run_all(again=again)
    from src.utils.plans.collections import is_collection, load_collection
    from src.utils.plans.pipeline import load_plan

    if is_collection(plan):
        collection = load_collection(plan)
        from src.utils.paths import shown
        from src.utils.running.notebooks import run_on_collection

        parameter = plan if plan == collection.id else shown(collection.path.resolve())
        return run_on_collection(collection.id, parameter, again=again)
    loaded = load_plan(plan)
    from src.utils.running.notebooks import run_on_plan

    return run_on_plan(loaded.id, loaded.source.path.parent, again=again)


def project_command(options: argparse.Namespace) -> int:
    """Call fetch, new, page or verify."""
    if options.command == "fetch":
        from src.utils.running.fetch import run_fetch

        return run_fetch(options.name, options.given)
    if options.command == "new":
        from src.utils.running.new import run_new

        return run_new(options.place, options.files, plan_id=options.id, code=options.code)
    if options.command == "page":
        from src.utils.running.commands import page

        return page(options.plan)
    from src.utils.running.verify import verify

    return verify(options.plan, as_json=options.json)


def store_command(options: argparse.Namespace) -> int:
    """Call status or build."""
    from src.utils.running import store

    if options.command == "status":
        return store.status(options.name, as_json=options.json)
    return store.build(options.name, memory_mb=options.memory, n_jobs=options.jobs, scheduler=options.scheduler)


def text_command(options: argparse.Namespace) -> int:
    """Call read, words or segment."""
    from src.utils.running import commands

    if options.command == "read":
        return commands.read(options.plan, as_json=options.json, text=options.text)
    if options.command == "words" and options.check:
        return commands.check_words(options.plan, as_json=options.json)
    if options.command == "words":
        return commands.words(options.plan, as_json=options.json)
    return commands.segment(options.file, plan=options.plan, as_json=options.json)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of everything after `python run.py`."""
    parser = argparse.ArgumentParser(
        prog="python run.py",
        description="Guihua (规划): reading China's local development plans as data. Without a command, executes the "
        "notebooks in order and writes figures/; a notebook is left out where it, all that it read and all that it "
        "wrote are as its last run left them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--plan",
        dest="run_plan",
        metavar="ID",
        help="execute the notebooks on this plan (id or folder), or notebook 08 on this collection (id or file)",
    )
    parser.add_argument(
        "--again", action="store_true", help="execute even the notebooks for which nothing has changed since they were"
    )
    parser.add_argument("--version", action="version", version=f"Guihua {project_version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    test = "run the linters, the type checker and the tests; what follows goes to pytest"
    commands.add_parser("test", help=test, description=test.capitalize(), allow_abbrev=False)
    verify = commands.add_parser(
        "verify",
        help="make all figures anew in a fresh folder and compare them with figures/",
        description="Execute the notebooks in a copy of the project and compare what they make with figures/: tables "
        "and vector files by bytes, pictures by pixels, passports field by field. Says what drifted and which input "
        "changed. Exit code 0 without drift, 1 with. Nothing in the project is touched.",
        allow_abbrev=False,
    )
    verify.add_argument("--plan", metavar="ID", help="only the figures of this plan (id or folder)")
    verify.add_argument("--json", action="store_true", help="as JSON")
    page = commands.add_parser(
        "page",
        help="a plan's findings, figures and text in one HTML file",
        description="Write figures/PLAN/PLAN.html from the plan's text and the figures that the notebooks have made. A "
        "run of the notebooks ends with it.",
        allow_abbrev=False,
    )
    page.add_argument("plan", metavar="PLAN", help="id under data/plans or a plan folder")
    lab = "open the notebooks in JupyterLab; what follows goes to JupyterLab"
    commands.add_parser("lab", help=lab, description=lab.capitalize(), allow_abbrev=False)
    read = commands.add_parser("read", help="how a plan, or a bare file, was read", allow_abbrev=False)
    read.add_argument("plan", metavar="PLAN", help="id under data/plans, a plan folder, or a file")
    read.add_argument("--json", action="store_true", help="as JSON")
    read.add_argument("--text", action="store_true", help="the cleaned text of the body instead")
    words = commands.add_parser("words", help="a plan's terms with their counts", allow_abbrev=False)
    words.add_argument("plan", metavar="PLAN", help="id under data/plans or a plan folder")
    words.add_argument("--json", action="store_true", help="as JSON")
    words.add_argument(
        "--check", action="store_true", help="how far the segmentation can be trusted, instead of counts"
    )
    segment = commands.add_parser("segment", help="one line in, one line of tokens out", allow_abbrev=False)
    segment.add_argument("--plan", metavar="ID", help="keep this plan's names and terms whole")
    segment.add_argument("--json", action="store_true", help="as JSON: one list of tokens a line")
    segment.add_argument("file", metavar="FILE", nargs="?", help="a text file; without one, standard input")
    fetch = commands.add_parser(
        "fetch",
        help="bring a larger public corpus to data/corpora/, or list what there is",
        description="Fetch a corpus that data/registry.toml names, check it by its hash and lay it out in "
        "data/corpora/. Without a name, lists what there is and what is here. A transfer that broke off goes on where "
        "it stopped; a proxy is taken from HTTPS_PROXY.",
        allow_abbrev=False,
    )
    fetch.add_argument("name", metavar="NAME", nargs="?", help="a corpus; without one, the list of them")
    given = (
        "files got by hand, or folders that hold them, instead of the network; known by their hash, whatever their name"
    )
    fetch.add_argument("--from", dest="given", metavar="PATH", nargs="+", default=[], help=given)
    new = commands.add_parser(
        "new",
        help="draft a plan's folder from its file: another city in ten minutes",
        description="Make data/plans/ID/ from a plan's file or files: the files copied unchanged, plan.toml drafted "
        "with the line each value was found in, the reading report beside it. Nothing is overwritten. Afterwards "
        "`python run.py --plan ID` runs all notebooks on it.",
        allow_abbrev=False,
    )
    new.add_argument("place", metavar="PLACE", help="the place the plan is for, as 宜春市, or its six-digit code")
    new.add_argument("files", metavar="FILE", nargs="+", help="the plan's file; several in the order of the plan")
    new.add_argument("--id", metavar="ID", help="the folder's name; without it the place's name in pinyin")
    new.add_argument("--code", metavar="CODE", help="the six-digit code, where a name stands for several places")
    add_store_commands(commands)
    return parser


def add_store_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add build and status."""
    build = commands.add_parser(
        "build",
        help="make the tables of a collection's or a plan's documents that are not fresh",
        description="Read, clean, outline and segment what has changed since it was last built, by all cores, into "
        "data/processed/store. A plan that fails stops no other; all failures are listed at the end and the exit code "
        "is then 1. Safe to stop at any moment and to run twice at once.",
        allow_abbrev=False,
    )
    build.add_argument("name", metavar="NAME", help="a collection's id or settings file, a plan's id or folder, a file")
    build.add_argument("--memory", metavar="MB", type=int, default=2000, help="what all processes may take (2000)")
    build.add_argument(
        "--jobs", metavar="N", type=int, help="so many processes; without it, as many as there are cores"
    )
    build.add_argument("--scheduler", metavar="ADDRESS", help="build on a Dask cluster instead: tcp://host:8786")
    status = commands.add_parser(
        "status",
        help="what the store has: fresh, stale and why, missing, damaged",
        description="Look up each document's tables in the store and say which input has changed since they were made. "
        "Exit code 0 where all are fresh, else 1. Nothing is built.",
        allow_abbrev=False,
    )
    status.add_argument("name", metavar="NAME", nargs="?", help="a collection or a plan; without one, all there are")
    status.add_argument("--json", action="store_true", help="as JSON")


def project_version() -> str:
    """Read the version in pyproject.toml."""
    found: list[str] = re.findall(r'(?m)^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return found[0]

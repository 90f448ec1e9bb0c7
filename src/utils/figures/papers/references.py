"""A BibTeX file of what an analysis used: its methods, its software with the locked versions, the plan itself."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.plans.settings import PlanSettings

REFERENCES: Final = paths.DATA / "references.bib"
_ENTRY: Final = re.compile(r"(?ms)^@\w+\{([\w-]+),\n.*?^\}\n")


def bibliography(names: Iterable[str], plan: PlanSettings | None = None) -> str:
    """BibTeX entries of what is named, sorted by name, and of the plan; UTF-8 text.

    names: keys of data/references.bib, methods and software; software carries its version in requirements.lock.
    Raises FigureError for a name that the file does not have.
    """
    there, versions = references(), locked_versions()
    wanted = sorted(set(names))
    unknown = [name for name in wanted if name not in there]
    if unknown:
        raise FigureError(f"{REFERENCES.name} has no entry {', '.join(unknown)}; it has {', '.join(there)}")
    entries = [_with_version(there[name], versions.get(name)) for name in wanted]
    return "\n".join([*entries, *([_of_plan(plan)] if plan else [])])


@cache
def references() -> dict[str, str]:
    """The entries of data/references.bib by their keys, in the order of the file."""
    return {match[1]: match[0] for match in _ENTRY.finditer(REFERENCES.read_text(encoding="utf-8"))}


@cache
def locked_versions() -> dict[str, str]:
    """The version of every package that requirements.lock pins, by its name."""
    lock = (paths.ROOT / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", lock))


def _with_version(entry: str, version: str | None) -> str:
    return entry if version is None else entry.removesuffix("}\n") + f"  note = {{version {version}}},\n}}\n"


def _of_plan(settings: PlanSettings) -> str:
    about = settings.plan
    fields = {
        "author": " and ".join(f"{{{name}}}" for name in about.publisher),
        "title": about.title,
        "note": about.title_en,
        "year": str(about.date or "")[:4],
        "howpublished": about.address or "",
    }
    key = re.sub(r"[^a-z0-9]", "_", settings.id)
    lines = [f"  {name} = {{{_escaped(value)}}},\n" for name, value in fields.items() if value]
    return f"@misc{{{key},\n{''.join(lines)}}}\n"


def _escaped(value: str) -> str:
    return re.sub(r"([&%#_])", r"\\\1", value)

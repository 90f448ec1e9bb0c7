"""What is stored: the plans that a name stands for, each a light description that another process can read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from src.utils.errors import GuihuaError, PlanError
from src.utils.plans.pipeline import Plan, read_plan
from src.utils.plans.reading import SourceFile
from src.utils.plans.settings import PlanSettings, load_settings, plan_folder


class Member(Protocol):
    """A plan that can be read: its id, its settings (None for a bare file), its source files."""

    @property
    def id(self) -> str: ...
    @property
    def settings(self) -> PlanSettings | None: ...
    @property
    def sources(self) -> Sequence[SourceFile]: ...

    def read(self) -> Plan: ...


@dataclass(frozen=True)
class PlanMember:
    """A plan's folder or a bare file."""

    id: str
    settings: PlanSettings | None
    sources: tuple[SourceFile, ...]

    def read(self) -> Plan:
        """Read it. Raises PlanError."""
        return read_plan(self.id, self.sources, self.settings)


class Members(NamedTuple):
    """The plans a name stands for, by id, and those that cannot even be described: plan and problem."""

    found: list[Member]
    failures: list[tuple[str, str]]


def members_of(name: str | Path | Iterable[str | Path]) -> Members:
    """The plans that a collection's id, a plan's id or folder, a file, or a list of plans stands for.

    Of a list, a plan whose settings cannot be read is a failure; a name that stands alone raises its GuihuaError.
    """
    if isinstance(name, str | Path):
        return Members([_member(name)], [])
    found: dict[str, Member] = {}
    failures = []
    for each in name:
        try:
            member = _member(each)
            if member.id in found:
                raise PlanError(f"{each}: two plans of the list have the id {member.id}; rename one.")
            found[member.id] = member
        except GuihuaError as error:
            failures.append((str(each), str(error)))
    return Members([found[plan] for plan in sorted(found)], failures)


def _member(name: str | Path) -> Member:
    path = Path(name)
    if path.is_file():
        return PlanMember(path.stem, None, (SourceFile(path.resolve()),))
    folder = plan_folder(name)
    settings = load_settings(folder)
    sources = (SourceFile(folder / part.file, part.sha256, part.encoding) for part in settings.source.parts)
    return PlanMember(settings.id, settings, tuple(sources))

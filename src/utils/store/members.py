"""What is stored: the plans that a name stands for, each a light description that another process can read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from src.utils.errors import GuihuaError, PlanError
from src.utils.plans.collections import Member, is_collection, load_collection
from src.utils.plans.pipeline import PlanText, read_text, read_text_file, unit_rows_of
from src.utils.plans.settings import PlanSettings, load_settings, plan_folder
from src.utils.plans.units import UnitRow
from src.utils.words.dictionaries import LAYERS, Dictionaries, dictionaries_for, dictionaries_of

OWN_TERMS = "plan"
"""The layer of a plan's own terms: they are made from its text, and so from the inputs of that."""

OWN, COMMON = "own", "common"


@dataclass(frozen=True)
class StoredPlan:
    """A plan that may be stored: its id, its settings (None for a bare file), its source files, in order.

    member: of the collection it was found in.
    """

    id: str
    settings: PlanSettings | None
    files: tuple[Path, ...]
    member: Member | None = None

    def read(self) -> PlanText:
        """Read it. Raises PlanError."""
        return (
            read_text_file(self.files[0]) if self.settings is None else read_text(self.settings, self.files[0].parent)
        )

    def unit_rows(
        self, sentences: Sequence[tuple[int, int, str]], sections: Sequence[tuple[int, int, str]]
    ) -> list[UnitRow]:
        """The units of its sentences (pipeline.unit_rows_of); of a collection's document, the place as a whole too."""
        rows = unit_rows_of(sentences, sections, self.settings)
        return rows if self.member is None else self.member.with_region(rows, (row[0] for row in sentences))


@dataclass(frozen=True)
class Group:
    """Plans that are stored together, by id, and those that cannot even be described: plan and problem.

    words: what their words are cut with: "own", each with its plan's own terms; "common", all with the terms that serve
    any plan; or the id of a collection, whose dictionary is one for all its documents.
    """

    plans: tuple[StoredPlan, ...]
    failures: tuple[tuple[str, str], ...] = ()
    words: str = COMMON
    _found: Dictionaries | None = field(default=None, repr=False)

    @cached_property
    def dictionaries(self) -> Dictionaries | None:
        """The one dictionary of all; None where each plan has its own."""
        if self.words == OWN:
            return None
        return self._found or dictionaries_for(None, [layer for layer in LAYERS if layer not in ("user", OWN_TERMS)])


def group_of(name: str | Path | Iterable[str | Path]) -> Group:
    """The plans that a collection's id or settings file, a plan's id or folder, a file, or a list of plans stands for.

    Of a list, a plan whose settings cannot be read is a failure; a name that stands alone raises its GuihuaError.
    """
    if isinstance(name, str | Path):
        return _collection(str(name)) if is_collection(str(name)) else Group((_plan(name),), words=OWN)
    found: dict[str, StoredPlan] = {}
    failures = []
    for each in name:
        try:
            plan = _plan(each)
            if plan.id in found:
                raise PlanError(f"{each}: two plans of the list have the id {plan.id}; rename one.")
            found[plan.id] = plan
        except GuihuaError as error:
            failures.append((str(each), str(error)))
    return Group(tuple(found[plan] for plan in sorted(found)), tuple(failures))


def _plan(name: str | Path) -> StoredPlan:
    path = Path(name)
    if path.is_file():
        return StoredPlan(path.stem, None, (path.resolve(),))
    folder = plan_folder(name)
    settings = load_settings(folder)
    return StoredPlan(settings.id, settings, tuple(folder / part.file for part in settings.source.parts))


def _collection(name: str) -> Group:
    collection = load_collection(name)
    plans: list[StoredPlan] = []
    failures = []
    for member in collection.members:
        try:
            plans.append(StoredPlan(member.id, member.settings, member.files, member))
        except GuihuaError as error:
            failures.append((member.id, str(error)))
    return Group(tuple(plans), tuple(failures), collection.id, dictionaries_of(collection))

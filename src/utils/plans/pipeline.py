"""A plan's folder, or a bare file, to all the tables of it, in one call."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.utils import tables
from src.utils.errors import PlanError
from src.utils.lexicons import industry_terms, load_lexicon
from src.utils.plans.cleaning import RULES, CleanText, choose_rules, clean
from src.utils.plans.coverage import CoverageSummary, add_pages, match_contents, summarise_coverage
from src.utils.plans.damage import warnings_of
from src.utils.plans.outline import COUNTED_KINDS, read_outline
from src.utils.plans.reading import SourceFile, SourceText, read_source, read_sources
from src.utils.plans.settings import PlanSettings, load_settings, plan_folder
from src.utils.plans.units import assign_units


@dataclass(frozen=True)
class Plan:
    """A plan read: its settings, its source, its cleaned text and the tables made from it.

    `settings` is None for a bare file; `units` is then empty.
    """

    id: str
    settings: PlanSettings | None
    source: SourceText
    clean: CleanText
    contents: pd.DataFrame
    sections: pd.DataFrame
    sentences: pd.DataFrame
    units: pd.DataFrame
    coverage: pd.DataFrame

    @property
    def text(self) -> str:
        """The cleaned text of the body: what is counted, headings included, contents list and lead-in left out."""
        body = self.sections[self.sections["kind"].isin(COUNTED_KINDS)]
        return "".join(self.clean.text[start:end] for start, end in zip(body["start"], body["end"], strict=True))

    @property
    def log(self) -> pd.DataFrame:
        """What each cleaning rule changed (columns cleaning.LOG)."""
        return self.clean.log

    @property
    def damage(self) -> pd.DataFrame:
        """What cannot be mended, by line of the source (columns damage.WARNINGS)."""
        return warnings_of(self.source.text)

    def summary(self) -> CoverageSummary:
        """How much of the plan there is."""
        return summarise_coverage(self.coverage, self.sections)


def load_plan(plan: str | Path) -> Plan:
    """Read a plan by its id under data/plans or the path of its folder.

    Raises SettingsError or PlanError, naming file, key or line and the remedy.
    """
    return read_plan(load_settings(plan_folder(plan)))


def read_plan(settings: PlanSettings, folder: Path | None = None) -> Plan:
    """Read a plan whose settings are at hand; folder: where its files lie, that of the settings where not given.

    Raises PlanError, naming file or line and the remedy.
    """
    where = folder or settings.folder
    source = read_sources([SourceFile(where / part.file, part.sha256, part.encoding) for part in settings.source.parts])
    return _read(settings.id, source, settings)


def load_file(path: Path) -> Plan:
    """Read a bare text file: outline and sentences without the settings that name counties and industries."""
    return _read(path.stem, read_source(path), None)


def load_plan_or_file(plan: str) -> Plan:
    """Read a plan by id or folder, or a bare file by its path.

    Raises PlanError, listing the plans there are, where it is none of these.
    """
    path = Path(plan)
    return load_file(path) if path.is_file() else load_plan(plan)


def _read(plan: str, source: SourceText, settings: PlanSettings | None) -> Plan:
    rules = choose_rules(settings.cleaning.skip, settings.cleaning.simplify) if settings else RULES
    cleaned = clean(source.text, rules, drop=settings.source.drop if settings else ())
    outline = read_outline(cleaned, plan, settings.plan.title if settings else None, source)
    if outline.sentences.empty:
        raise PlanError(f"{source.path}: there is no running text in it, only headings. Is it the whole plan?")
    coverage = match_contents(outline.contents, outline.sections)
    sections = add_pages(outline.sections, coverage)
    return Plan(
        id=plan,
        settings=settings,
        source=source,
        clean=cleaned,
        contents=outline.contents,
        sections=sections,
        sentences=outline.sentences,
        units=units_of(outline.sentences, sections, settings),
        coverage=coverage,
    )


def units_of(sentences: pd.DataFrame, sections: pd.DataFrame, settings: PlanSettings | None) -> pd.DataFrame:
    """The counties and industries that a plan's sentences speak of (columns UNITS), by the shipped lexicons.

    Empty for a bare file, which names none.
    """
    if settings is None:
        return pd.DataFrame(columns=tables.UNITS)
    return assign_units(sentences, sections, settings, industry_terms(), load_lexicon("organisations")["term"])

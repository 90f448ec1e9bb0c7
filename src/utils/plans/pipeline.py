"""A plan's folder, or a bare file, to all the tables of it, in one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.utils import tables
from src.utils.errors import PlanError
from src.utils.lexicons import industry_terms, load_lexicon
from src.utils.plans.cleaning import RULES, CleanText, choose_rules, clean
from src.utils.plans.coverage import CoverageSummary, add_pages, match_contents, summarise_coverage
from src.utils.plans.damage import warnings_of
from src.utils.plans.outline import COUNTED_KINDS, Outline, Row, read_outline
from src.utils.plans.reading import SourceFile, SourceText, read_source, read_sources
from src.utils.plans.settings import PlanSettings, load_settings, plan_folder
from src.utils.plans.units import UnitRow, assign_units, unit_rows


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


@dataclass(frozen=True)
class PlanText:
    """A plan read, before its tables are made: thousands of plans are stored from the rows of their outlines."""

    id: str
    settings: PlanSettings | None
    source: SourceText
    clean: CleanText
    outline: Outline

    def section_rows(self) -> list[Row]:
        """The rows of the table of sections: pages of a source without pages are those that the contents list names."""
        outline = self.outline
        if outline.listed is None:
            return outline.section_rows
        pages = add_pages(outline.sections, match_contents(outline.contents, outline.sections))["page"]
        named = (None if page is pd.NA else int(page) for page in pages)
        return [(*row[:_PAGE], page, *row[_PAGE + 1 :]) for row, page in zip(outline.section_rows, named, strict=True)]

    def sentence_rows(self) -> list[Row]:
        """The rows of the table of sentences."""
        return self.outline.sentence_rows


_PAGE = tables.SECTIONS.index("page")


def load_plan(plan: str | Path) -> Plan:
    """Read a plan by its id under data/plans or the path of its folder.

    Raises SettingsError or PlanError, naming file, key or line and the remedy.
    """
    return read_plan(load_settings(plan_folder(plan)))


def read_plan(settings: PlanSettings, folder: Path | None = None) -> Plan:
    """Read a plan whose settings are at hand; folder: where its files lie, that of the settings where not given.

    Raises PlanError, naming file or line and the remedy.
    """
    return plan_of(read_text(settings, folder))


def read_text(settings: PlanSettings, folder: Path | None = None) -> PlanText:
    """Read a plan as read_plan does, without making tables of it."""
    where = folder or settings.folder
    source = read_sources([SourceFile(where / part.file, part.sha256, part.encoding) for part in settings.source.parts])
    return _outlined(settings.id, source, settings)


def read_text_file(path: Path) -> PlanText:
    """Read a bare text file as load_file does, without making tables of it."""
    return _outlined(path.stem, read_source(path), None)


def load_file(path: Path) -> Plan:
    """Read a bare text file: outline and sentences without the settings that name counties and industries."""
    return plan_of(read_text_file(path))


def load_plan_or_file(plan: str) -> Plan:
    """Read a plan by id or folder, or a bare file by its path.

    Raises PlanError, listing the plans there are, where it is none of these.
    """
    path = Path(plan)
    return load_file(path) if path.is_file() else load_plan(plan)


def _outlined(plan: str, source: SourceText, settings: PlanSettings | None) -> PlanText:
    rules = choose_rules(settings.cleaning.skip, settings.cleaning.simplify) if settings else RULES
    cleaned = clean(source.text, rules, drop=settings.source.drop if settings else ())
    outline = read_outline(cleaned, plan, settings.plan.title if settings else None, source)
    if not outline.sentence_rows:
        raise PlanError(f"{source.path}: there is no running text in it, only headings. Is it the whole plan?")
    return PlanText(plan, settings, source, cleaned, outline)


def plan_of(text: PlanText) -> Plan:
    """A plan with all its tables."""
    outline = text.outline
    coverage = match_contents(outline.contents, outline.sections)
    sections = add_pages(outline.sections, coverage)
    return Plan(
        id=text.id,
        settings=text.settings,
        source=text.source,
        clean=text.clean,
        contents=outline.contents,
        sections=sections,
        sentences=outline.sentences,
        units=units_of(outline.sentences, sections, text.settings),
        coverage=coverage,
    )


def units_of(sentences: pd.DataFrame, sections: pd.DataFrame, settings: PlanSettings | None) -> pd.DataFrame:
    """The counties and industries that a plan's sentences speak of (columns UNITS), by the shipped lexicons.

    Empty for a bare file, which names none.
    """
    if settings is None:
        return pd.DataFrame(columns=tables.UNITS)
    return assign_units(sentences, sections, settings, industry_terms(), load_lexicon("organisations")["term"])


def unit_rows_of(
    sentences: Sequence[tuple[int, int, str]], sections: Sequence[tuple[int, int, str]], settings: PlanSettings | None
) -> list[UnitRow]:
    """The same by rows: sentences as (sentence, section, text), sections as (section, parent, title)."""
    if settings is None:
        return []
    return unit_rows(sentences, sections, settings, industry_terms(), load_lexicon("organisations")["term"])

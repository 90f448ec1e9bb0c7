"""What each table of a plan depends on, by hash, and the keys made of that.

A plan's tables are made in three parts: its text (sections, sentences), its units, its tokens. Each part's inputs are
named, so that a reader learns which of them has changed, and only the parts that depend on it are made anew.
"""

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from src.utils import paths
from src.utils.code import code_hash
from src.utils.lexicons import COLUMNS, load_lexicon
from src.utils.plans.gazetteer import divisions, former_names, wider_divisions
from src.utils.plans.reading import source_hash
from src.utils.store.members import OWN_TERMS, StoredPlan
from src.utils.words.dictionaries import LAYERS, Dictionaries, dictionaries_for
from src.utils.words.engines import FAST_VERSIONS
from src.utils.words.jieba_dictionary import source as jieba_source

FORMAT: Final = 1
"""The form of the files and of their manifest; a change of it rebuilds everything."""

Part = Literal["text", "units", "tokens"]
TABLES: Final[dict[Part, tuple[str, ...]]] = {
    "text": ("sections", "sentences"),
    "units": ("units",),
    "tokens": ("tokens",),
}
"""The parts in the order in which they are made, and the tables of each."""

_NOT_READ: Final = ("reason", "english", "name_en")
_OF_UNITS: Final = ("industries", "organisations", "ambiguous_places", "gbt4754")
_READERS: Final = {
    ".docx": ("lxml",),
    ".doc": ("lxml",),
    ".pdf": ("pypdfium2", "pdfplumber"),
    ".html": ("lxml",),
    ".htm": ("lxml",),
}


class Inputs(NamedTuple):
    """For each part, every input by name with its hash or version; `keys` has the hash of them all."""

    parts: dict[Part, dict[str, str]]

    @property
    def keys(self) -> dict[Part, str]:
        """The key of each part."""
        return {part: digest(inputs) for part, inputs in self.parts.items()}


def digest(value: Any) -> str:
    """Hash what JSON can say (SHA-256, 32 hexadecimal digits)."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def inputs_of(plan: StoredPlan, words: str, terms: Mapping[str, str] | None) -> Inputs:
    """Gather the inputs of a plan's tables as they are now on disk.

    words: as in members.Group; terms: the hashes of its dictionary (terms_of); None where the plan has its own. Call
    forget_what_changed before the first of many. Raises PlanError or LexiconError where a file cannot be read.
    """
    shared = _shared(seen())
    text = {
        "format of the store": str(FORMAT),
        "source file": " ".join(source_hash(path) for path in plan.files),
        "settings of the text": digest(_text_settings(plan)),
        "code in src/utils/plans": code_hash("plans", "store/arrow.py"),
        "packages that read it": _readers(plan),
    }
    text_key = digest(text)
    units = {"text": text_key, "settings of the units": "none"}
    if plan.settings is not None:
        units |= {"settings of the units": digest(_unit_settings(plan)), **shared.units}
    if terms is None:
        terms = terms_of(dictionaries_for(plan.settings, [layer for layer in LAYERS if layer != OWN_TERMS]))
    tokens = {"text": text_key, "dictionary": words, **terms, **shared.tokens}
    return Inputs({"text": text, "units": units, "tokens": tokens})


def differing(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The names of the inputs that differ."""
    return [name for name in dict.fromkeys((*now, *before)) if now.get(name) != before.get(name)]


def _text_settings(plan: StoredPlan) -> Any:
    settings = plan.settings
    if settings is None:
        return [plan.id]
    return [plan.id, settings.plan.title, settings.source.model_dump(), settings.cleaning.model_dump()]


def _unit_settings(plan: StoredPlan) -> Any:
    said = plan.settings.model_dump(include={"place", "county", "zone", "industry"}) if plan.settings else None
    return [said, plan.member is not None]


def _readers(plan: StoredPlan) -> str:
    """The versions of what turns the source into text."""
    names = {name for path in plan.files for name in _READERS.get(path.suffix.lower(), ())}
    if plan.settings is not None and plan.settings.cleaning.simplify:
        names.add("opencc")
    return ", ".join([f"Unicode {unicodedata.unidata_version}", *(_release(name) for name in sorted(names))])


@cache
def _release(package: str) -> str:
    """What is installed, looked up once a process: that takes longer than all else that is known of a plan."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def terms_of(dictionaries: Dictionaries) -> dict[str, str]:
    """The hash of each layer's terms; of a term in two layers the first one's tag counts, so the layers say all."""
    layers: dict[str, list[tuple[str, str]]] = {}
    entries = dictionaries.entries
    for layer, term, tag in zip(entries["layer"], entries["term"], entries["tag"], strict=True):
        layers.setdefault(str(layer), []).append((str(term), str(tag)))
    return {f"terms of the layer {layer}": digest(terms) for layer, terms in layers.items()}


class _Shared(NamedTuple):
    """What is the same for every plan."""

    units: dict[str, str]
    tokens: dict[str, str]


@lru_cache(maxsize=2)
def _shared(_fingerprint: str) -> _Shared:
    jieba = jieba_source()
    gazetteer = digest([list(divisions().values()), wider_divisions(), former_names()])
    units = {f"data/lexicons/{name}.csv": _lexicon(name) for name in _OF_UNITS}
    units |= {"gazetteer": gazetteer, "jieba's dictionary": f"{jieba.release} {jieba.digest[:16]}"}
    tokens = {
        "data/lexicons/units_of_measure.csv": _lexicon("units_of_measure"),
        "jieba's dictionary": f"{jieba.release} {jieba.digest[:16]}",
        "engine": _engine(),
        "code in src/utils/words": code_hash("words", "store/arrow.py"),
    }
    return _Shared(units, tokens)


def _lexicon(name: str) -> str:
    """What tables are made from of a dictionary: not the reasons and translations."""
    lexicon = load_lexicon(name)
    return digest([lexicon[column] for column in COLUMNS[name] if column not in _NOT_READ])


def _engine() -> str:
    """The accelerator where it is of a tested release, else jieba."""
    try:
        release = version("rjieba")
    except PackageNotFoundError:
        release = ""
    return f"rjieba {release}" if release in FAST_VERSIONS else f"jieba {version('jieba')}"


_seen: Final[list[str]] = []


def forget_what_changed() -> None:
    """Where a file of data/lexicons or data/gazetteer is new to this process, forget what it has kept of them.

    So what is built is made from what is hashed. Functions of src.utils that keep what they read (functools.cache) are
    found by their modules.
    """
    found = hashlib.sha256()
    for path in _files((paths.LEXICONS, paths.GAZETTEER)):
        content = path.read_bytes()
        found.update(f"{path.name} {len(content)}\n".encode() + content)
    if _seen[-1:] != [found.hexdigest()]:
        for name, module in list(sys.modules.items()):
            if name.startswith("src.utils.") and not name.startswith(("src.utils.store", "src.utils.code")):
                for value in list(vars(module).values()):
                    if hasattr(value, "cache_clear"):
                        value.cache_clear()
        _seen[:] = [found.hexdigest()]


def seen() -> str:
    """The hash of data/lexicons and data/gazetteer as this process has read them."""
    return _seen[0]


def _files(folders: Sequence[Path]) -> Iterable[Path]:
    return [path for folder in folders for path in sorted(folder.glob("*.csv"))]

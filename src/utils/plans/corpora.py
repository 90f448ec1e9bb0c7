"""A fetched corpus as one set of tables: every document read as a bare file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.utils import paths
from src.utils.errors import PlanError
from src.utils.plans.pipeline import load_file

MANIFEST = "corpus.json"


@dataclass(frozen=True)
class Corpus:
    """Documents read together: sections and sentences as in a plan, `plan` being the document's file name without end.

    citation: how to cite it, from its manifest. unread: documents that could not be read, and why.
    """

    name: str
    citation: str
    sections: pd.DataFrame
    sentences: pd.DataFrame
    unread: tuple[str, ...] = ()

    @property
    def documents(self) -> list[str]:
        """The documents' names, sorted."""
        return sorted(self.sentences["plan"].unique())


def how_to_fetch(name: str) -> str:
    """What to say where a corpus is not here."""
    return f"`python run.py fetch {name}` brings it; offline, `python run.py fetch {name} --from FOLDER`."


@dataclass(frozen=True)
class CorpusManifest:
    """What `python run.py fetch NAME` noted of a corpus; files: each with its SHA-256, sorted."""

    folder: Path
    files: Mapping[Path, str]
    licence: str
    citation: str


def read_manifest(name: str) -> CorpusManifest | None:
    """The manifest of a fetched corpus; None where it is not here. Raises PlanError where it is damaged."""
    folder = paths.CORPORA / name
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        files = {folder / file: str(said["sha256"]) for file, said in sorted(about["files"].items())}
        return CorpusManifest(folder, files, str(about["licence"]), str(about["citation"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError(f"{path}: damaged ({error}). Delete the folder and fetch it again.") from error


def load_corpus(name: str) -> Corpus | None:
    """Read the corpus that `python run.py fetch NAME` laid out in data/corpora; None where it is not here.

    A document that cannot be read is left out and named in `unread`. Raises PlanError where its manifest is damaged or
    no document can be read.
    """
    manifest = read_manifest(name)
    if manifest is None:
        return None
    found, unread = [], []
    for file in manifest.files:
        try:
            found.append(load_file(file))
        except PlanError as error:
            unread.append(str(error))
    if not found:
        raise PlanError(
            f"{manifest.folder}: not one document can be read. The first: {unread[0] if unread else 'none is named'}"
        )
    return Corpus(
        name,
        manifest.citation,
        pd.concat([plan.sections for plan in found], ignore_index=True),
        pd.concat([plan.sentences for plan in found], ignore_index=True),
        tuple(unread),
    )

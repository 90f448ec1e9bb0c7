"""A fetched corpus as one set of tables: every document read as a bare file."""

import json
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


def load_corpus(name: str) -> Corpus | None:
    """Read the corpus that `python run.py fetch NAME` laid out in data/corpora; None where it is not here.

    A document that cannot be read is left out and named in `unread`. Raises PlanError where its manifest is damaged or
    no document can be read.
    """
    folder = paths.CORPORA / name
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return None
    try:
        about = json.loads(manifest.read_text(encoding="utf-8"))
        files, citation = sorted(about["files"]), str(about["citation"])
    except (ValueError, KeyError, TypeError) as error:
        raise PlanError(f"{manifest}: damaged ({error}). Delete the folder and fetch it again.") from error
    found, unread = [], []
    for file in files:
        try:
            found.append(load_file(folder / Path(file)))
        except PlanError as error:
            unread.append(str(error))
    if not found:
        raise PlanError(
            f"{folder}: not one document can be read. The first: {unread[0] if unread else 'none is named'}"
        )
    return Corpus(
        name,
        citation,
        pd.concat([plan.sections for plan in found], ignore_index=True),
        pd.concat([plan.sentences for plan in found], ignore_index=True),
        tuple(unread),
    )

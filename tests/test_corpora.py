"""A fetched corpus as tables: a small one made here, a damaged manifest, a document that cannot be read."""

import json

import pytest

from src.utils import paths
from src.utils.errors import PlanError
from src.utils.files import hash_file
from src.utils.plans.corpora import how_to_fetch, load_corpus

TEXTS = {
    "甲报告.txt": "甲报告\n一、工作回顾\n发展光伏产业。\n",
    "乙报告.txt": "乙报告\n一、工作回顾\n发展铜产业。提高质量。\n",
}


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CORPORA", tmp_path)
    return tmp_path


def lay_out(folder, files, citation="两份报告"):
    """A corpus as fetch lays it out."""
    folder.mkdir()
    noted = {}
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        noted[name] = {"size": (folder / name).stat().st_size, "sha256": hash_file(folder / name)}
    manifest = {"licence": "公文", "citation": citation, "files": noted}
    (folder / "corpus.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def test_documents_are_read_together(corpora):
    lay_out(corpora / "two", TEXTS)
    corpus = load_corpus("two")
    assert corpus.documents == ["乙报告", "甲报告"]
    assert corpus.sentences.groupby("plan").size().to_dict() == {"甲报告": 1, "乙报告": 2}
    assert corpus.citation == "两份报告"
    assert corpus.unread == ()


def test_a_corpus_that_is_not_here_is_none_and_the_remedy_names_it(corpora):
    assert load_corpus("two") is None
    assert "python run.py fetch two --from FOLDER" in how_to_fetch("two")


def test_a_document_that_cannot_be_read_is_named_and_the_others_stay(corpora):
    lay_out(corpora / "two", {**TEXTS, "丙.docx": b"not a zip"})
    corpus = load_corpus("two")
    assert corpus.documents == ["乙报告", "甲报告"]
    assert len(corpus.unread) == 1
    assert "丙.docx" in corpus.unread[0]


def test_damage_is_named(corpora):
    lay_out(corpora / "none", {"丙.docx": b"not a zip"})
    with pytest.raises(PlanError, match=r"none: not one document can be read.*丙\.docx"):
        load_corpus("none")
    (corpora / "none" / "corpus.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PlanError, match=r"corpus\.json: damaged .*fetch it again"):
        load_corpus("none")

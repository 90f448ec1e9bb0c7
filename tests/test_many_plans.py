"""Measures, choices, passports and runs over a collection: places compared as counties are."""

import numpy as np
import pandas as pd
import pytest

from src.utils import paths
from src.utils.errors import MissingCorpusError
from src.utils.figures.provenance import corpus_names, provenance
from src.utils.measures import keeping
from src.utils.measures.keeping import kept
from src.utils.measures.plan_choices import collection_text
from src.utils.measures.specialisation import attention, attention_ranks
from src.utils.plans.collections import REGION, load_collection
from src.utils.running import cli, jobs, notebooks, verify
from src.utils.running.executing import read_notebook
from src.utils.words.dictionaries import dictionaries_of
from src.utils.words.token_tables import token_table

SETTINGS = """
[collection]
title = "三市规划"
title_en = "Plans of three cities"
folder = "files"
file = '^(?P<place>.+?市)'
licence = "free"

[plan]
title = "{place}规划"
title_en = "Plan of {place_en}"

[[industry]]
name = "光伏新能源"
name_en = "New energy"

[[industry]]
name = "汽车"
name_en = "Automobiles"
"""
TEXTS = {
    "南昌市": "发展光伏。发展汽车。支持汽车产业。提升汽车产业。改善民生。",
    "宜春市": "光伏产业增长。光伏组件增长。修建公路。",
    "九江市": "改善民生。修建公路。",
}


@pytest.fixture
def collection(tmp_path):
    (tmp_path / "files").mkdir()
    for place, text in TEXTS.items():
        (tmp_path / "files" / f"{place}规划.txt").write_text(f"{place}规划\n第一章 任务\n{text}\n", encoding="utf-8")
    path = tmp_path / "three-cities.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    return load_collection(path)


def tables(collection) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    plans = [member.read() for member in collection.members]
    sentences = pd.concat([plan.sentences for plan in plans], ignore_index=True)
    units = pd.concat([plan.units for plan in plans], ignore_index=True)
    return sentences, units, token_table(sentences, dictionaries_of(collection).segmenter())


def ranked(collection, **options) -> pd.DataFrame:
    _, units, tokens = tables(collection)
    found = attention(tokens, units, list(TEXTS), ["光伏新能源", "汽车"], scheme=REGION)
    return attention_ranks(found, n_resamples=200, seed=3, **options)


def test_shares_and_ranks_of_industries_are_those_counted_by_hand(collection):
    table = ranked(collection).set_index(["county", "industry"])
    # 南昌市: one of five sentences on 光伏, three on 汽车; 宜春市: two of three on 光伏.
    assert table.loc[("南昌市", "汽车"), ["n", "share", "rank"]].tolist() == [3, 0.6, 1]
    assert table.loc[("南昌市", "光伏新能源"), ["n", "share", "rank"]].tolist() == [1, 0.2, 2]
    assert table.loc[("宜春市", "光伏新能源"), "share"] == pytest.approx(2 / 3)
    assert table.loc[("九江市", "汽车"), ["n", "share", "rank"]].tolist() == [0, 0, 1]  # level with the other
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()
    assert table.loc[("南昌市", "汽车"), "share_first"] < 1  # drawn anew, 光伏 leads now and then
    assert table.loc[("九江市", "汽车"), "share_first"] == 1


def test_shares_of_words_count_the_words_of_the_sentences(collection):
    _, units, tokens = tables(collection)
    table = ranked(collection, by="words").set_index(["county", "industry"])
    words = tokens[(tokens["tag"] != "x") & (tokens["plan"] == collection.members[0].id)]
    speaks = units[(units["unit"] == "汽车") & (units["plan"] == collection.members[0].id)]["sentence"]
    share = words["sentence"].isin(speaks).mean()
    assert table.loc[("南昌市", "汽车"), "share"] == pytest.approx(share)


def test_more_sentences_of_one_kind_make_ranks_surer(collection):
    few = ranked(collection).set_index(["county", "industry"]).loc[("南昌市", "汽车"), "share_first"]
    file = collection.members[0].files[0]
    file.write_text(file.read_text(encoding="utf-8") + "做强汽车产业。" * 12, encoding="utf-8")
    many = ranked(load_collection(collection.path)).set_index(["county", "industry"])
    assert many.loc[("南昌市", "汽车"), "share_first"] > few


def test_a_collection_can_be_counted_under_any_choices(collection):
    sentences, _, _ = tables(collection)
    made = collection_text(collection, sentences)
    sizes = made.sizes().set_index("unit")
    assert sizes["n_sentences"].to_dict() == {"南昌市": 5, "九江市": 2, "宜春市": 3}
    grid = made.grid(("weighting", "stop_words"), 2)
    assert set(grid) == {"weighting", "stop_words", "resample"}
    table = made.terms().make({"weighting": "frequency", "resample": 0, "seed": 0})
    counted = table.set_index(["unit", "term"])["value"]
    assert counted["南昌市", "汽车"] == 1
    assert counted["南昌市", "汽车产业"] == 2  # a term of its own
    assert not any(term in ("南昌", "南昌市") for _, term in counted.index)


def test_a_passport_names_the_settings_file_and_all_documents_by_one_hash(collection):
    about = provenance(collection, parameters={"SEED": 1})
    told = about.common["inputs"]["plans"]["three-cities"]
    assert about.plan == "three-cities"
    assert told["collection_toml_sha256"] == collection.settings_sha256
    assert list(told["sources"]) == ["3 documents"]
    before = told["sources"]
    file = collection.members[1].files[0]
    file.write_text(file.read_text(encoding="utf-8") + "又一句。", encoding="utf-8")
    changed = provenance(load_collection(collection.path), parameters={"SEED": 1})
    assert changed.common["inputs"]["plans"]["three-cities"]["sources"] != before
    assert corpus_names(collection) == ("三市规划", "Plans of three cities")


def test_kept_results_are_found_again_by_all_they_depend_on(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CACHE", tmp_path)
    calls = []
    monkeypatch.setattr(
        np, "recorded_sum", lambda values, seed=0: calls.append(seed) or float(values.sum()), raising=False
    )
    counted = kept(total)
    one, other = np.arange(4.0), np.arange(5.0)
    assert [counted(one), counted(one), counted(other), counted(one, seed=2)] == [6, 6, 10, 6]
    assert calls == [0, 0, 2]
    monkeypatch.setattr(keeping, "code_version", lambda: "other code")
    assert kept(total)(one) == 6
    assert calls == [0, 0, 2, 0]


def total(values, seed=0):
    return np.recorded_sum(values, seed)


def test_the_notebook_about_collections_is_no_part_of_the_run():
    names = [path.stem for path in jobs.notebooks()]
    assert "08_across_regions" not in names
    assert "01_read_the_plan" in names


def test_a_collection_runs_its_own_notebook_in_place_and_copies_for_another(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(notebooks, "run", lambda run, again: asked.append(run.jobs) or 0)
    own = "provincial-reports-2025"
    assert notebooks.run_on_collection(own, own) == 0
    assert notebooks.run_on_collection("three-cities", "somewhere/three-cities.toml") == 0
    (first,), (second,) = asked
    assert first.source == first.target
    assert first.plan is None
    assert second.target == paths.FIGURES / "three-cities" / "notebooks" / "08_across_regions.ipynb"
    assert second.plan == "somewhere/three-cities.toml"


def test_without_its_corpus_a_collection_is_refused_before_anything_runs(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(paths, "CORPORA", tmp_path)
    assert cli.main(["--plan", "provincial-reports-2025"]) == 2
    assert "python run.py fetch provincial-reports-2025" in capsys.readouterr().err


def test_the_figures_of_collections_have_their_own_verification(tmp_path):
    kept_files, fresh = tmp_path / "kept", tmp_path / "fresh"
    for name in ("shangrao/a.png", "provincial-reports-2025/b.png"):
        for folder in (kept_files, fresh) if name.startswith("shangrao") else (kept_files,):
            (folder / name).parent.mkdir(parents=True)
            (folder / name).write_bytes(b"x")
    assert verify._names(kept_files, fresh, None, whole=False) == {"shangrao/a.png"}
    of_collection = verify._names(kept_files, fresh, "provincial-reports-2025", whole=True)
    assert of_collection == {"provincial-reports-2025/b.png"}


def test_without_the_corpus_the_notebook_says_so_and_ends_clean(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "CORPORA", tmp_path)
    monkeypatch.setattr(paths, "FIGURES", tmp_path / "figures")
    with pytest.raises(MissingCorpusError):
        load_collection("provincial-reports-2025")
    notebook = read_notebook(paths.NOTEBOOKS / "08_across_regions.ipynb")
    names: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "08", "exec"), names)
    assert names["here"] is False
    assert not (tmp_path / "figures").exists()

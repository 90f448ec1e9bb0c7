"""Results re-made over grids: what moves them, kept parts, killed runs, any number of processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.utils.errors import GuihuaError
from src.utils.measures import checkpoints as parts
from src.utils.measures.results import Batch, Result, batch_of, kind_of, table_of
from src.utils.measures.robustness import NUMBERS, _code_bytes, robustness
from src.utils.measures.verdicts import word_for
from tests import slow_result

TABLES = ("specifications", "choices", "options", "units", "details")


def same(one, other):
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert one.verdict.en == other.verdict.en


def ranking(choices):
    """Only `stop` moves it; `weighting` does nothing."""
    terms = {"short": "茶铜锂水油", "none": "的了茶铜锂", "other": "甲乙丙丁戊"}[choices["stop"]]
    return pd.DataFrame({"unit": "甲", "term": list(terms), "value": np.arange(5, 0, -1)})


GRID = {"stop": ("short", "none"), "weighting": ("tfidf", "bm25", "raw")}


def test_the_choice_that_moves_a_result_is_named_in_both_languages():
    found = robustness(ranking, {**GRID, "stop": ("short", "none", "other")}, top=3)
    assert found.choices.set_index("choice")["share"].to_dict() == pytest.approx(
        {"stop": 1, "weighting": 0, "together": 0}
    )
    assert found.verdict.choice == "stop"
    assert found.verdict.word == "depends"
    assert found.verdict.en.startswith(
        "Depends on stop: over 9 specifications ranking agree with the headline at a median of 0."
    )
    assert found.verdict.zh.startswith("取决于stop：在 9 种设定下")
    assert "resampled" not in found.verdict.en
    told = found.verdict.for_figure()
    numbers = told["rests_on"].iloc[0]
    assert told["robustness"] == (found.verdict.zh, found.verdict.en)
    said = found.verdict.en
    assert f"over {numbers['n_specifications']} specifications" in said
    assert f"at a median of {numbers['typical']:.2f} (" in said
    assert f"{numbers['nine_in_ten']:.2f} or more in nine of ten" in said
    assert f"({numbers['share']:.0%} of the variance)" in said
    assert np.isnan(numbers["resampled"])


def test_a_result_that_nothing_moves_is_firm():
    found = robustness(ranking, {"weighting": ("tfidf", "bm25"), "stop": ("short",)})
    assert found.verdict.word == "firm"
    assert found.verdict.choice == ""
    assert "nothing in this grid moves them" in found.verdict.en
    assert (found.specifications["agreement"] == 1).all()


def test_rows_of_a_specification_chart():
    found = robustness(ranking, GRID, top=3, focus=("甲", "茶"))
    table = found.specifications
    assert list(table.columns) == ["stop", "weighting", *NUMBERS]
    assert table["agreement"].is_monotonic_decreasing
    assert table["place"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table.groupby("stop")["estimate"].unique().map(list).to_dict() == {"short": [1], "none": [3]}
    assert table.groupby("stop")["second"].first().to_dict() == {"short": 1, "none": pytest.approx(1 / 5)}
    panel = found.long()
    assert len(panel) == 12
    assert panel.loc[panel["specification"] == 0, "is_headline"].all()


def test_ranks_over_all_specifications():
    found = robustness(ranking, GRID, top=3).details.set_index("term")
    assert found.loc["茶", ["headline", "in_top", "best", "median", "worst"]].tolist() == [1, 1, 1, 1, 3]
    assert found.loc["铜", ["headline", "in_top", "best", "worst"]].tolist() == [2, 0.5, 2, 4]
    assert found.loc["的", ["headline", "in_top", "best", "worst"]].tolist() == [51, 0.5, 1, 51]
    assert "油" not in found.index


def test_what_one_choice_alone_does_stands_beside_each_option():
    grid = {name: tuple(range(4)) for name in "abcd"}

    def result(choices):
        terms = ["x", "y", *"pq"] if choices["a"] == 3 else ["y", "x", *"pq"]
        return pd.DataFrame({"unit": "u", "term": terms, "value": [4, 3, 2, 1]})

    options = robustness(result, grid, n_specifications=20).options.set_index(["choice", "option"])
    assert options.loc[("a", "3"), "alone"] < 1
    assert (options["alone"].drop([("a", "3")]) == 1).all()
    assert options["n"].groupby("choice").sum().tolist() == [20] * 4


def test_a_unit_without_text_under_a_choice_counts_as_no_agreement_and_is_said():
    def result(choices):
        table = pd.DataFrame({"unit": ["甲", "甲", "乙"], "term": ["茶", "铜", "锂"], "value": [2, 1, 1]})
        return table if choices["evidence"] == "heading" else table[table["unit"] == "甲"]

    found = robustness(result, {"evidence": ("heading", "mention")})
    last = found.specifications.iloc[-1]
    assert (last["agreement"], last["n_missing"], last["status"]) == (0.5, 1, "no text for 1 of 2 units")
    assert found.units.set_index("unit")["agreement"].to_dict() == {"甲": 1, "乙": 0.5}


def test_an_empty_headline_is_said():
    with pytest.raises(GuihuaError, match="the headline has 0 terms"):
        robustness(Result("none", "ranking", lambda choices: empty("ranking"), ("a",)), {"a": (1, 2)})
    with pytest.raises(GuihuaError, match="1 pairs of units"):
        one = pd.DataFrame({"unit": ["甲"], "other": ["乙"], "value": [0.5]})
        robustness(Result("one", "similarity", lambda choices: one, ("a",)), {"a": (1, 2)})
    with pytest.raises(GuihuaError, match="甲 and 水2 is not in the headline"):
        robustness(ranking, GRID, focus=("甲", "水2"))


def empty(kind):
    return table_of(Batch([], np.empty((1, 0))), kind)


def test_a_choice_that_the_result_does_not_heed_is_refused():
    with pytest.raises(ValueError, match="linkage: ranks does not heed it; it heeds stop"):
        robustness(Result("ranks", "ranking", ranking, ("stop",)), {"linkage": ("average",)})
    with pytest.raises(ValueError, match="different numbers from 0"):
        robustness(ranking, {**GRID, "resample": (0, 0)})


def similarity(choices):
    values = {"cosine": [0.1, 0.5, 0.9], "jsd": [0.2, 0.6, 0.7], "other": [0.9, 0.5, 0.1]}[choices["similarity"]]
    return pd.DataFrame({"unit": ["甲", "甲", "丙"], "other": ["乙", "丙", "乙"], "value": values})


def test_similarities():
    found = robustness(similarity, {"similarity": ("cosine", "jsd", "other")}, focus=("乙", "丙"))
    rows = found.specifications.set_index("similarity")
    assert rows["agreement"].to_dict() == pytest.approx({"cosine": 1, "jsd": 1, "other": -1})
    assert rows["second"].to_dict() == pytest.approx({"cosine": 0, "jsd": 0.4 / 3, "other": 1.6 / 3})
    assert rows["estimate"].to_dict() == {"cosine": 0.9, "jsd": 0.7, "other": 0.1}
    assert found.details["median"].tolist() == [0.2, 0.5, 0.7]


def clusters(choices):
    labels = {3: ["a", "a", "b", "c"], 2: [0, 0, 1, 1]}[choices["n_clusters"]]
    return pd.DataFrame({"unit": list("甲乙丙丁"), "cluster": labels})


def test_clusters():
    found = robustness(clusters, {"n_clusters": (2, 3)})
    rows = found.specifications.set_index("n_clusters")
    assert rows.loc["3", "agreement"] == pytest.approx(0.57, abs=0.005)  # oracle 15
    assert rows["estimate"].to_dict() == {"2": 2, "3": 3}
    assert rows["second"].to_dict() == {"2": 0, "3": pytest.approx(1 / 6)}
    together = found.details.set_index(["unit", "other"])["share"]
    assert (together["甲", "乙"], together["丙", "丁"], together["甲", "丁"]) == (1, 0.5, 0)


def test_words_for_agreement():
    assert word_for(0.85, 0.7, None) == "firm"
    assert word_for(0.85, 0.7, 0.7) == "fairly firm"
    assert word_for(0.85, 0.5, 0.9) == "fairly firm"
    assert word_for(0.85, 0.3, 0.9) == "depends"


def test_tables_are_told_apart_and_laid_side_by_side():
    assert [kind_of(made) for made in (ranking({"stop": "short"}), similarity({"similarity": "jsd"}))] == [
        "ranking",
        "similarity",
    ]
    with pytest.raises(ValueError, match="columns x is no result"):
        kind_of(pd.DataFrame({"x": [1]}))
    first = pd.DataFrame({"unit": ["甲"], "term": ["茶"], "value": [1.0]})
    second = pd.DataFrame({"unit": ["甲", "甲"], "term": ["铜", "茶"], "value": [3.0, 2.0]})
    batch = batch_of([first, second], "ranking")
    assert batch.keys == [("甲", "茶"), ("甲", "铜")]
    assert np.array_equal(batch.numbers, [[1, np.nan], [2, 3]], equal_nan=True)
    with pytest.raises(ValueError, match="甲 and 茶 stand twice"):
        batch_of([pd.concat([first, first])], "ranking")
    with pytest.raises(ValueError, match="lacks the column value"):
        batch_of([first.drop(columns="value")], "ranking")


# --- kept parts ---


def lines(folder):
    log = Path(folder) / "log.txt"
    return log.read_text(encoding="utf-8").split() if log.exists() else []


def test_a_finished_run_is_read_and_a_changed_one_is_not(tmp_path):
    first = slow_result.run(tmp_path)
    n = len(lines(tmp_path))
    assert n == 24 * 3 + 1  # all specifications and resamples, and the headline once to begin with
    same(first, slow_result.run(tmp_path))
    assert len(lines(tmp_path)) == n + 1
    slow_result.run(tmp_path, seed=1)
    assert len(lines(tmp_path)) == 2 * n + 1
    slow_result.run(tmp_path, headline={"number": 2})
    assert len(lines(tmp_path)) == 3 * n + 1


def test_a_damaged_part_is_made_again(tmp_path):
    first = slow_result.run(tmp_path)
    n = len(lines(tmp_path))
    broken = sorted((tmp_path / "cache").rglob("*.bin"))[3]
    broken.write_bytes(broken.read_bytes()[:-20])
    same(first, slow_result.run(tmp_path))
    assert len(lines(tmp_path)) == n + 3 + 1


def test_another_key_code_or_grid_never_reads_old_parts(tmp_path, monkeypatch):
    slow_result.run(tmp_path)
    n = len(lines(tmp_path))
    monkeypatch.setattr("src.utils.measures.robustness.code_version", lambda: "another")
    slow_result.run(tmp_path)
    assert len(lines(tmp_path)) == 2 * n
    result = Result("noted", "ranking", slow_result.Noted(str(tmp_path / "log.txt"), 0), ("letter", "number"), key="2")
    robustness(result, slow_result.GRID, cache=tmp_path / "cache", top=2)
    assert len(lines(tmp_path)) == 3 * n


def test_an_edited_function_is_another():
    def first(choices):
        return [term for term in "茶铜"]

    def second(choices):
        return [term for term in "茶锂"]

    assert _code_bytes(first.__code__) != _code_bytes(second.__code__)


def test_a_function_without_a_key_is_kept_nowhere(tmp_path):
    robustness(ranking, GRID, cache=tmp_path)
    assert not list(tmp_path.rglob("*.bin"))


def test_old_runs_are_cleared_and_a_folder_that_cannot_be_written_is_named(tmp_path):
    for key in "abcdefg":
        parts.checkpoints("robustness", "name", parts.digest(key), tmp_path).put("x" * 40, {"a": np.arange(3)})
    assert len(list(tmp_path.rglob("*.bin"))) == 4
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    with pytest.raises(GuihuaError, match="cannot be written"):
        parts.checkpoints("robustness", "name", "key", file)


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path):
    uncut, cut = tmp_path / "uncut", tmp_path / "cut"
    for folder in (uncut, cut):
        folder.mkdir()
    whole = slow_result.run(uncut)
    process = subprocess.Popen(
        [sys.executable, slow_result.__file__, str(cut)], env={**os.environ, "TQDM_DISABLE": "1"}
    )
    try:
        deadline = time.monotonic() + 60
        while len(list(cut.rglob("*.bin"))) < 4 and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        process.wait()
    finished = len(list(cut.rglob("*.bin")))
    assert 4 <= finished < 24
    before = len(lines(cut))
    same(whole, slow_result.run(cut))
    assert len(lines(cut)) - before == (24 - finished) * 3 + 1


@pytest.mark.slow
def test_any_number_of_processes_gives_the_same(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    same(slow_result.run(tmp_path / "one"), slow_result.run(tmp_path / "two", processes=2))
    names = [
        sorted((path.name, path.read_bytes()) for path in (tmp_path / folder).rglob("*.bin"))
        for folder in ("one", "two")
    ]
    assert names[0] == names[1]


def test_a_bar_is_drawn_on_standard_error_only_where_wanted(capfd):
    robustness(ranking, GRID)
    assert capfd.readouterr().err == ""
    robustness(ranking, GRID, progress=True)
    assert "ranking" in capfd.readouterr().err

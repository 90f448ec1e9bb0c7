"""The store: the same tables as plans read one by one; keyed by their inputs; whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from src.utils import paths
from src.utils.errors import GuihuaError, StoreError
from src.utils.plans.pipeline import load_file, load_plan
from src.utils.running import store as commands
from src.utils.store import building, inputs, layout, looking, open_store, running
from src.utils.store.inputs import TABLES
from src.utils.store.looking import look
from src.utils.store.members import group_of
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.token_tables import token_table

SAMPLES = sorted((paths.CORPORA / "samples").glob("*.txt"))
TEXT = "第一章 总体要求\n坚持以数字经济为引领，到2025年产值达到3632亿元。\n第二章 重点任务\n做强新能源汽车产业。支持信州区发展光伏。\n"


@pytest.fixture
def texts(tmp_path: Path) -> list[Path]:
    """Three bare files, small and different."""
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(3):
        (folder / f"plan{number}.txt").write_text(TEXT * (number + 1), encoding="utf-8")
    return sorted(folder.iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


def files_of(root: Path) -> dict[str, bytes]:
    """Every file of a store by its path in it."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def states(name, root: Path) -> dict[str, str]:
    return {found.plan: found.state for found in look(group_of(name), root)}


def made(monkeypatch) -> dict[str, tuple[str, ...]]:
    """What is made of each plan from now on: its parts by its id."""
    seen: dict[str, tuple[str, ...]] = {}
    outcome = building._outcome

    def spy(*arguments):
        found = outcome(*arguments)
        seen[found.plan] = found.made
        return found

    monkeypatch.setattr(building, "_outcome", spy)
    return seen


# --- the tables ---


@pytest.mark.parametrize("name", ["shangrao", "shangrao-profile"])
def test_a_stored_plan_has_the_tables_of_the_plan_read(name, root):
    plan, store = load_plan(name), open_store(name, folder=root)
    for table in ("sections", "sentences", "units"):
        assert_frame_equal(store.table(table), getattr(plan, table))
    tokens = token_table(plan.sentences, segmenter_for(plan.settings, plan=plan))
    stored = store.table("tokens")
    assert_frame_equal(stored, tokens)
    assert stored.attrs == tokens.attrs  # so that measures accept them
    assert store.plans.loc[0, ["plan", "title", "place", "n_tokens"]].tolist() == [
        name,
        plan.settings.plan.title,
        "上饶市",
        len(tokens),
    ]


@pytest.mark.parametrize("alone", [True, False])
def test_plans_are_looked_up_in_their_order_by_one_thread_or_several(alone, root, texts, monkeypatch):
    """Whether several are of use is told by how long the first plans waited and how large they are."""
    open_store(texts, folder=root)
    (texts[1]).write_text(TEXT, encoding="utf-8")
    threads = set()
    looked = looking._looked

    def spy(*arguments, **options):
        threads.add(threading.get_ident())
        return looked(*arguments, **options)

    monkeypatch.setattr(looking, "_looked", spy)
    monkeypatch.setattr(looking, "_AT_A_TIME", 1)
    monkeypatch.setattr(looking, "_WAITING", float("inf"))
    monkeypatch.setattr(looking, "_LARGE", float("inf") if alone else 0)
    assert list(states(texts, root).items()) == [("plan0", "fresh"), ("plan1", "stale"), ("plan2", "fresh")]
    assert (threads == {threading.get_ident()}) == alone


def test_several_plans_are_cut_with_one_dictionary_and_come_by_id(root, texts):
    store = open_store([*texts, "shangrao"], folder=root)
    assert store.plans["plan"].tolist() == ["plan0", "plan1", "plan2", "shangrao"]
    sentences = pd.concat([load_file(path).sentences for path in texts] + [load_plan("shangrao").sentences])
    assert_frame_equal(store.table("sentences"), sentences.reset_index(drop=True))
    assert_frame_equal(store.table("tokens"), token_table(sentences, segmenter_for()).reset_index(drop=True))


def test_some_plans_and_some_columns(root, texts):
    store = open_store(texts, folder=root)
    some = store.table("tokens", plans=["plan2", "plan0"], columns=["plan", "term"])
    assert list(some.columns) == ["plan", "term"]
    assert some["plan"].unique().tolist() == ["plan0", "plan2"]
    for wrong in ({"name": "words"}, {"name": "units", "columns": ["n"]}, {"name": "units", "plans": ["宜春"]}):
        with pytest.raises(StoreError, match="there are|it has"):
            store.table(**wrong)


def test_sql_over_all_plans(root, texts):
    store = open_store(texts, folder=root)
    tokens = store.table("tokens")
    found = store.sql(
        "SELECT plan, count(*) AS n FROM tokens JOIN plans USING (plan) WHERE term = ? GROUP BY plan ORDER BY plan",
        ["数字经济"],
    )
    assert found.to_dict("list") == {"plan": ["plan0", "plan1", "plan2"], "n": [1, 2, 3]}
    assert store.sql("SELECT count(*) AS n FROM tokens").loc[0, "n"] == len(tokens)
    assert store.sql("SELECT count(*) AS n FROM units").loc[0, "n"] == 0  # bare files name no units
    with pytest.raises(StoreError, match="no_such_table"):
        store.sql("SELECT * FROM no_such_table")


@pytest.mark.skipif(not SAMPLES, reason="the corpus samples is not fetched")
def test_damaged_documents_are_stored_as_they_are_read(root):
    chosen = SAMPLES[:2]
    store = open_store(chosen, folder=root)
    for path in chosen:
        plan = load_file(path)
        assert_frame_equal(store.table("sections", plans=path.stem), plan.sections)
        assert_frame_equal(store.table("sentences", plans=path.stem), plan.sentences)


def test_a_text_that_holds_the_mark_between_texts_is_cut_all_the_same(root, tmp_path):
    path = tmp_path / "mark.txt"
    path.write_text("第一章 总则\n发展\uf8fe光伏产业。\n做强新能源。\n", encoding="utf-8")
    store = open_store([path, "shangrao"], folder=root)
    expected = token_table(load_file(path).sentences, segmenter_for())
    assert_frame_equal(store.table("tokens", plans="mark"), expected)


# --- what is rebuilt ---


def test_nothing_is_built_twice(root, texts, monkeypatch):
    open_store(texts, folder=root)
    before, seen = files_of(root), made(monkeypatch)
    open_store(texts, folder=root)
    assert seen == {}
    assert files_of(root) == before


def test_only_the_plan_whose_source_changed_is_built(root, texts, monkeypatch):
    open_store(texts, folder=root)
    texts[1].write_text(TEXT + "新增一句。\n", encoding="utf-8")
    [changed] = [found for found in look(group_of(texts), root) if found.state != "fresh"]
    assert (changed.plan, changed.state, changed.why) == ("plan1", "stale", ("source file",))
    seen = made(monkeypatch)
    store = open_store(texts, folder=root)
    assert seen == {"plan1": ("text", "units", "tokens")}
    assert store.table("sentences", plans="plan1")["text"].iloc[-1] == "新增一句。"


ALL, NO = set(TABLES), set()


def edit(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def add_row(name: str, row: str):
    def change(plan: Path) -> None:
        path = paths.LEXICONS / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + f"\n{row}\n", encoding="utf-8")

    return change


def in_toml(old: str, new: str):
    return lambda plan: edit(plan / "plan.toml", old, new)


def source_and_hash(plan: Path) -> None:
    text = (plan / "source.txt").read_bytes().rstrip() + "新增一句。\n".encode()
    (plan / "source.txt").write_bytes(text)
    old = load_plan("shangrao").source.sha256
    edit(plan / "plan.toml", old, inputs.hashlib.sha256(text).hexdigest())


def own_words(plan: Path) -> None:
    (plan / "dictionary.txt").write_text("提质增效工程\n", encoding="utf-8")


def other_renames(plan: Path) -> None:
    edit(paths.GAZETTEER / "renames.csv", "广丰县", "广丰老县")


CHANGES = {
    "source byte": (source_and_hash, ALL),
    "cleaning": (in_toml("[place]", '[cleaning]\nskip = ["remove_pinyin"]\n\n[place]'), ALL),
    "title that finds the title page": (in_toml("title = ", "title = '规划'\n# "), ALL),
    "English title": (in_toml("title_en = ", 'title_en = "Plan"\n# '), NO),
    "English name of a heading": (in_toml('"发展成效" = "Ach', '"发展成效" = "An ach'), NO),
    "industry's terms": (in_toml('name = "汽车"', 'name = "汽车"\nterms = ["房车"]'), {"units", "tokens"}),
    "county's short name": (
        in_toml('former = ["广丰县"]', 'former = ["广丰县"]\nshort = ["永丰"]'),
        {"units", "tokens"},
    ),
    "policy_terms": (add_row("policy_terms", "制造强链,n,chain,试"), {"tokens"}),
    "places": (add_row("places", "信江河谷带,Xinjiang,area,试"), {"tokens"}),
    "organisations": (add_row("organisations", "上饶某某公司,Firm,firm,试"), {"units", "tokens"}),
    "industries": (add_row("industries", "汽车,Automobiles,旅居房车,RV,试"), {"units", "tokens"}),
    "ambiguous_places": (add_row("ambiguous_places", "玉山,word,试"), {"units", "tokens"}),
    "gbt4754": (add_row("gbt4754", "房车,C361,汽车,Cars,试"), {"units"}),
    "units_of_measure": (add_row("units_of_measure", "万标件,unit,试"), {"tokens"}),
    "single_characters": (add_row("single_characters", "链,chain,试"), NO),
    "english_names": (add_row("english_names", "制造强链,chain"), NO),
    "stop_official": (add_row("stop_official", "制造强链,试"), NO),
    "stop_keep": (add_row("stop_keep", "制造强链,试"), NO),
    "user dictionary": (own_words, {"tokens"}),
    "gazetteer": (other_renames, {"units", "tokens"}),
    "nothing": (lambda plan: None, NO),
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """A store that holds a copy of the Shangrao plan."""
    folder = tmp_path_factory.mktemp("stored")
    copy = shutil.copytree(paths.PLANS / "shangrao", folder / "上饶 copy")
    open_store(copy, folder=folder / "store")
    return folder / "store"


@pytest.fixture
def stored_copy(plan_copy, stored, root, tmp_path, monkeypatch) -> Path:
    """A plan's folder that is in the store, and copies of the lexicons and the gazetteer's tables: all may be changed."""
    shutil.copytree(stored, root)
    for name in ("LEXICONS", "GAZETTEER"):
        copy = Path(shutil.copytree(getattr(paths, name), tmp_path / name))
        monkeypatch.setattr(paths, name, copy)
    for module in ("src.utils.plans.gazetteer",):
        for name in ("RENAMES_FILE", "DIFFERENCES_FILE"):
            file = getattr(sys.modules[module], name)
            monkeypatch.setattr(sys.modules[module], name, paths.GAZETTEER / file.name)
    assert states(plan_copy, root) == {"上饶 copy": "fresh"}
    yield plan_copy
    monkeypatch.undo()
    inputs.forget_what_changed()


def to_rebuild(plan: Path, root: Path) -> tuple[str, set[str]]:
    [found] = look(group_of(plan), root)
    return found.state, set(TABLES) - set(found.task.reuse)


@pytest.mark.parametrize("change", CHANGES)
def test_each_input_makes_exactly_its_dependents_stale(change, stored_copy, root):
    alter, dependents = CHANGES[change]
    alter(stored_copy)
    assert to_rebuild(stored_copy, root) == ("stale" if dependents else "fresh", dependents)


@pytest.mark.parametrize(
    ("what", "value", "dependents"),
    [
        ("plans", "other code", ALL),
        ("words", "other code", {"tokens"}),
        ("engine", "rjieba 9.9", {"tokens"}),
        ("readers", "lxml 9.9", ALL),
        ("format", 99, ALL),
        ("jieba", "dictionary", {"units", "tokens"}),
    ],
)
def test_code_engine_and_format_are_inputs(what, value, dependents, root, texts, monkeypatch):
    plan = "shangrao"
    open_store(plan, folder=root)
    if what in ("plans", "words"):
        monkeypatch.setattr(inputs, "code_hash", lambda *rooms: value if what in rooms else inputs_code(*rooms))
    elif what == "engine":
        monkeypatch.setattr(inputs, "_engine", lambda: value)
    elif what == "readers":
        monkeypatch.setattr(inputs, "_readers", lambda _: value)
    elif what == "format":
        monkeypatch.setattr(inputs, "FORMAT", value)
    else:
        source = inputs.jieba_source()
        monkeypatch.setattr(inputs, "jieba_source", lambda: source._replace(digest=value))
    inputs._shared.cache_clear()
    try:
        assert to_rebuild(plan, root) == ("stale", dependents)
    finally:
        monkeypatch.undo()
        inputs._shared.cache_clear()


inputs_code = inputs.code_hash


@pytest.mark.slow
def test_what_is_taken_over_and_made_is_what_a_full_build_makes(stored_copy, root, tmp_path, monkeypatch):
    seen = made(monkeypatch)
    for change in ("policy_terms", "industry's terms", "cleaning"):
        CHANGES[change][0](stored_copy)
        open_store(stored_copy, folder=root)
        assert set(seen.popitem()[1]) == CHANGES[change][1]
        fresh = tmp_path / change
        open_store(stored_copy, folder=fresh)
        assert files_of(fresh).items() <= files_of(root).items()


def test_a_lexicon_changed_while_the_process_runs_is_read_anew(stored_copy, root):
    term = "工业互联网应用示范"  # in the plan, cut into several words
    assert term not in set(open_store(stored_copy, folder=root).table("tokens")["term"])
    add_row("policy_terms", f"{term},n,chain,试")(stored_copy)
    assert term in set(open_store(stored_copy, folder=root).table("tokens")["term"])


def test_plans_keep_their_words_alone_and_together(root, texts, monkeypatch):
    alone = open_store("shangrao", folder=root)
    together = open_store(["shangrao", *texts], folder=root)
    assert states("shangrao", root) == {"shangrao": "fresh"}
    assert alone.plans["key"][0] != together.plans.set_index("plan").loc["shangrao", "key"]
    assert_frame_equal(alone.table("units"), together.table("units", plans="shangrao"))


def test_old_versions_are_removed_but_for_the_one_before(root, texts):
    for number in range(4):
        texts[0].write_text(TEXT + "又一句。\n" * number, encoding="utf-8")
        open_store(texts, folder=root)
    assert len(list((root / "plan0").iterdir())) == 2
    assert len(list((root / "plan1").iterdir())) == 1


# --- what goes wrong ---


def test_a_plan_that_fails_is_named_and_stops_no_other(root, texts, tmp_path, capsys):
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    (tmp_path / "latin.txt").write_text("Nothing Chinese here. " * 100, encoding="utf-8")
    wrong = Path(shutil.copytree(paths.PLANS / "shangrao", tmp_path / "wrong"))
    edit(wrong / "plan.toml", "[place]", "[palace]")
    store = open_store([*texts, tmp_path / "empty.txt", tmp_path / "latin.txt", wrong, "no-such-plan"], folder=root)
    assert store.plans["plan"].tolist() == ["plan0", "plan1", "plan2"]
    problems = {Path(plan).name: problem for plan, problem in store.failures.itertuples(index=False)}
    assert "the file is empty" in problems["empty"]
    assert "no Chinese character" in problems["latin"]
    assert "unknown key palace" in problems["wrong"]
    assert "there is no such plan" in problems["no-such-plan"]


def test_one_plan_that_cannot_be_read_raises_its_own_problem(root, tmp_path):
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    with pytest.raises(GuihuaError, match="the file is empty"):
        open_store(tmp_path / "empty.txt", folder=root)


def test_a_defect_in_one_plan_is_reported_as_one(root, texts, monkeypatch):
    read = building._Tables.make

    def break_one(tables, part):
        if tables._task.plan.id == "plan1":
            raise ZeroDivisionError("one plan's defect")
        read(tables, part)

    monkeypatch.setattr(building._Tables, "make", break_one)
    store = open_store(texts, folder=root)
    assert store.plans["plan"].tolist() == ["plan0", "plan2"]
    assert "ZeroDivisionError: one plan's defect" in store.failures["problem"][0]


@pytest.mark.parametrize("how", ["flipped", "cut", "missing", "manifest", "manifest gone"])
def test_damage_is_named_and_mended_by_rebuilding(how, root, texts):
    open_store(texts, folder=root)
    before = files_of(root)
    [folder] = (root / "plan1").iterdir()
    path = folder / ("manifest.json" if how.startswith("manifest") else "tokens.parquet")
    content = bytearray(path.read_bytes())
    if how in ("missing", "manifest gone"):
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[len(content) // 2] ^= 0x10
        path.write_bytes(content)
        os.utime(path, ns=(1, 1))
    [damaged] = [found for found in look(group_of(texts), root) if found.state != "fresh"]
    assert (damaged.plan, damaged.state) == ("plan1", "damaged")
    assert path.name in damaged.why[0]
    open_store(texts, folder=root)
    assert files_of(root) == before


def test_a_file_damaged_after_opening_is_no_wrong_answer(root, texts):
    store = open_store(texts, folder=root)
    path = store.stored[0].path("tokens")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match="tokens.parquet: cannot be read"):
        store.table("tokens")
    with pytest.raises(StoreError, match="store.sql"):
        store.sql("SELECT count(DISTINCT term) FROM tokens")


def test_a_full_disk_leaves_the_old_tables_whole(root, texts, monkeypatch):
    open_store(texts, folder=root)
    before = files_of(root)
    for path in texts:
        path.write_text(path.read_text(encoding="utf-8") + "又一句。\n", encoding="utf-8")
    write, written = Path.write_bytes, []

    def full(path, data):
        if root in path.parents and len(written) > 3:
            raise OSError(28, "No space left on device")
        written.append(path)
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left on device"):
        open_store(texts, folder=root)
    assert files_of(root) == before
    monkeypatch.undo()
    assert set(open_store(texts, folder=root).table("sentences")["text"]) >= {"又一句。"}


def test_a_source_that_changes_while_it_is_built_is_refused(root, texts, monkeypatch):
    read = building.StoredPlan.read

    def change_then_read(plan):
        if plan.id == "plan1":
            texts[1].write_text(TEXT + "变了。\n", encoding="utf-8")
        return read(plan)

    monkeypatch.setattr(building.StoredPlan, "read", change_then_read)
    store = open_store(texts, folder=root)
    assert store.failures["plan"].tolist() == ["plan1"]
    assert "changed while the store was built" in store.failures["problem"][0]
    monkeypatch.undo()
    assert "变了。" in set(open_store(texts, folder=root).table("sentences")["text"])


def test_other_code_on_a_worker_is_refused(root, texts):
    group = group_of(texts)
    tasks = [found.task for found in look(group, root)]
    parts = {**tasks[0].inputs.parts, "text": {**tasks[0].inputs.parts["text"], "code in src/utils/plans": "older"}}
    tasks[0] = replace(tasks[0], inputs=tasks[0].inputs._replace(parts=parts))
    outcomes = building.build_batch(tasks, root, building.Words.of(group))
    assert [bool(outcome.problem) for outcome in outcomes] == [True, False, False]
    assert "code in src/utils/plans: changed while the store was built" in outcomes[0].problem


def test_without_building_what_is_missing_is_named(root, texts):
    open_store([*texts[:1], "shangrao"], folder=root)
    store = open_store([*texts, "shangrao"], folder=root, build=False)
    assert store.plans["plan"].tolist() == ["plan0", "shangrao"]
    assert store.failures["plan"].tolist() == ["plan1", "plan2"]
    assert "missing" in store.failures["problem"][0]


def test_what_killed_builds_left_is_swept_and_what_living_ones_write_stays(root, texts):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left, at_work, elsewhere = (
        root / ".building" / f"{name}.{machine}.{pid}.part"
        for name, machine, pid in (
            ("a", layout._machine(), int(dead.stdout)),
            ("b", layout._machine(), os.getpid()),
            ("c", "othermachine", 1),
        )
    )
    for folder in (left, at_work, elsewhere):
        folder.mkdir(parents=True)
        (folder / "tokens.parquet").write_bytes(b"half")
    open_store(texts, folder=root)
    assert (left.exists(), at_work.exists(), elsewhere.exists()) == (False, True, True)


def test_names_that_no_file_system_takes(root, tmp_path):
    assert layout.plan_folder_name("provincial-reports-2025.360000") == "provincial-reports-2025.360000"
    names = ["con", "上饶", "A", "a", "x" * 300, "a/b", "a_b", "..", "nul.txt"]
    folders = [layout.plan_folder_name(name) for name in names]
    assert len({name.lower() for name in folders}) == len(names)
    assert all(len(name.encode()) < 255 and "/" not in name and name not in ("..", "con") for name in folders)


# --- how it runs ---


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_batches_hold_all_tasks_in_order_and_grow_smaller_towards_the_end(texts, root, workers):
    task = look(group_of(texts), root)[0].task
    tasks = [replace(task, n_bytes=50_000 + number) for number in range(4000)]  # 208 MB
    found = list(running.batches(tasks, workers))
    assert [task for batch in found for task in batch] == tasks
    sizes = [sum(task.n_bytes for task in batch) for batch in found]
    assert max(sizes) <= running.BATCH_BYTES
    assert sizes[0] > 0.9 * min(running.BATCH_BYTES, 208e6 / (4 * workers))
    assert all(size <= max(running.LEAST_BYTES, sum(sizes[at:]) / (4 * workers)) for at, size in enumerate(sizes))


def test_batches_and_workers_are_bounded(texts, root):
    tasks = [found.task for found in look(group_of(texts), root)]
    assert [len(batch) for batch in running.batches([replace(task, n_bytes=7_000_000) for task in tasks])] == [1, 1, 1]
    assert [len(batch) for batch in running.batches(tasks)] == [3]
    large = [replace(tasks[0], n_bytes=40_000_000)] * 4
    assert running.n_workers(tasks) == 1  # sooner done than others have started
    assert running.n_workers(large, memory_mb=800, n_jobs=8) == 1
    assert running.n_workers(large, memory_mb=8000, n_jobs=8) == 8
    assert running.too_large(large[0], 2000) is None
    assert "allow more" in str(running.too_large(large[0], 500))


def test_a_plan_too_large_for_the_memory_stops_no_other(root, texts, monkeypatch):
    monkeypatch.setattr(running, "_BASE_MB", 0)
    monkeypatch.setattr(running, "memory_of", lambda task: 5000 if task.plan.id == "plan2" else 1)
    store = open_store(texts, folder=root)
    assert store.plans["plan"].tolist() == ["plan0", "plan1"]
    assert "MB of memory" in store.failures["problem"][0]


def test_status_and_build_on_the_command_line(root, texts, capsys, tmp_path):
    name = str(texts[0])
    assert commands.status(name, as_json=False, folder=root) == 1
    assert capsys.readouterr().out == f"{name}: 1 missing\n  plan0: missing\n"
    assert commands.build(name, folder=root) == 0
    assert "1 built, 0 fresh already, 0 failed" in capsys.readouterr().out
    assert commands.status(name, as_json=True, folder=root) == 0
    [found] = json.loads(capsys.readouterr().out)[name]
    assert (found["plan"], found["state"], found["why"]) == ("plan0", "fresh", [])
    texts[0].write_text("只有标题", encoding="utf-8")
    assert commands.status(name, as_json=False, folder=root) == 1
    assert "plan0: stale: source file" in capsys.readouterr().out
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    assert commands.build(str(tmp_path / "empty.txt"), folder=root) == 1
    assert "the file is empty" in capsys.readouterr().err

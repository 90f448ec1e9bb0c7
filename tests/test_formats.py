"""Every format a plan comes in: the same document reads the same, and what a format hides or adds is on record."""

import contextlib
import hashlib
import io
import re
import sys
import tempfile
import zipfile

import docx
import psutil
import pytest
from lxml import etree
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from src.utils import paths
from src.utils.errors import PlanError, SettingsError
from src.utils.plans.cleaning import clean
from src.utils.plans.formats import office, pdf, pdf_pages
from src.utils.plans.formats.numbering import in_form, read_numbering
from src.utils.plans.outline import read_outline
from src.utils.plans.pipeline import load_plan
from src.utils.plans.reading import SourceFile, read_source, read_sources
from tests.document_writing import HEADER, Document, Pdf, as_docx, as_html, chinese_font, is_heading, write

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
}
TABLE = [["指标", "2020年", "2025年"], ["规模以上工业增加值增速（%）", "4.5", "9"], ["研发投入强度（%）", "1.9", "2.4"]]


def shipped(plan: str, *, table_after: int | None = None) -> Document:
    """A shipped plan's paragraphs, with a table put in."""
    text = (paths.PLANS / plan / "source.txt").read_text(encoding="utf-8")
    items: list = [line.strip() for line in re.sub(r"\[F\d{3}(?:,F\d{3})*\]", "", text).split("\n") if line.strip()]
    if table_after is not None:
        items.insert(table_after, TABLE)
    return Document(items)


DOCUMENTS = {
    "shangrao": shipped("shangrao", table_after=80),
    "shangrao-profile": shipped("shangrao-profile", table_after=40),
}


@pytest.fixture(scope="module")
def font():
    return chinese_font("".join(document.text for document in DOCUMENTS.values()) + "草案内部资料")


@pytest.fixture(scope="module", params=sorted(DOCUMENTS))
def made(request, font, tmp_path_factory):
    """One document as four files, read: the sources by format, and the pages that the PDF's paragraphs begin on."""
    folder = tmp_path_factory.mktemp("四种 格式")
    document = DOCUMENTS[request.param]
    pdf = Pdf(font)
    files = {
        "txt": write(folder, "规划.txt", document.text.encode("utf-8")),
        "html": write(folder, "规划.html", as_html(document)),
        "docx": write(folder, "规划.docx", as_docx(document)),
        "pdf": write(folder, "规划.pdf", pdf.make(document)),
    }
    return document, {form: read_source(path) for form, path in files.items()}, pdf.starts


def outlined(source):
    return read_outline(clean(source.text), "x")


def test_the_four_formats_give_the_same_outline_and_sentences(made):
    """Measure: the share of the characters of the TXT's sentences that stand in sentences which are the same."""
    _, sources, _ = made
    expected = outlined(sources["txt"])
    for form in ("html", "docx", "pdf"):
        found = outlined(sources[form])
        columns = ["level", "ordinal", "title", "kind"]
        assert found.sections[columns].values.tolist() == expected.sections[columns].values.tolist(), form
        assert found.contents[["ordinal", "title", "page"]].equals(expected.contents[["ordinal", "title", "page"]])
        wanted, got = list(expected.sentences["text"]), list(found.sentences["text"])
        same = sum(len(sentence) for sentence, other in zip(wanted, got, strict=False) if sentence == other)
        assert same >= 0.995 * sum(map(len, wanted)), (
            form,
            [p for p in zip(wanted, got, strict=False) if p[0] != p[1]][:2],
        )


def test_each_format_says_what_it_is_and_marks_the_table(made):
    document, sources, _ = made
    rows = "\n".join(" | ".join(row) for row in TABLE)
    assert rows in document.text
    for form, source in sources.items():
        assert source.format == form
        assert [source.text[block.start : block.end] for block in source.blocks if block.kind == "table"] == (
            [] if form == "txt" else [rows]
        )
    assert (sources["txt"].how, sources["html"].how, sources["docx"].how) == ("UTF-8 text", "GB18030 web page", "DOCX")


def test_heading_styles_become_blocks(made):
    document, sources, _ = made
    headings = [item for item in document.items if isinstance(item, str) and is_heading(item)]
    for form, level in (("html", 2), ("docx", 1)):
        blocks = [block for block in sources[form].blocks if block.kind == "heading"]
        assert [sources[form].text[block.start : block.end] for block in blocks] == headings
        assert {block.level for block in blocks} == {level}


def test_every_paragraph_of_a_pdf_knows_its_page(made):
    document, sources, starts = made
    source = sources["pdf"]
    offset, found = 0, []
    for item in document.items:
        if isinstance(item, str):
            offset = source.text.index(item, offset)
            found.append(source.page_at(offset))
    assert found == starts
    assert source.how == f"PDF of {len(source.pages)} pages"
    assert sources["docx"].page_at(0) is None


def test_what_stands_around_the_text_is_left_out_and_on_record(made):
    _, sources, _ = made
    n_pages = len(sources["pdf"].pages)
    reasons = [(dropped.reason, dropped.text) for dropped in sources["pdf"].dropped]
    assert reasons.count(("page header", HEADER)) == n_pages
    assert [text for reason, text in reasons if reason == "page number"] == [
        f"— {at} —" for at in range(1, n_pages + 1)
    ]
    assert {(dropped.reason, dropped.text) for dropped in sources["docx"].dropped} == {
        ("page header", HEADER),
        ("page footer", "— 1 —"),
    }
    outside = " ".join(dropped.text for dropped in sources["html"].dropped)
    for furniture in ("政务公开", "您现在的位置", "关于印发《上饶市第3号规划》的通知", "主办单位"):
        assert furniture in outside
        assert furniture not in sources["html"].text
    assert "欢迎您" not in outside + sources["html"].text


# --- PDF ---


def test_the_second_extractor_reads_what_the_first_cannot(font, tmp_path, monkeypatch):
    def stops(path):
        raise OSError

    path = write(tmp_path, "规划.pdf", Pdf(font).make(DOCUMENTS["shangrao-profile"]))
    first = pdf.extract(path)
    monkeypatch.setattr(pdf_pages, "pages_by_pdfium", stops)
    second = pdf.extract(path)
    assert second.text == first.text
    assert (second.pages, second.blocks) == (first.pages, first.blocks)
    assert "pdfium stops with OSError" not in first.notes
    assert any("text by pdfminer" in note for note in second.notes)


def test_a_scan_is_refused_with_the_share_found_and_the_remedy(tmp_path):
    content = io.BytesIO()
    canvas = Canvas(content, invariant=1)
    for at in range(1, 4):
        canvas.rect(50, 50, 400, 700, fill=1)
        canvas.drawString(300, 20, f"{at}")
        canvas.showPage()
    canvas.save()
    with pytest.raises(PlanError, match=r"规划\.pdf: no text layer .* 0 Han characters on 3 pages, 0% of .*OCRmyPDF"):
        read_source(write(tmp_path, "规划.pdf", content.getvalue()))


def test_a_protected_pdf_is_refused(font, tmp_path):
    made = Pdf(font, options={"encrypt": StandardEncryption("geheim", "eigner")})
    with pytest.raises(PlanError, match="protected by a password"):
        read_source(write(tmp_path, "规划.pdf", made.make(Document(["上饶市制造业高质量发展规划。"]))))


def test_watermarks_at_an_angle_are_left_out(font, tmp_path):
    def watermark(canvas, page):
        canvas.saveState()
        canvas.setFont("Chinese", 30)
        canvas.rotate(40)
        canvas.drawString(300, 100, "草案内部资料")
        canvas.restoreState()

    plain = read_source(write(tmp_path, "a.pdf", Pdf(font).make(DOCUMENTS["shangrao-profile"])))
    marked = read_source(write(tmp_path, "b.pdf", Pdf(font, decorate=watermark).make(DOCUMENTS["shangrao-profile"])))
    assert marked.text == plain.text
    assert ("slanted text (watermark)", "page 1", "草案内部资料") in [
        (dropped.reason, dropped.place, dropped.text) for dropped in marked.dropped
    ]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_is_shown_turned_reads_as_shown(font, tmp_path, turn):
    width, height = A4

    def turned(canvas, page):
        # Drawn turned the other way, as landscape pages are.
        canvas.setPageRotation(turn)
        canvas.setPageSize(A4 if turn == 180 else (height, width))
        canvas.translate(*{90: (height, 0), 180: (width, height), 270: (0, width)}[turn])
        canvas.rotate(turn)

    document = Document(DOCUMENTS["shangrao-profile"].items[:50])
    upright = read_source(write(tmp_path, "a.pdf", Pdf(font).make(document)))
    found = read_source(write(tmp_path, "b.pdf", Pdf(font, decorate=turned).make(document)))
    assert (found.text, found.pages) == (upright.text, upright.pages)


def test_two_columns_are_read_one_after_the_other(font, tmp_path):
    text = "上饶市制造业坚持创新驱动，推动高质量发展，加快建设制造强市，培育优势产业集群，" * 12 + "完善保障。"
    paragraphs = [f"（{ordinal}）{text}" for ordinal in "一二三"]
    lines = [("　" * 2 if at == 0 else "") + line for item in paragraphs for at, line in enumerate(columned(item))]
    content = io.BytesIO()
    pdfmetrics.registerFont(font)
    canvas = Canvas(content, pagesize=A4, invariant=1)
    for first in range(0, len(lines), 80):
        canvas.setFont("Chinese", 20)
        canvas.drawCentredString(A4[0] / 2, 780, "上饶市制造业高质量发展规划公报")
        canvas.setFont("Chinese", 10)
        for at, line in enumerate(lines[first : first + 80]):
            canvas.drawString(70 + (at // 40) * 240 + 10 * line.count("　"), 740 - at % 40 * 17, line.strip("　"))
        canvas.showPage()
    canvas.save()
    source = read_source(write(tmp_path, "公报.pdf", content.getvalue()))
    assert [line for line in source.text.split("\n") if "公报" not in line] == paragraphs
    assert source.text.startswith("上饶市制造业高质量发展规划公报\n（一）")


def columned(paragraph):
    """A paragraph's lines of 22 characters, the first indented by two."""
    return [paragraph[:20], *(paragraph[at : at + 22] for at in range(20, len(paragraph), 22))]


def test_bookmarks_become_headings(font, tmp_path):
    def bookmark(canvas, page):
        if page == 1:
            canvas.bookmarkPage("a")
            canvas.addOutlineEntry("第一章 总则", "a", level=0)

    document = Document(["第一章 总则", "上饶市制造业高质量发展，要坚持创新驱动。" * 3])
    source = read_source(write(tmp_path, "规划.pdf", Pdf(font, decorate=bookmark).make(document)))
    assert [(b.kind, b.level, source.text[b.start : b.end]) for b in source.blocks] == [("heading", 1, "第一章 总则")]


def test_radicals_that_a_font_says_for_characters_are_put_right():
    assert "".join(map(pdf_pages.whole, "⼤⼒发展⻓三⾓，⾦属")) == "大力发展长三角，金属"


# --- DOCX ---


def docx_of(body, *, parts=()):
    """A .docx with this XML as its body."""
    made = docx.Document()
    space = " ".join(f'xmlns:{name}="{address}"' for name, address in NAMESPACES.items())
    element = made.element.body
    for item in list(element):
        element.remove(item)
    for item in etree.fromstring(f"<body {space}>{body}</body>"):
        element.append(item)
    content = io.BytesIO()
    made.save(content)
    with zipfile.ZipFile(content, "a") as archive:
        for name, text in parts:
            archive.writestr(name, text)
    return content.getvalue()


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def paragraph(*runs, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def test_tracked_changes_are_read_as_accepted(tmp_path):
    body = paragraph(
        run("到2025年，"),
        f"<w:ins>{run('力争')}</w:ins>",
        "<w:del><w:r><w:delText>争取</w:delText></w:r></w:del>",
        run("翻一番。"),
    ) + paragraph(run("坚持"), properties="<w:rPr><w:del/></w:rPr>")
    body += paragraph(run("创新。")) + paragraph(run("全文完"), properties="")
    source = read_source(write(tmp_path, "规划.docx", docx_of(body)))
    assert source.text == "到2025年，力争翻一番。\n坚持创新。\n全文完"
    assert [(dropped.reason, dropped.text) for dropped in source.dropped] == [("tracked deletion", "争取")]


def test_hidden_text_is_left_out_and_page_numbers_of_a_contents_list_are_not(tmp_path):
    body = (
        paragraph(run("目录", "<w:b/>"))
        + "<w:sdt><w:sdtContent>"
        + paragraph(run("第一章 总则"), "<w:r><w:tab/></w:r>", run("3", "<w:webHidden/>"))
    )
    body += "</w:sdtContent></w:sdt>" + paragraph(run("正文"), run("内部批注", "<w:vanish/>"))
    source = read_source(write(tmp_path, "规划.docx", docx_of(body)))
    assert source.text == "目录\n第一章 总则\t3\n正文"
    assert [dropped.text for dropped in source.dropped] == ["内部批注"]
    assert [(block.kind, block.start, block.end) for block in source.blocks] == [("bold", 0, 2)]


def test_a_text_box_is_read_once_after_its_paragraph(tmp_path):
    box = f"<w:txbxContent>{paragraph(run('专栏1 重点工程'))}{paragraph(run('光伏基地。'))}</w:txbxContent>"
    body = paragraph(
        run("前文。"),
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
        run("同段。"),
    )
    source = read_source(write(tmp_path, "规划.docx", docx_of(body)))
    assert source.text == "前文。同段。\n专栏1 重点工程\n光伏基地。"
    assert [(block.kind, source.text[block.start : block.end]) for block in source.blocks] == [
        ("box", "专栏1 重点工程\n光伏基地。")
    ]


def cell(*paragraphs, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(paragraph(run(text)) for text in paragraphs)}</w:tc>"


def test_tables_keep_their_columns_where_cells_are_merged_and_one_column_is_a_box(tmp_path):
    start, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = (
        f"<w:tbl><w:tr>{cell('类别', properties=start)}{cell('工业', '增速')}</w:tr>"
        f"<w:tr>{cell('', properties=on)}{cell('9%')}</w:tr></w:tbl>"
        f"{paragraph(run('其后。'))}"
        f"<w:tbl><w:tr>{cell('专栏1 工程', '光伏。')}</w:tr></w:tbl>"
    )
    source = read_source(write(tmp_path, "规划.docx", docx_of(body)))
    assert source.text == "类别 | 工业 增速\n | 9%\n其后。\n专栏1 工程\n光伏。".replace("\n |", "\n|")
    assert [block.kind for block in source.blocks] == ["table", "box"]


NUMBERING = """<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1章"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%3."/></w:lvl>
<w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="·"/></w:lvl>
</w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>"""


def numbered(text, level):
    return paragraph(run(text), properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="3"/></w:numPr>')


def test_the_numbers_that_word_writes_itself_are_written_out():
    lists = read_numbering(etree.fromstring(NUMBERING))
    assert [lists.ordinal("3", level) for level in (0, 1, 1, 0, 1, 2, 3)] == [
        *("第一章 ", "（一）", "（二）", "第二章 ", "（一）", "二.1.", ""),
    ]
    assert lists.ordinal("9", 0) is None


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (1, "chineseCounting", "一"),
        (10, "chineseCounting", "十"),
        (20, "chineseCountingThousand", "二十"),
        (105, "japaneseCounting", "一百零五"),
        (110, "japaneseCounting", "一百一十"),
        (10, "ideographDigital", "一〇"),
        (20, "decimalEnclosedCircle", "⑳"),
        (21, "decimalEnclosedCircle", "21"),
        (27, "lowerLetter", "aa"),
        (1994, "upperRoman", "MCMXCIV"),
        (3, "unheard of", "3"),
    ],
)
def test_numbers_in_word_s_forms(number, form, shown):
    assert in_form(number, form) == shown


def test_automatic_numbers_stand_in_the_text(tmp_path):
    body = numbered("总则", 0) + numbered("工业", 1) + numbered("农业", 1) + numbered("保障", 0) + numbered("要点", 3)
    content = docx_of(body)
    source_parts = zipfile.ZipFile(io.BytesIO(content))
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name in source_parts.namelist():
            archive.writestr(name, NUMBERING if name == "word/numbering.xml" else source_parts.read(name))
    source = read_source(write(tmp_path, "规划.docx", changed.getvalue()))
    assert source.text == "第一章 总则\n（一）工业\n（二）农业\n第二章 保障\n要点"
    assert [(block.kind, source.text[block.start : block.end]) for block in source.blocks] == [("list", "要点")]
    assert "4 automatic numbers written out" in source.notes


def test_other_zips_are_told_from_documents(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "规划")
    with pytest.raises(PlanError, match="a zip archive, but not a Word document"):
        read_source(write(tmp_path, "规划.docx", content.getvalue()))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 150_000_000)
    with pytest.raises(PlanError, match=r"word/document\.xml in it unpacks to more than 50 MB"):
        read_source(write(tmp_path, "规划.docx", content.getvalue()))


def test_entities_are_not_expanded(tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY x "规划"><!ENTITY y SYSTEM "file:///etc/hostname">]><a>&x;&y;</a>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("word/document.xml", bomb)
    with pytest.raises(PlanError, match="declares a document type"):
        read_source(write(tmp_path, "规划.docx", content.getvalue()))


# --- HTML ---

ARTICLE = "<p>" + "上饶市制造业坚持创新驱动，推动高质量发展。" * 5 + "</p>"


def page(body, head="<meta charset='utf-8'>"):
    return f"<html><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "utf-8"), ("utf-8", None), ("utf-16", None)],
)
def test_a_page_is_read_in_the_encoding_it_is_in_whatever_it_declares(tmp_path, encoding, declared):
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    source = read_source(write(tmp_path, "规划.html", page(ARTICLE, head).encode(encoding)))
    assert source.text in ARTICLE
    assert source.encoding == encoding


def test_a_linked_contents_list_stays_and_links_to_other_pages_go(tmp_path):
    listed = "".join(f'<p><a href="#{at}">第{at}章 总则</a></p>' for at in "一二三四")
    others = "<div>" + "".join(f'<a href="/{at}.html">其他规划之{at}</a> ' for at in "一二三四") + "</div>"
    source = read_source(write(tmp_path, "规划.html", page(f"<div>{listed}{ARTICLE}{others}</div>").encode()))
    assert source.text.startswith("第一章 总则\n第二章 总则\n第三章 总则\n第四章 总则\n上饶市")
    assert "其他规划" not in source.text
    assert [dropped.reason for dropped in source.dropped] == ["links"]


def test_a_title_outside_the_article_comes_first(tmp_path):
    head = "<meta charset='utf-8'><title>上饶市工业规划_上饶市人民政府</title>"
    body = f"<div><div class='bt'>上饶市工业规划</div><div>发布时间：2025年</div><div>{ARTICLE * 4}</div></div>"
    source = read_source(write(tmp_path, "规划.html", page(body, head).encode()))
    assert source.text.startswith("上饶市工业规划\n上饶市制造业")
    assert [(block.kind, block.start, block.end) for block in source.blocks] == [("title", 0, 7)]


def test_lines_of_one_paragraph_close_up_between_han_and_br_parts_lines(tmp_path):
    body = f"{ARTICLE}<div>发展\n  规划 and\nplan<br>第二行<span>续</span>尾</div>"
    text = read_source(write(tmp_path, "规划.html", page(body).encode())).text
    assert text.endswith("\n发展规划 and plan\n第二行续尾")


def test_hidden_elements_and_scripts_are_no_text(tmp_path):
    body = f"{ARTICLE}<p style='display: none'>埋下的词</p><script>document.write('脚本')</script><p hidden>藏</p>"
    source = read_source(write(tmp_path, "规划.html", page(body).encode()))
    assert source.text in ARTICLE
    assert [(dropped.reason, dropped.text) for dropped in source.dropped] == [("hidden", "埋下的词"), ("hidden", "藏")]


def test_cells_that_reach_down_keep_the_columns(tmp_path):
    table = "<table><tr><td rowspan=2>类别</td><td>甲</td></tr><tr><td>乙</td></tr></table>"
    source = read_source(write(tmp_path, "规划.html", page(f"<div>{ARTICLE}{table}</div>").encode()))
    assert source.text.endswith("\n类别 | 甲\n| 乙")


# --- .doc ---

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def test_an_old_document_without_libreoffice_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(office, "find_office", lambda: None)
    path = write(tmp_path, "规划.doc", OLE + "WordDocument".encode("utf-16-le"))
    with pytest.raises(
        PlanError, match=r"规划\.doc: .*LibreOffice, which is not installed\. Install it, or .* save it as \.docx"
    ):
        read_source(path)


def test_protected_and_other_office_files_are_told_apart(tmp_path):
    with pytest.raises(PlanError, match="protected by a password"):
        read_source(write(tmp_path, "a.docx", OLE + "EncryptedPackage".encode("utf-16-le")))
    with pytest.raises(PlanError, match="not a Word document"):
        read_source(write(tmp_path, "a.doc", OLE + "Workbook".encode("utf-16-le")))


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for LibreOffice")
def test_libreoffice_is_stopped_at_the_limit_with_what_it_started(tmp_path, monkeypatch):
    script = write(tmp_path, "soffice", b'#!/bin/sh\nsleep 60 &\necho $! > "$HOME/../started"\nwait\n')
    script.chmod(0o755)
    monkeypatch.setattr(office, "find_office", lambda: str(script))
    monkeypatch.setattr(office, "MAX_SECONDS", 2.0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(PlanError, match="LibreOffice takes more than"):
        read_source(write(tmp_path, "规划.doc", OLE + "WordDocument".encode("utf-16-le")))
    started = int((tmp_path / "started").read_text())
    with contextlib.suppress(psutil.NoSuchProcess):  # on a busy machine what is killed takes a moment to end
        psutil.Process(started).wait(timeout=10)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.skipif(office.find_office() is None, reason="LibreOffice is not installed")
def test_an_old_document_reads_as_its_docx(tmp_path):
    document = DOCUMENTS["shangrao-profile"]
    rtf = "{\\rtf1\\ansi\\uc0 " + "".join(
        f"\\u{ord(char) - 65536 * (ord(char) > 32767)} " if char != "\n" else "\\par " for char in document.text
    )
    source = read_source(write(tmp_path, "规划.doc", (rtf + "}").encode()))
    assert source.format == "doc"
    assert source.text.split("\n") == [line for line in document.text.split("\n") if line]


# --- several files ---


def test_several_files_make_one_plan_and_every_place_is_found_again(font, tmp_path):
    files = [
        write(tmp_path, "正文.txt", "第一章 总则\r\n坚持创新。".encode("gb18030")),
        write(tmp_path, "附件1.pdf", Pdf(font).make(DOCUMENTS["shangrao-profile"])),
        write(tmp_path, "附件2.docx", as_docx(Document(["附件2 清单", TABLE, "完。"]))),
    ]
    source = read_sources([SourceFile(path) for path in files])
    singles = [read_source(path) for path in files]
    assert [part.path for part in source.parts] == files
    for part, single, end in zip(source.parts, singles, [*[p.start for p in source.parts[1:]], None], strict=True):
        assert source.text[part.start : end].removesuffix("\n") == single.text
        assert source.text.count("\n", 0, part.start) + 1 == part.first_line
        assert part.sha256 == single.sha256
    marked = [(b.kind, source.text[b.start : b.end]) for b in source.blocks]
    assert marked == [(b.kind, s.text[b.start : b.end]) for s in singles for b in s.blocks]
    assert source.page_at(0) is None
    assert source.place(source.text.index("坚持创新。")) == "正文.txt, line 2"
    assert source.place(source.text.index("附件2 清单")) == "附件2.docx, line 1"
    at = source.text.index("（二）广丰区")
    inside = singles[1].text.index("（二）广丰区")
    assert source.page_at(at) == singles[1].page_at(inside) > 1
    assert source.place(at).startswith("附件1.pdf, line ")


def test_a_plan_names_its_files_in_one_way(plan_copy):
    path = plan_copy / "plan.toml"
    text = path.read_text(encoding="utf-8")
    whole = load_plan(plan_copy)
    first, second = whole.source.text[:3000], whole.source.text[3000:]
    listed = ""
    for name, part in (("一.txt", first), ("二.txt", second)):
        sha256 = hashlib.sha256(write(plan_copy, name, part.encode()).read_bytes()).hexdigest()
        listed += f'[[source.files]]\nfile = "{name}"\nsha256 = "{sha256}"\n'
    path.write_text(re.sub(r"(?s)\[source\].*?\n\n", f"{listed}\n", text), encoding="utf-8")
    assert [part.path.name for part in load_plan(plan_copy).source.parts] == ["一.txt", "二.txt"]
    path.write_text(text.replace("[place]", f"{listed}\n[place]"), encoding="utf-8")
    with pytest.raises(SettingsError, match="name one file, files names several; keep one way"):
        load_plan(plan_copy)

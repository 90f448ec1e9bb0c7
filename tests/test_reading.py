"""Bytes to text: encodings told apart, and every bad file refused by name with its remedy."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.utils import paths
from src.utils.errors import PlanError
from src.utils.plans.formats import plain
from src.utils.plans.reading import read_source

SEED = paths.PLANS / "shangrao" / "source.txt"


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "规划 文本.txt"
    path.write_bytes(content)
    return path


PLAN = SEED.read_text(encoding="utf-8")
TRADITIONAL = "上饒市製造業高質量發展規劃，堅持以新發展理念為引領，加快建設製造強市。國務院關於經濟體制改革的意見，農業農村現代化與區域協調發展。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("text", [PLAN, PLAN[600:700], PLAN[600:640], "上饶市制造业发展规划二〇", "上饶市发展规划"])
def test_simplified_text_reads_the_same_in_each_encoding_however_short(tmp_path, encoding, text):
    found = read_source(written(tmp_path, text.encode(encoding)))
    assert found.text == text
    expected = {"utf-8-sig": "utf-8", "gbk": "gb18030"}.get(encoding, encoding)
    assert found.encoding == expected
    assert found.notes == (f"encoding {expected}, found by trying",)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "big5hkscs", "cp950", "utf-16-be"])
@pytest.mark.parametrize("text", [TRADITIONAL * 20, TRADITIONAL, TRADITIONAL[:20]])
def test_traditional_text_reads_the_same_in_each_encoding(tmp_path, encoding, text):
    found = read_source(written(tmp_path, text.encode(encoding)))
    assert found.text == text
    assert found.encoding == {"big5hkscs": "big5", "cp950": "big5"}.get(encoding, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_a_few_damaged_bytes_are_marked_and_their_line_is_named(tmp_path, encoding):
    lines = PLAN.split("\n")
    content = bytearray(PLAN.encode(encoding))
    at = len("\n".join(lines[:30]).encode(encoding)) + 2 + len("\n".encode(encoding))
    content[at : at + 2] = b"\x00\xd8" if encoding == "utf-16-le" else b"\xff\xff"
    found = read_source(written(tmp_path, bytes(content)))
    assert found.encoding == encoding
    assert "\ufffd" in found.text.split("\n")[30]
    assert any("line 31" in note and "1 damaged place" in note for note in found.notes)


def test_much_damage_is_refused_with_what_came_nearest(tmp_path):
    content = bytearray(PLAN.encode("utf-8"))
    content[300::60] = b"\xff" * len(content[300::60])
    with pytest.raises(PlanError, match=r"as utf-8 \d+ places in \d+ characters are damaged, the first in line \d+"):
        read_source(written(tmp_path, bytes(content)))


def test_a_stray_nul_does_not_make_a_text_unreadable(tmp_path):
    text = PLAN[:3000] + "\0" + PLAN[3000:]
    assert read_source(written(tmp_path, text.encode("gb18030"))).text == text


@pytest.mark.parametrize("name", ["规划", "规划.TXT", "规划.md", "plan.2021-2025", "-o.txt", "--help"])
def test_text_is_known_by_its_content_whatever_its_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(PLAN.encode("gb18030"))
    found = read_source(path)
    assert found.text == PLAN
    assert found.format == ("md" if name.endswith(".md") else "txt")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("规划.pdf", PLAN.encode(), "named .pdf, but its bytes are not of that format"),
        ("规划.docx", b"", "the file is empty"),
        ("规划.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "this is a picture"),
        ("规划.zip", b"Rar!\x1a\x07" + bytes(100), "this is a RAR archive"),
        ("规划", bytes(range(1, 32)) * 30, "none of the formats that are read: .txt, .md, .html, .docx, .pdf and .doc"),
    ],
)
def test_other_files_are_refused_by_what_they_are(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PlanError) as caught:
        read_source(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path, monkeypatch):
    path = written(tmp_path, b"")
    with path.open("r+b") as file:
        file.truncate(200_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("read all the same"))
    with pytest.raises(PlanError, match=r"200 MB; \.pdf files are read up to 100 MB.*source\.files"):
        read_source(path)


def test_text_has_a_lower_limit_than_documents_with_pictures(tmp_path):
    path = written(tmp_path, PLAN.encode() * 2000)
    with pytest.raises(PlanError, match=r"\d+ MB; \.txt files are read up to 15 MB"):
        read_source(path)


def test_line_ends_are_left_to_cleaning(tmp_path):
    assert read_source(written(tmp_path, "第一章\r\n总则".encode())).text == "第一章\r\n总则"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"PK\x03\x04\x00\x00" + bytes(range(256)), "not a whole .docx"),
        (bytes(range(128, 256)) * 4, "the encoding is neither UTF-8, GB18030 (GBK), Big5 nor UTF-16"),
        ("規劃".encode("big5") * 200 + b"\xff", "set source.encoding"),
        (b"Plain English text only.", "no Chinese character"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, content, said):
    with pytest.raises(PlanError) as caught:
        read_source(written(tmp_path, content))
    assert said.lower() in str(caught.value).lower()
    assert "规划 文本.txt" in str(caught.value)


def test_a_missing_file_says_where_to_put_it(tmp_path):
    with pytest.raises(PlanError, match=r"missing\.txt: the source file is missing\. Put it there"):
        read_source(tmp_path / "missing.txt")


def test_a_changed_file_is_refused(tmp_path):
    path = written(tmp_path, SEED.read_bytes() + b"\n")
    with pytest.raises(PlanError, match="not the one that plan.toml describes"):
        read_source(path, sha256=read_source(SEED).sha256)


def test_an_encoding_given_is_used_and_a_wrong_one_refused(tmp_path):
    path = written(tmp_path, "上饒市製造業規劃".encode("big5"))
    assert read_source(path, encoding="big5").text == "上饒市製造業規劃"
    with pytest.raises(PlanError, match="not utf-8, though plan.toml says so"):
        read_source(path, encoding="utf-8")
    with pytest.raises(PlanError, match="'utf-99' in plan.toml is not an encoding"):
        read_source(path, encoding="utf-99")


def test_more_lines_than_a_plan_has_are_refused(tmp_path):
    with pytest.raises(PlanError, match="in 100,002 lines; up to 5,000,000 in 100,000 are read"):
        read_source(written(tmp_path, ("规\n" * 100_001).encode()))


@given(st.text(st.characters(exclude_categories=[]) | st.sampled_from("的规，a\t\n\x01\ue000\U000e0001")))
def test_likeness_counts_characters_one_by_one(text):
    beyond = [char for char in text if not char.isascii()]
    control = [
        char for char in text if unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs") and char not in "\t\n\r\f"
    ]
    likeness = sum(char in plain._EXPECTED for char in beyond) / len(beyond) if beyond else 0.5
    assert plain._likeness(text) == (0.0 if len(control) > 0.001 * len(text) + 1 else likeness)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5hkscs", "utf-16-le"])
@pytest.mark.parametrize(
    "text", [PLAN, TRADITIONAL * 20, "规划" * 2000, PLAN[:600] + "\x00" * 2000, "plan, " * 900 + PLAN]
)
def test_what_is_surely_utf8_is_what_trying_every_encoding_finds(text, encoding, monkeypatch):
    def found():
        try:
            return plain.detect(Path("x"), text.encode(encoding, "ignore"))
        except PlanError as error:
            return str(error)

    quick = found()
    monkeypatch.setattr(plain, "_surely_utf8", lambda _: None)
    assert found() == quick

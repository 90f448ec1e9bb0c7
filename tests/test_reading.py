"""Bytes to text: encodings told apart, and every bad file refused by name with its remedy."""

from pathlib import Path

import pytest

from src.utils import paths
from src.utils.errors import PlanError
from src.utils.plans.reading import read_source

SEED = paths.PLANS / "shangrao" / "source.txt"


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "规划 文本.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_the_seed_reads_the_same_in_each_encoding(tmp_path, encoding):
    text = SEED.read_text(encoding="utf-8")
    found = read_source(written(tmp_path, text.encode(encoding)))
    assert found.text == text
    assert found.encoding == ("utf-8" if encoding.startswith("utf-8") else "gb18030")


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

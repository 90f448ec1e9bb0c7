"""What was cut once is not cut again, whatever becomes of the file; and only what was cut the same way."""

import os
import sys

import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from src.utils import paths
from src.utils.words import token_cache
from src.utils.words.matrix import term_matrix
from src.utils.words.segmenting import Segmenter
from src.utils.words.stopwords import content_tokens
from src.utils.words.token_tables import dictionary_hash_of, token_table
from tests.generated_text import generated_text

TEXTS = ("规上工业增长9.1%。", "发展光伏，", "规上工业、光伏和\ud800")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A project without a cache."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    return tmp_path / "cache" / "tokens"


@pytest.fixture
def calls(monkeypatch):
    """The texts that a segmenter was asked to cut, one after the other; several may come joined."""
    asked: list[str] = []
    cut = Segmenter.cut
    monkeypatch.setattr(Segmenter, "cut", lambda self, text: asked.extend(text.split(SEPARATOR)) or cut(self, text))
    return asked


def sentences_of(*texts: str) -> pd.DataFrame:
    ends = pd.Series([len(text) for text in texts], dtype="int64").cumsum()
    columns = {"plan": "p", "sentence": range(len(texts)), "start": ends - [len(text) for text in texts], "end": ends}
    return pd.DataFrame({**columns, "text": list(texts)})


SEPARATOR = "\uf8fe"
TERMS = {"规上工业": "n", "光伏": "n"}


def test_a_second_run_after_a_change_of_stop_words_cuts_nothing(cache, calls):
    first = token_table(sentences_of(*TEXTS), Segmenter(TERMS))
    content_tokens(first)
    assert calls == list(TEXTS)
    second = token_table(sentences_of(*TEXTS), Segmenter(TERMS))
    content_tokens(second, ("punctuation", "general"))
    assert calls == list(TEXTS)
    pd.testing.assert_frame_equal(first, second)
    assert dictionary_hash_of(first, second) == Segmenter(TERMS).dictionary_hash


def test_a_second_run_does_not_even_start_an_engine(cache, monkeypatch):
    token_table(sentences_of(*TEXTS), Segmenter(TERMS))
    monkeypatch.setattr("src.utils.words.segmenting.make_engine", lambda _: pytest.fail("an engine was made"))
    assert len(token_table(sentences_of(*TEXTS), Segmenter(TERMS)))


def test_sentences_may_move_and_keep_their_cut(cache, calls):
    sentences = sentences_of(*TEXTS)
    token_table(sentences, Segmenter(TERMS))
    moved = token_table(
        sentences.assign(plan="q", start=sentences["start"] + 7, end=sentences["end"] + 7), Segmenter(TERMS)
    )
    assert len(calls) == len(TEXTS)
    assert moved["plan"].unique().tolist() == ["q"]
    assert moved["start"].iloc[0] == 7


@pytest.mark.parametrize(
    ("texts", "segmenter"),
    [
        (TEXTS[:2], Segmenter(TERMS)),
        (TEXTS[::-1], Segmenter(TERMS)),
        (("规上工业增长9.1%。发展", "光伏，", TEXTS[2]), Segmenter(TERMS)),  # the same characters, parted elsewhere
        (TEXTS, Segmenter({"规上工业": "n"})),
        (TEXTS, Segmenter({**TERMS, "光伏": "nz"})),
        (TEXTS, Segmenter(TERMS, numbers=False)),
    ],
)
def test_other_texts_and_dictionaries_are_cut(texts, segmenter, cache, calls):
    token_table(sentences_of(*TEXTS), Segmenter(TERMS))
    calls.clear()
    tokens = token_table(sentences_of(*texts), segmenter)
    assert calls == list(texts)
    assert tokens.groupby("sentence")["term"].apply("".join).tolist() == list(texts)


def test_the_engines_share_their_cuts(cache, calls):
    fast = token_table(sentences_of(*TEXTS), Segmenter(TERMS, "fast"))
    pd.testing.assert_frame_equal(token_table(sentences_of(*TEXTS), Segmenter(TERMS, "jieba")), fast)
    assert len(calls) == len(TEXTS)


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "foreign"])
def test_a_damaged_file_is_made_anew(damage, cache, calls):
    before = token_table(sentences_of(*TEXTS), Segmenter(TERMS))
    (file,) = cache.iterdir()
    data = file.read_bytes()
    middle = len(data) // 2
    broken = {"empty": b"", "cut": data[:middle], "foreign": b"not ours"}
    broken["flipped"] = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    file.write_bytes(broken[damage])
    pd.testing.assert_frame_equal(token_table(sentences_of(*TEXTS), Segmenter(TERMS)), before)
    assert len(calls) == 2 * len(TEXTS)
    assert file.read_bytes() == data


def test_the_files_are_private_and_no_more_than_the_limit(cache, monkeypatch):
    monkeypatch.setattr(token_cache, "LIMIT", 1000)
    for number in range(12):
        token_table(sentences_of(f"第{number}个规上工业" * 9), Segmenter(TERMS))
    sizes = [path.stat().st_size for path in cache.iterdir()]
    assert 1 <= len(sizes) < 12
    assert sum(sizes) <= 1000
    if sys.platform != "win32":
        assert cache.stat().st_mode & 0o077 == 0


def test_what_was_used_last_stays(cache, calls, monkeypatch):
    used, unused = sentences_of("规上工业"), sentences_of("光伏")
    for age, sentences in ((100, unused), (200, used)):
        token_table(sentences, Segmenter(TERMS))
        for path in cache.iterdir():
            os.utime(path, (path.stat().st_atime - age, path.stat().st_mtime - age))
    token_table(used, Segmenter(TERMS))  # used again: the last in line for removal
    one = max(path.stat().st_size for path in cache.iterdir())
    monkeypatch.setattr(token_cache, "LIMIT", 2 * one + 10)
    token_table(sentences_of("工业"), Segmenter(TERMS))
    calls.clear()
    token_table(used, Segmenter(TERMS))
    assert calls == []
    token_table(unused, Segmenter(TERMS))
    assert calls == ["光伏"]


def test_a_folder_that_cannot_be_written_costs_only_time(cache, calls):
    cache.parent.write_text("a file where the folder should be", encoding="utf-8")
    for _ in range(2):
        assert token_table(sentences_of(*TEXTS), Segmenter(TERMS))["term"].tolist()[:2] == ["规上工业", "增长"]
    assert len(calls) == 2 * len(TEXTS)


@pytest.mark.parametrize("engine", ["fast", "jieba"])
@pytest.mark.parametrize("batch", [10**6, 40])
def test_texts_cut_joined_are_cut_as_if_alone(engine, batch, monkeypatch):
    monkeypatch.setattr(token_cache, "_BATCH", batch)
    segmenter = Segmenter(TERMS, engine)
    texts = [
        "",
        "3",
        "个",
        "",
        "2016-",
        "2019年\r",
        "\n",
        "规上",
        "工业",
        "1.2",
        ".3a",
        "年初",
        "步",
        *map(generated_text, range(300)),
        "",
    ]
    texts = [text for text in texts if SEPARATOR not in text]
    vocabulary, ids, sizes = token_cache.cut_and_number(texts, segmenter.cut)
    ends = sizes.cumsum()
    cuts = [[vocabulary[at] for at in ids[end - size : end]] for end, size in zip(ends, sizes, strict=True)]
    assert cuts == [segmenter.cut(text) for text in texts]
    assert len(set(vocabulary)) == len(vocabulary) == len(set(ids))


def test_texts_that_hold_the_separator_are_cut_too():
    texts = ["规上工业\uf8fe光伏", "\uf8fe", "", "光伏\uf8ff9.1%"]
    vocabulary, ids, sizes = token_cache.cut_and_number(texts, Segmenter(TERMS).cut)
    assert [vocabulary[at] for at in ids] == ["规上工业", "\uf8fe", "光伏", "\uf8fe", "光伏", "\uf8ff", "9.1%"]
    assert sizes.tolist() == [3, 1, 0, 3]


def test_no_texts_give_no_tokens():
    vocabulary, ids, sizes = token_cache.cut_and_number([], Segmenter().cut)
    assert (vocabulary, ids.tolist(), sizes.tolist()) == ([], [], [])


def test_the_matrix_counts_each_term_in_each_text():
    matrix = term_matrix(["光伏，光伏", "", "规上工业和光伏"], Segmenter(TERMS))
    assert matrix.terms == ["光伏", "和", "规上工业", "，"]
    assert matrix.counts.toarray().tolist() == [[2, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 0]]
    assert matrix.counts.has_sorted_indices
    assert term_matrix([], Segmenter()).counts.shape == (0, 0)


@pytest.mark.parametrize("long", [0, 1000])
def test_the_matrix_is_scikit_learns(long, shangrao, monkeypatch):
    """Of the same tokens; scikit-learn sorts its columns by code point too. Texts are counted in either way."""
    monkeypatch.setattr("src.utils.words.matrix._LONG", long)
    texts = shangrao.sentences["text"].tolist()
    segmenter = Segmenter(TERMS)
    vectorizer = CountVectorizer(tokenizer=segmenter.cut, token_pattern=None, lowercase=False)
    expected = vectorizer.fit_transform(texts)
    ours = term_matrix(texts, segmenter)
    assert ours.terms == vectorizer.get_feature_names_out().tolist()
    assert (ours.counts != expected).nnz == 0

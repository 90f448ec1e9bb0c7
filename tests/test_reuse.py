"""Passages that documents share: planted copies are found, chance finds none, and brute force finds no more."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.utils.measures.alignment import align
from src.utils.measures.fingerprints import Documents, Fingerprints
from src.utils.measures.reuse import (
    MIN_SAME,
    PASSAGES,
    document_shares,
    lengths_by_chance,
    pair_shares,
    passages,
)
from src.utils.plans.pipeline import load_plan
from src.utils.words.segmenting import Segmenter
from src.utils.words.token_tables import token_table

COPIED = (
    "全面落实产业链链长制，推动光伏产业延链补链强链，加快建设国家级新能源产业基地，力争到2025年营业收入突破1500亿元"
)
FORMULA = "坚持稳中求进工作总基调，完整准确全面贯彻新发展理念"


def table(documents: dict[str, str]) -> pd.DataFrame:
    """Documents as sentences with their offsets, cut after 。 as plans are."""
    rows = []
    for plan, text in documents.items():
        at = 0
        for number, sentence in enumerate(part + "。" for part in text.split("。") if part):
            rows.append((plan, number, 0, at, at + len(sentence), number + 1, sentence))
            at += len(sentence)
    return pd.DataFrame(rows, columns=["plan", "sentence", "section", "start", "end", "source_line", "text"])


def found_in(documents: dict[str, str], **options) -> pd.DataFrame:
    return passages(table(documents), **options)


@pytest.fixture(scope="module")
def profile():
    """The digest that ships, in three documents of different sentences."""
    sentences = load_plan("shangrao-profile").sentences.head(210)
    return ["".join(sentences["text"][at::3]) for at in range(3)]


# --- what a passage says of itself ---


def test_a_copy_is_found_with_both_places():
    documents = {
        "甲": f"这里讲铜。{COPIED}。铜很多。",
        "乙": f"{COPIED}，并且还讲了茶叶。",
        "丙": "别的话，没有相同之处。",
    }
    found = found_in(documents)
    assert found.columns.tolist() == PASSAGES
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["plan"], row["other"]) == ("甲", "乙")
    assert row["text"] == row["other_text"] == COPIED
    assert documents["甲"][row["start"] : row["end"]] == COPIED
    assert documents["乙"][row["other_start"] : row["other_end"]] == COPIED
    assert (row["sentence"], row["source_line"], row["other_sentence"]) == (1, 2, 0)
    assert (row["n_edits"], row["similarity"], row["n_documents"]) == (0, 1.0, 2)
    letters = COPIED.replace("，", "").replace("2025", "数").replace("1500", "数")  # a number is one letter
    assert row["n_same"] == row["n_chars"] == len(letters)


def test_a_changed_word_and_a_number_are_edits_within_one_passage():
    changed = COPIED.replace("加快建设", "全力打造").replace("1500", "900")
    row = found_in({"甲": COPIED, "乙": changed}).iloc[0]
    # 全力打造 for 加快建设 and 900 for 1500: four letters and one number.
    assert row["n_edits"] == 5
    assert row["text"] == COPIED
    assert row["other_text"] == changed


def test_a_passage_goes_over_the_ends_of_sentences():
    two = COPIED.replace("，力争", "。力争")
    row = found_in({"甲": f"开头。{two}。", "乙": f"别样。{COPIED}。"}).iloc[0]
    assert (row["sentence"], row["last_sentence"]) == (1, 2)
    assert row["text"] == two
    assert row["other_text"] == COPIED


def test_formulas_are_told_from_what_two_share():
    tails = ["发展光伏", "做强铜业", "壮大茶产业", "开发旅游"]
    documents = {
        f"文{at}": f"{FORMULA}，{tail * 5}。{COPIED if at < 2 else tail * 3}。" for at, tail in enumerate(tails)
    }
    found = found_in(documents)
    by_text = found.groupby("n_documents")["text"].agg(set).to_dict()
    assert set(by_text) == {2, 4}
    assert all(COPIED in text for text in by_text[2])
    assert len(found[found["n_documents"] == 4]) == 6  # each two of four
    assert found_in(documents, max_documents=3)["n_documents"].tolist() == [2]


def test_a_document_that_copies_another_is_one_passage(profile):
    text = profile[0].replace("年", "岁", 3)
    found = found_in({"甲": profile[0], "乙": text})
    assert len(found) == 1
    assert found["n_edits"].iloc[0] == 3
    shares = pair_shares(found, table({"甲": profile[0], "乙": text}), n_resamples=50)
    assert shares["share"].tolist() == [1.0, 1.0]


def test_too_little_text_is_no_passage():
    empty = found_in({"甲": "铜。", "乙": "铜。"})
    assert len(empty) == 0
    assert empty.columns.tolist() == PASSAGES
    assert len(found_in({"甲": COPIED})) == 0
    with pytest.raises(ValueError, match="give a smaller k"):
        found_in({"甲": COPIED}, min_same=5)


# --- planted copies, chance ---


def edited(text: str, share: float, rng: np.random.Generator) -> str:
    """So many of the letters replaced, left out or followed by another one."""
    letters = list(text)
    for at in np.flatnonzero(rng.random(len(letters)) < share):
        other = chr(int(rng.integers(0x4E00, 0x9FA5)))
        letters[at] = (other, "", letters[at] + other)[int(rng.integers(3))]
    return "".join(letters)


@pytest.mark.parametrize(("share", "least"), [(0.0, 1.0), (0.05, 1.0), (0.1, 1.0), (0.2, 0.9)])
def test_planted_copies_are_found_with_up_to_a_fifth_of_the_letters_changed(profile, share, least):
    rng = np.random.default_rng(7)
    hits, covered = [], []
    for at in range(0, 40 * 60, 60):
        copied = "".join(char for char in profile[0][at : at + 120] if char.isalpha())[:80]
        copied = copied.ljust(80, "铜")
        documents = {"甲": profile[1] + copied + profile[1][:50], "乙": profile[2] + edited(copied, share, rng) + "。"}
        found = found_in(documents)
        begin = documents["甲"].index(copied, len(profile[1]))
        inside = found[(found["start"] < begin + 80) & (found["end"] > begin) & (found["other_end"] > len(profile[2]))]
        hits.append(len(inside) > 0)
        covered.append(sum(min(row.end, begin + 80) - max(row.start, begin) for row in inside.itertuples()) / 80)
    assert np.mean(hits) >= least
    assert np.mean(covered) >= (0.95 if share < 0.2 else 0.7)


def test_letters_in_random_order_share_nothing(profile):
    rng = np.random.default_rng(1)
    documents = {f"文{at}": "".join(rng.permutation(list(text * 3))) for at, text in enumerate(profile)}
    assert len(found_in(documents)) == 0
    # Of three texts of 12,000 letters: strings of four by chance, none of eight.
    assert len(found_in(documents, min_same=8)) == 0


def test_by_chance_strings_are_short_and_words_make_them_longer(profile):
    sentences = table({f"文{at}": text for at, text in enumerate(profile)})
    tokens = token_table(sentences, Segmenter())
    lengths = lengths_by_chance(sentences, tokens, (2, 4, 8, MIN_SAME), n_shuffles=2).set_index("n_chars")
    assert (lengths["letters_dealt"] <= lengths["words_dealt"]).all()
    assert lengths.loc[2, "letters_dealt"] > 0
    assert lengths.loc[8, "letters_most"] == 0
    assert lengths.loc[MIN_SAME, "words_most"] == 0
    assert (lengths["in_two"] <= lengths["observed"]).all()


# --- against brute force ---

FEW = st.text(alphabet="甲乙丙丁戊己庚辛", min_size=0, max_size=60)


def longest_common(one: str, other: str) -> int:
    """The letters of the longest string that both have, by comparing every place with every other."""
    best, row = 0, [0] * (len(other) + 1)
    for letter in one:
        row = [0] + [row[at] + 1 if letter == char else 0 for at, char in enumerate(other)]
        best = max(best, *row)
    return best


def in_common(one: str, other: str) -> int:
    """The letters of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for letter in one:
        new = [0]
        for at, char in enumerate(other):
            new.append(row[at] + 1 if letter == char else max(new[-1], row[at + 1]))
        row = new
    return row[-1]


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(alphabet="甲乙丙", max_size=40), min_size=2, max_size=5))
def test_shared_strings_are_those_that_a_plain_count_finds(texts):
    """Lengths in any order: a longer string is looked for only where its beginning is shared."""
    documents = {f"文{at}": f"{text}丁" for at, text in enumerate(texts)}
    sentences, lengths = table(documents), (5, 2, 9, 3)
    tokens = token_table(sentences, Segmenter())
    found = lengths_by_chance(sentences, tokens, lengths, n_shuffles=1).set_index("n_chars")
    for length in lengths:
        holders = Counter(
            string
            for text in documents.values()
            for string in {text[at : at + length] for at in range(len(text) - length + 1)}
        )
        assert found.loc[length, "observed"] == sum(n >= 2 for n in holders.values())
        assert found.loc[length, "in_two"] == sum(n == 2 for n in holders.values())


@settings(max_examples=150, deadline=None)
@given(one=FEW, other=FEW, shared=FEW)
def test_anchors_hold_the_longest_string_that_brute_force_finds(one, other, shared):
    first, second = f"{one}{shared}{other}", f"{other}{shared}{one}"
    longest = longest_common(first, second)
    anchors = Fingerprints(Documents.of(table({"甲": first, "乙": second})), 3, 2).anchors(50)
    if longest >= 4:  # k + w - 1
        assert max(anchors.length) == longest
    for here, there, length in zip(*anchors, strict=True):
        codes = Documents.of(table({"甲": first, "乙": second})).codes
        assert (codes[here : here + length] == codes[there : there + length]).all()
        assert codes[here + length] != codes[there + length] or codes[here + length] > 1 << 30


@settings(max_examples=80, deadline=None)
@given(one=FEW, other=FEW, shared=FEW)
def test_what_is_said_of_a_passage_is_true_of_it(one, other, shared):
    documents = {"甲": f"{one}{shared}{other}。", "乙": f"{other}{shared}{one}。"}
    found = found_in(documents, min_same=6, k=3, w=2)
    if longest_common(*(text[:-1] for text in documents.values())) >= 6:
        assert len(found) > 0
    for row in found.itertuples():
        assert documents["甲"][row.start : row.end] == row.text
        assert documents["乙"][row.other_start : row.other_end] == row.other_text
        assert row.n_same <= in_common(row.text, row.other_text)
        assert row.n_same > 2 / 3 * max(row.n_chars, row.other_n_chars) or row.similarity > 2 / 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FEW, FEW), min_size=1, max_size=5))
def test_alignment_agrees_with_brute_force(pairs):
    def codes(texts, filler):
        width = max(map(len, texts))
        return np.array([[*map(ord, text), *[filler] * (width - len(text))] for text in texts], dtype=np.int64).reshape(
            len(texts), width
        )

    one, other = zip(*pairs, strict=True)
    whole = align(codes(one, -1), codes(other, -2), whole=True)
    free = align(codes(one, -1), codes(other, -2), whole=False)
    for at, (left, right) in enumerate(pairs):
        best = {(i, j): score(left[:i], right[:j]) for i in range(len(left) + 1) for j in range(len(right) + 1)}
        assert whole.score[at] == best[len(left), len(right)]
        assert free.score[at] == max(best.values())
        assert best[free.used[at], free.used_other[at]] == free.score[at]


def score(one: str, other: str) -> int:
    """The best score of an alignment from end to end: Needleman and Wunsch's recurrence, cell by cell."""
    row = [-2 * at for at in range(len(other) + 1)]
    for letter in one:
        new = [row[0] - 2]
        for at, char in enumerate(other):
            new.append(max(row[at] + (1 if letter == char else -2), row[at + 1] - 2, new[-1] - 2))
        row = new
    return row[-1]


# --- shares ---


def test_shares_are_of_each_side_and_carry_intervals(profile):
    documents = {"甲": f"{COPIED}。{profile[0]}", "乙": f"{COPIED}。{profile[1][:300]}", "丙": "别的话。没有相同之处。"}
    sentences = table(documents)
    found = passages(sentences)
    shares = pair_shares(found, sentences, n_resamples=200).set_index(["plan", "other"])
    assert len(shares) == 6
    one, other = shares.loc[("甲", "乙")], shares.loc[("乙", "甲")]
    assert one["n_shared"] == other["n_shared"] == found["n_chars"].iloc[0]
    assert one["share"] < other["share"]
    assert one["share"] == one["n_shared"] / one["n_chars"]
    assert one["low"] <= one["share"] <= one["high"]
    assert one["low"] < one["high"]
    assert (shares.loc[("甲", "丙"), ["n_passages", "n_shared", "share"]] == 0).all()


def test_what_is_shared_with_several_others_counts_once_in_the_share_of_all():
    sentences = table({"甲": f"{COPIED}。这里是甲自己的话。", "乙": f"{COPIED}。", "丙": f"{COPIED}。"})
    found = passages(sentences)
    shares = document_shares(found, sentences, n_resamples=20).set_index("plan")
    n_copied = found["n_chars"].iloc[0]
    assert shares["n_passages"].tolist() == [2, 2, 2]
    assert shares["n_shared"].tolist() == [n_copied] * 3
    assert shares.loc["甲", "share"] == n_copied / (n_copied + len("这里是甲自己的话"))
    assert shares.loc["乙", "share"] == 1.0


def test_what_several_passages_cover_counts_once():
    documents = {"甲": f"{COPIED}。", "乙": f"{COPIED}。别的话。{COPIED}。"}
    sentences = table(documents)
    shares = pair_shares(passages(sentences), sentences, n_resamples=20).set_index(["plan", "other"])
    assert shares.loc[("甲", "乙"), "n_passages"] == 2
    assert shares.loc[("甲", "乙"), "share"] == 1.0


def test_the_same_tables_on_every_run_and_in_any_order_of_rows(profile):
    sentences = table({"甲": profile[0] + COPIED, "乙": COPIED + profile[1]})
    found = passages(sentences)
    assert passages(sentences).equals(found)
    taking_turns = sentences.assign(turn=sentences.groupby("plan").cumcount()).sort_values("turn", kind="stable")
    again = passages(taking_turns.drop(columns="turn"))
    assert again.equals(found)

"""Terms numbered once a process: every plan's tokens are those that cutting it alone gives."""

import re

import pytest

from src.utils.words.segmenting import Segmenter
from src.utils.words.token_cache import cut_and_number
from src.utils.words.vocabulary import Vocabulary
from tests.generated_text import generated_text

SURROGATES = re.compile("[\ud800-\udfff]")
TERMS = {"上饶经开区": "ns", "“2+4+N”产业体系": "nz", "数字经济": "n"}


@pytest.mark.parametrize("private", [False, True])
def test_each_plan_is_as_if_cut_alone(private):
    segmenter = Segmenter(TERMS)
    vocabulary = Vocabulary(segmenter)
    for number in range(30):
        texts = [SURROGATES.sub("", generated_text(3 * number + at, tuple(TERMS))) for at in range(3)]
        texts = [text for text in texts if private or "\uf8fe" not in text] + (["信\uf8fe州"] if private else [])
        terms, ids, sizes = cut_and_number(texts, segmenter.cut)
        found = vocabulary.cut(texts)
        assert found.terms.to_pylist() == terms  # in the order in which they first stand
        assert found.term_ids.tolist() == ids.tolist()
        assert found.sizes.tolist() == sizes.tolist()
        assert [found.tags[at] for at in found.tag_ids] == segmenter.tags([terms[at] for at in ids])
        assert found.widths.tolist() == [len(terms[at]) for at in ids]


def test_a_plan_without_text():
    found = Vocabulary(Segmenter()).cut([])
    assert (found.terms.to_pylist(), found.tags, len(found.term_ids), len(found.sizes)) == ([], [], 0, 0)


def test_a_plan_that_is_no_text_leaves_nothing_behind():
    vocabulary = Vocabulary(Segmenter())
    whole = vocabulary.cut(["发展光伏。"]).terms.to_pylist()
    with pytest.raises(UnicodeEncodeError):
        vocabulary.cut(["新材料\ud800光伏"])
    assert vocabulary.cut(["发展光伏。"]).terms.to_pylist() == whole
    assert vocabulary.cut(["新材料光伏"]).terms.to_pylist() == ["新", "材料", "光伏"]

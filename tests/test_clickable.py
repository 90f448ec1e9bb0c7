"""Counts that open their sentences: every occurrence is there, text is escaped, wrong counts are refused."""

import html
import re

import pandas as pd
import pytest

from src.utils.errors import FigureError
from src.utils.figures.clickable import clickable
from src.utils.measures.frequency import count_terms
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.segmenting import Segmenter
from src.utils.words.token_tables import token_table


@pytest.fixture(scope="module")
def tokens(shangrao):
    return token_table(shangrao.sentences, segmenter_for(shangrao.settings))


def test_every_number_opens_as_many_lines_of_the_source(shangrao, tokens):
    counts = count_terms(tokens).query("term == '全省' or term == '光伏'")
    page = clickable(counts, tokens, shangrao.sentences, shangrao.sections)._repr_html_()
    for term, n in zip(counts["term"], counts["n"], strict=True):
        assert page.count(f"<mark>{term}</mark>") == n
        assert f"<summary>{n}</summary>" in page
    lines = {int(line) for line in re.findall(r"line (\d+)\)", page)}
    source = (shangrao.source.path).read_text(encoding="utf-8").split("\n")
    assert all("全省" in source[line - 1] or "光伏" in source[line - 1] for line in lines)
    assert "工业经济保持稳中向好" in page


def test_more_lines_than_are_kept_are_said(shangrao, tokens):
    counts = count_terms(tokens).query("term == '全省'")
    page = clickable(counts, tokens, shangrao.sentences, most_lines=3)._repr_html_()
    assert page.count("<mark>") == 3
    assert f"… {counts['n'].iloc[0] - 3} more" in page


def test_text_is_escaped():
    text = "<script>甲&乙</script>甲。"
    sentences = pd.DataFrame(
        {
            "plan": "p",
            "sentence": [0],
            "section": [0],
            "start": [0],
            "end": [len(text)],
            "source_line": [1],
            "page": pd.NA,
            "text": [text],
        }
    )
    tokens = token_table(sentences, Segmenter({}))
    counts = count_terms(tokens).query("term == '甲'")
    page = clickable(counts, tokens, sentences)._repr_html_()
    assert "<script>" not in page
    assert html.escape("<script>") in page


def test_counts_of_other_tokens_are_refused(shangrao, tokens):
    counts = count_terms(tokens).head(1).assign(n=1)
    with pytest.raises(FigureError, match="is counted 1 times, but stands"):
        clickable(counts, tokens, shangrao.sentences)
    with pytest.raises(FigureError, match="needs the columns term and n"):
        clickable(counts, tokens, shangrao.sentences, columns=["term"])

"""Which words keep company: within a window around a word, next to each other, or in the same sentence.

All measures come from a 2×2 table of what was observed (rows: the first event and its absence, columns: the second):

                     second        not second
    first            o11           o12             r1
    not first        o21           o22             r2
                     c1            c2              n

with e11 = r1 c1 / n, the count expected were the two independent. What is counted differs:

    collocates       n: words of the text but for the node itself. first: the word stands in a window around a node (two
                     windows that overlap are one, so no word counts twice). second: it is this collocate.
    adjacent_pairs   n: pairs of words that follow each other. first: the pair begins with the one word. second: it ends
                     with the other.
    cooccurrence     n: sentences (or paragraphs, sections …). first, second: it holds the word, however often.

    pmi       log2(o11 / e11)                      how many times twice as often as by chance; loves rare words
    npmi      pmi / -log2(o11 / n)                 from -1 to 1, 1 where neither stands without the other
    t         (o11 - e11) / sqrt(o11)              how sure it is that there is an attraction; loves frequent words
    g2        contingency.g2_4cell                 the same, two-sided: `direction` says which way
    phi2      contingency.phi2                     from 0 to 1
    delta_p   o11 / r1 - o21 / r2                  how much likelier the second is with the first than without
    delta_p_reverse   o11 / c1 - o12 / c2          how much likelier the first is with the second than without

Pairs that were never observed have no row. Where an event is everywhere nothing can be told of it: npmi is 0 where both
are, delta_p where the first is, delta_p_reverse where the second is. Church and Hanks (1990) for pmi; Church, Gale,
Hanks and Hindle (1991) for t; Bouma (2009) for npmi; Evert (2008) for the kinds of co-occurrence; Gries (2013) for ΔP.
"""

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, triu

from src.utils.measures import contingency
from src.utils.measures.frequency import ngrams
from src.utils.measures.sentence_terms import SENTENCE, UNIT, Floats, Ints, punctuation_mask, sentence_terms

MEASURES: Final = ["e11", "direction", "pmi", "npmi", "t", "g2", "phi2", "delta_p", "delta_p_reverse"]
TABLE: Final = ["o11", "r1", "c1", "n"]
COLLOCATES: Final = ["node", "term", *TABLE, "n_sentences", *MEASURES]
PAIRS: Final = ["first", "second", *TABLE, *MEASURES]


def association(o11: Floats | Ints, r1: Floats | Ints | int, c1: Floats | Ints, n: int) -> pd.DataFrame:
    """The measures at the head of this file for many tables at once: columns MEASURES.

    o11: at least 1. Raises ValueError for an o11 of 0 and for margins that cannot be (o11 above r1 or c1, r1 + c1 - o11
    above n).
    """
    joint = np.asarray(o11, dtype=np.float64)
    row, column = np.broadcast_to(np.asarray(r1, dtype=np.float64), joint.shape), np.asarray(c1, dtype=np.float64)
    table = contingency.Cells(joint, row - joint, column - joint, n - row - column + joint)
    if (joint <= 0).any():
        raise ValueError("a pair that was never observed has no association: leave it out")
    if any((cell < 0).any() for cell in table):
        raise ValueError("counts that cannot be: a pair stands more often than its words, or words than the text has")
    expected = table.expected()[0]
    pmi = np.log2(joint / expected)
    information = -np.log2(joint / n)
    return pd.DataFrame(
        {
            "e11": expected,
            "direction": contingency.direction(table),
            "pmi": pmi,
            "npmi": _ratio(pmi, information),
            "t": (joint - expected) / np.sqrt(joint),
            "g2": contingency.g2_4cell(table),
            "phi2": contingency.phi2(table),
            "delta_p": np.where(row < n, table.o11 / row - _ratio(table.o21, n - row), 0.0),
            "delta_p_reverse": np.where(column < n, table.o11 / column - _ratio(table.o12, n - column), 0.0),
        }
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    """Above by below, 0 where below is 0."""
    result: Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return result


def collocates(
    tokens: pd.DataFrame, node: str | Collection[str], *, left: int = 5, right: int = 5, min_n: int = 1
) -> pd.DataFrame:
    """Measure every word that stands within `left` words before or `right` words after a node: columns COLLOCATES.

    tokens: all of them, in any order; give a table without stop words only where the window shall reach over them.
    Punctuation takes no place in a window and does not end it; the sentence's end does. node: a term, or several that
    count as one (a county's names). Node words are never collocates. n_sentences: sentences in which the collocate
    stands in a window. min_n: collocates seen less often together with the node are left out.

    Rows by falling g2 with the sign of direction, ties by falling o11, then in code-point order; none where the node is
    not in the text. Raises ValueError for a window of no words.
    """
    if left < 0 or right < 0 or left + right == 0:
        raise ValueError(f"a window of {left} words to the left and {right} to the right: give at least one")
    nodes = {node} if isinstance(node, str) else set(node)
    words = tokens[~punctuation_mask(tokens["term"])].sort_values([*SENTENCE, "position"], kind="stable")
    sentence = words.groupby(SENTENCE, sort=False).ngroup().to_numpy()
    codes, different = pd.factorize(words["term"])
    is_node = np.isin(codes, np.flatnonzero(different.isin(nodes)))
    in_window = _windows(np.flatnonzero(is_node), sentence, left, right) & ~is_node
    n_terms = len(different)
    o11 = np.bincount(codes[in_window], minlength=n_terms)
    c1 = np.bincount(codes[~is_node], minlength=n_terms)
    in_sentences = np.unique(np.stack([codes[in_window], sentence[in_window]]), axis=1)[0]
    n_sentences = np.bincount(in_sentences, minlength=n_terms)
    seen = np.flatnonzero(o11 >= max(min_n, 1))
    r1, n = int(in_window.sum()), int((~is_node).sum())
    table = pd.DataFrame(
        {
            "node": " ".join(sorted(nodes)),
            "term": different[seen].astype(object),
            "o11": o11[seen],
            "r1": r1,
            "c1": c1[seen],
            "n": n,
            "n_sentences": n_sentences[seen],
        }
    )
    return _ranked(table.join(association(o11[seen], r1, c1[seen], n)), ["term"])[COLLOCATES]


def _windows(nodes: NDArray[np.int_], sentence: NDArray[np.integer], left: int, right: int) -> NDArray[np.bool_]:
    """Mark the places of all words that stand in a window of a node in its sentence."""
    marked = np.zeros(len(sentence), dtype=bool)
    for offset in [*range(-left, 0), *range(1, right + 1)]:
        places = nodes + offset
        inside = (places >= 0) & (places < len(sentence))
        places, origin = places[inside], nodes[inside]
        marked[places[sentence[places] == sentence[origin]]] = True
    return marked


def adjacent_pairs(tokens: pd.DataFrame, *, min_n: int = 1) -> pd.DataFrame:
    """Measure every pair of words that follow each other, in their order: columns PAIRS.

    tokens: all of them; a pair never reaches over punctuation, a sentence's end or a token that is not in the table
    (frequency.ngrams). min_n: pairs that stand less often are left out. Rows by falling g2 with the sign of direction,
    ties by falling o11, then in code-point order.
    """
    separator = "\x1f"
    pairs = ngrams(tokens, 2, end_layers=(), separator=separator)["term"]
    codes, different = pd.factorize(pairs)
    o11 = np.bincount(codes, minlength=len(different))
    words = pd.DataFrame([pair.split(separator) for pair in different], columns=["first", "second"])
    table = words.assign(o11=o11, n=int(o11.sum()))
    table = table.assign(
        r1=table.groupby("first")["o11"].transform("sum"), c1=table.groupby("second")["o11"].transform("sum")
    )
    table = table[table["o11"] >= max(min_n, 1)].reset_index(drop=True)
    o, r, c = (table[name].to_numpy(dtype=np.int64) for name in ("o11", "r1", "c1"))
    return _ranked(table.join(association(o, r, c, int(o11.sum()))), ["first", "second"])[PAIRS]


def cooccurrence(
    tokens: pd.DataFrame, within: pd.DataFrame | None = None, *, min_n: int = 2, terms: Collection[str] | None = None
) -> pd.DataFrame:
    """Measure every two words by how many sentences hold both: columns PAIRS, the two in code-point order.

    within: a grouping (paragraphs, sections …) whose units are counted in place of sentences; sentences in none of its
    units are left out. n: the units that hold a word at all. min_n: pairs in fewer units are left out. terms: measure
    these alone, such as the content words; None for all. Rows as in adjacent_pairs. delta_p is that of the second word
    given the first. Time and memory grow with the pairs of words in each unit: over long units give terms.
    """
    text = sentence_terms(tokens)
    holds = text.counts
    if within is not None:
        holds = text.membership(within, within[UNIT].drop_duplicates(ignore_index=True)) @ holds
    present = csr_matrix((holds > 0).astype(np.int64))
    n = int((present.getnnz(axis=1) > 0).sum())
    chosen = np.arange(len(text.terms)) if terms is None else np.flatnonzero(np.isin(text.terms, list(terms)))
    present = present[:, chosen]
    frequent = np.flatnonzero(present.getnnz(axis=0) >= max(min_n, 1))
    present, names = csr_matrix(present[:, frequent]), text.terms[chosen[frequent]]
    in_units = present.getnnz(axis=0)
    both = triu(present.T @ present, k=1).tocoo()
    kept = both.data >= max(min_n, 1)
    first, second, o11 = both.row[kept], both.col[kept], both.data[kept]
    r1, c1 = in_units[first].astype(np.int64), in_units[second].astype(np.int64)
    table = pd.DataFrame({"first": names[first], "second": names[second], "o11": o11, "r1": r1, "c1": c1, "n": n})
    return _ranked(table.join(association(o11, r1, c1, n)), ["first", "second"])[PAIRS]


def _ranked(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    order = table.assign(_by=table["g2"] * table["direction"])
    ascending = [False, False, *[True] * len(names)]
    rows = order.sort_values(["_by", "o11", *names], ascending=ascending, kind="stable").index
    return table.loc[rows].reset_index(drop=True)

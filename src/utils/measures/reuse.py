"""Text reuse: passages that two documents share, word for word or nearly, with the place of each in both.

A passage is a stretch of letters and numbers (marks and spaces left out, a number one letter: measures.letters), also
over the ends of sentences, in which more than two thirds of the letters are the same in the same order. It is found by
the strings of k letters that both share (measures.fingerprints), joined where what lies between them is alike enough
and drawn out to both sides (measures.alignment). Which of two documents had it first is not said: both may have it from
a third, and what many documents share is a formula of the genre (n_documents).
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.utils.measures.alignment import align
from src.utils.measures.fingerprints import Anchors, Documents, Fingerprints
from src.utils.measures.letters import SEPARATOR, hash_strings
from src.utils.measures.sentence_terms import Ints
from src.utils.measures.uncertainty import LEVEL, N_RESAMPLES, resampled_ratio, strata_of
from src.utils.measures.unit_texts import generator_of

K: Final = 6
"""Letters a string must share with another document to be looked at; with W = 4, nine letters in a row always are."""

W: Final = 4
MIN_SAME: Final = 20
"""Letters in common that make a passage. Shorter strings are shared by chance and by the words of the genre: see
lengths_by_chance."""

MAX_DOCUMENTS: Final = 50
FORMULA: Final = 3
"""A passage that stands in so many documents or more is a formula; one in fewer is shared by these two alone."""

SIDE: Final = ["sentence", "last_sentence", "section", "source_line", "start", "end", "n_chars", "text"]
PASSAGES: Final = [
    "plan",
    "other",
    "n_same",
    "n_edits",
    "similarity",
    "n_documents",
    *SIDE,
    *(f"other_{name}" for name in SIDE),
]
SHARES: Final = ["plan", "other", "n_passages", "longest", "n_chars", "n_shared", "share", "low", "high"]
DOCUMENT_SHARES: Final = ["plan", "n_passages", "n_chars", "n_shared", "share", "low", "high"]
LENGTHS: Final = ["n_chars", "observed", "in_two", "letters_dealt", "letters_most", "words_dealt", "words_most"]

_GAP: Final = 40  # letters between two strings of one passage
_LOOK_BACK: Final = 8
_REACH: Final = 32  # letters that are looked at on each side of a passage at a time
_LONE: Final = 0.5  # a string by itself is drawn out where it has this part of the letters asked for


class _Spans(NamedTuple):
    """Passages by the places of their first letters and of those after their last; same and edits within."""

    here: Ints
    here_end: Ints
    there: Ints
    there_end: Ints
    same: Ints

    def taken(self, which: NDArray[np.generic]) -> "_Spans":
        return _Spans(*(column[which] for column in self))


def passages(
    sentences: pd.DataFrame,
    *,
    min_same: int = MIN_SAME,
    max_documents: int = MAX_DOCUMENTS,
    k: int = K,
    w: int = W,
) -> pd.DataFrame:
    """Find the passages that any two documents share: columns PASSAGES, a row for each.

    sentences: columns plan, sentence, section, source_line, start, text; each plan is a document. min_same: letters in
    common, at least. max_documents: strings that more documents have are not looked for. n_same: letters in common;
    n_edits: those of the longer side that are not; similarity: twice n_same, by the letters of both sides. n_documents:
    in how many documents the passage's strings stand, their median. `start` and `end` are offsets into each plan's
    cleaned text. `plan` is the one that comes first in the table: that says nothing of who wrote it first. Rows by
    plan, other, and place. Raises ValueError for k below 2, and min_same below k.
    """
    if min_same < k:
        raise ValueError(f"passages of {min_same} letters cannot be found by strings of {k}: give a smaller k")
    documents = Documents.of(sentences)
    prints = Fingerprints(documents, k, w)
    spans = _spans(documents, prints.anchors(max_documents), min_same)
    return _table(sentences, documents, spans, _n_documents(prints, spans))


def _spans(documents: Documents, anchors: Anchors, min_same: int) -> _Spans:
    before = _linked(documents, anchors)
    chains = _chained(documents, anchors, before)
    lone = chains.same >= _LONE * min_same
    spans = _extended(documents, chains.taken(np.flatnonzero(lone)))
    spans = spans.taken(np.flatnonzero(spans.same >= min_same))
    return spans.taken(_not_inside_another(documents, spans))


def _linked(documents: Documents, anchors: Anchors) -> Ints:
    """For each anchor the one before it in the same passage, -1 where there is none; none is before two.

    Of those whose strings end at most _GAP letters before in both documents, the nearest; the longer of two as near.
    """
    here, there, length = anchors
    n = len(here)
    one, other = documents.document[here], documents.document[there]
    cost = np.full(n, np.iinfo(np.int64).max)
    before = np.full(n, -1, dtype=np.int64)
    for back in range(1, min(_LOOK_BACK, n - 1) + 1 if n > 1 else 1):
        first, last = np.arange(n - back), np.arange(back, n)
        gap = here[last] - here[first] - length[first]
        gap_other = there[last] - there[first] - length[first]
        overlap = np.maximum(np.maximum(-gap, -gap_other), 0)
        fits = (one[first] == one[last]) & (other[first] == other[last])
        fits &= (gap <= _GAP) & (gap_other <= _GAP) & (overlap < np.minimum(length[last], length[first]))
        fits &= (here[last] > here[first]) & (there[last] > there[first])
        price = np.abs(gap) + np.abs(gap_other) + np.abs(gap - gap_other)
        better = fits & (price < cost[last])
        cost[last[better]], before[last[better]] = price[better], first[better]
    return _once_each(before, cost)


def _once_each(before: Ints, cost: Ints) -> Ints:
    """Keep of several that have the same one before them the nearest, then the first."""
    linked = np.flatnonzero(before >= 0)
    order = linked[np.lexsort((linked, cost[linked], before[linked]))]
    kept = order[np.diff(before[order], prepend=-1) != 0]
    alone = np.full(len(before), -1, dtype=np.int64)
    alone[kept] = before[kept]
    return alone


def _chained(documents: Documents, anchors: Anchors, before: Ints) -> _Spans:
    """Join linked anchors where what lies between costs less than what is on either side gains."""
    here, there, length = (column.copy() for column in anchors)
    linked = np.flatnonzero(before >= 0)
    first = before[linked]
    overlap = np.maximum(
        np.maximum(here[first] + length[first] - here[linked], there[first] + length[first] - there[linked]), 0
    )
    here[linked], there[linked], length[linked] = (
        here[linked] + overlap,
        there[linked] + overlap,
        length[linked] - overlap,
    )
    ends, other_ends = here[first] + length[first], there[first] + length[first]
    between = align(
        _letters(documents, ends, here[linked] - ends, filler=-1),
        _letters(documents, other_ends, there[linked] - other_ends, filler=-2),
        whole=True,
    )
    score, same = np.zeros(len(here), dtype=np.int64), np.zeros(len(here), dtype=np.int64)
    score[linked], same[linked] = between.score, between.same
    chains: dict[int, list[int]] = {}
    chain_of: list[int] = []
    for at, previous in enumerate(before.tolist()):  # the one before stands before it in the table
        chain_of.append(chain_of[previous] if previous >= 0 else at)
        chains.setdefault(chain_of[at], []).append(at)
    gains, losses, common = length.tolist(), score.tolist(), same.tolist()  # plain numbers: taken one by one
    rows = []
    for members in chains.values():
        for begin, end in _stretches([gains[at] for at in members], [losses[at] for at in members[1:]]):
            within = members[begin : end + 1]
            in_all = sum(gains[at] for at in within) + sum(common[at] for at in within[1:])
            rows.append((within[0], within[-1], in_all))
    firsts, lasts, in_common = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return _Spans(here[firsts], here[lasts] + length[lasts], there[firsts], there[lasts] + length[lasts], in_common)


def _stretches(gains: Sequence[int], losses: Sequence[int]) -> list[tuple[int, int]]:
    """Cut a chain into stretches, each worth more than any longer or shorter one around it: first and last member.

    gains: of the members. losses: of what lies between two, zero or below for what is unlike.
    """
    found = []
    first = 0
    while first < len(gains):
        total, best, last = gains[first], gains[first], first
        for at in range(first + 1, len(gains)):
            total += losses[at - 1]
            if total <= 0:
                break
            total += gains[at]
            if total > best:
                best, last = total, at
        found.append((first, last))
        first = last + 1
    return found


def _letters(documents: Documents, begins: Ints, sizes: Ints, *, filler: int, step: int = 1) -> Ints:
    """So many codes from each place on (step 1) or back from it (-1), filled up where they or the document end.

    Shape (n, most of sizes). filler: below 0, another one for each side, so that no two of them are equal.
    """
    width = int(sizes.max(initial=0))
    places = begins[:, None] + step * np.arange(width)
    inside = (np.arange(width) < sizes[:, None]) & (places >= 0) & (places < len(documents.codes))
    codes = documents.codes[np.where(inside, places, 0)]
    inside &= np.minimum.accumulate(inside & (codes < SEPARATOR), axis=1)
    return np.where(inside, codes, filler)


def _extended(documents: Documents, spans: _Spans) -> _Spans:
    """Draw the passages out on both sides as far as it pays, within their documents."""
    here, here_end, there, there_end, same = (column.copy() for column in spans)
    for step in (1, -1):
        live = np.arange(len(here))
        while len(live):
            begin = here_end[live] if step == 1 else here[live] - 1
            begin_other = there_end[live] if step == 1 else there[live] - 1
            room = np.full(len(live), _REACH)
            found = align(
                _letters(documents, begin, room, filler=-1, step=step),
                _letters(documents, begin_other, room, filler=-2, step=step),
                whole=False,
            )
            if step == 1:
                here_end[live] += found.used
                there_end[live] += found.used_other
            else:
                here[live] -= found.used
                there[live] -= found.used_other
            same[live] += found.same
            live = live[np.minimum(found.used, found.used_other) > _REACH // 2]
    return _Spans(here, here_end, there, there_end, same)


def _not_inside_another(documents: Documents, spans: _Spans) -> NDArray[np.bool_]:
    """Mark the passages of which at most half lies, in both documents, in one of the same two with more in common."""
    keep = np.ones(len(spans.here), dtype=bool)
    if not len(keep):
        return keep
    one, other = documents.document[spans.here], documents.document[spans.there]
    order = np.lexsort((spans.there, spans.here, -spans.same, other, one))
    begins = np.flatnonzero((np.diff(one[order], prepend=-1) != 0) | (np.diff(other[order], prepend=-1) != 0))
    ends = list(zip(*(column.tolist() for column in spans[:4]), strict=True))  # plain numbers: taken one by one
    for begin, end in zip(begins, np.append(begins[1:], len(order)), strict=True):
        kept: list[tuple[int, int, int, int]] = []
        for at in order[begin:end].tolist():
            if any(_overlap(ends[at], better) for better in kept):
                keep[at] = False
            else:
                kept.append(ends[at])
    return keep


def _overlap(span: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether more than half of a passage lies in another on both sides: here, here_end, there, there_end of each."""
    here, here_end, there, there_end = span
    shared = min(here_end, other[1]) - max(here, other[0])
    shared_there = min(there_end, other[3]) - max(there, other[2])
    return 2 * shared > here_end - here and 2 * shared_there > there_end - there


def _n_documents(prints: Fingerprints, spans: _Spans) -> Ints:
    """The median number of documents that have the shared strings of each passage, rounded up; at least two."""
    shared = prints.n_documents >= 2
    places, n_documents = prints.places[shared], prints.n_documents[shared]
    first = np.searchsorted(places, spans.here)
    last = np.searchsorted(places, spans.here_end - prints.k, side="right")
    return np.array(
        [
            max(2, int(np.ceil(np.median(n_documents[begin:end])))) if end > begin else 2
            for begin, end in zip(first, last, strict=True)
        ],
        dtype=np.int64,
    )


def _table(sentences: pd.DataFrame, documents: Documents, spans: _Spans, n_documents: Ints) -> pd.DataFrame:
    sides = [
        _side(sentences, documents, begin, end)
        for begin, end in ((spans.here, spans.here_end), (spans.there, spans.there_end))
    ]
    names = np.array([*documents.names, ""], dtype=object)
    size, size_other = spans.here_end - spans.here, spans.there_end - spans.there
    table = pd.DataFrame(
        {
            "plan": names[documents.document[spans.here]],
            "other": names[documents.document[spans.there]],
            "n_same": spans.same,
            "n_edits": np.maximum(size, size_other) - spans.same,
            "similarity": 2 * spans.same / np.maximum(size + size_other, 1),
            "n_documents": n_documents,
            **sides[0],
            **{f"other_{name}": column for name, column in sides[1].items()},
        },
        columns=PASSAGES,
    )
    order = np.lexsort((spans.there, spans.here, documents.document[spans.there], documents.document[spans.here]))
    return table.iloc[order].reset_index(drop=True)


def _side(sentences: pd.DataFrame, documents: Documents, begin: Ints, end: Ints) -> dict[str, object]:
    """Where passages stand in one of their documents: columns SIDE."""
    first, last = documents.sentence[begin], documents.sentence[end - 1]
    texts, plans = sentences["text"].tolist(), documents.document
    of_plan = pd.factorize(sentences["plan"])[0]
    column = {name: sentences[name].to_numpy() for name in ("sentence", "section", "source_line", "start")}
    cut, cut_end = documents.start[begin], documents.stop[end - 1]
    rows_of = {int(plan): np.flatnonzero(of_plan == plan) for plan in np.unique(plans[begin])}
    written = []
    for at in range(len(begin)):
        rows = rows_of[int(plans[begin[at]])]
        within = rows[np.searchsorted(rows, first[at]) : np.searchsorted(rows, last[at]) + 1]
        joined = "".join(texts[row] for row in within[:-1]) + texts[within[-1]][: cut_end[at]]
        written.append(joined[cut[at] :])
    return {
        "sentence": column["sentence"][first],
        "last_sentence": column["sentence"][last],
        "section": column["section"][first],
        "source_line": column["source_line"][first],
        "start": column["start"][first] + cut,
        "end": column["start"][last] + cut_end,
        "n_chars": end - begin,
        "text": np.array(written, dtype=object),
    }


def pair_shares(
    found: pd.DataFrame,
    sentences: pd.DataFrame,
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """Of each document the share that stands in passages with each other one: columns SHARES.

    found: rows of `passages`, all or some (those that are no formula). Two rows for each two documents, one from each
    side; two that share nothing have them too. n_chars: letters and numbers of `plan`; n_shared: those in passages with
    `other`, each counted once; longest: the most letters in common of one passage. The interval resamples the sentences
    of `plan`; where nothing is shared, or all, it has no width and says nothing of how sure that is.
    """
    documents = Documents.of(sentences)
    covered = _covered(found, documents, sentences)
    n_passages, longest = _per_pair(found, documents.names)
    rows = []
    for at, plan in enumerate(documents.names):
        own = np.flatnonzero(sentences["plan"].to_numpy() == plan)
        low, high = _interval(covered, documents, sentences, own, n_resamples=n_resamples, level=level, seed=seed)
        n_chars = int(documents.n_chars[own].sum())
        for of, other in enumerate(documents.names):
            if of != at:
                n_shared = int(covered[own, of].sum())
                share = n_shared / n_chars if n_chars else 0.0
                told = n_passages[at, of], longest[at, of], n_chars, n_shared, share, low[of], high[of]
                rows.append((plan, other, *told))
    return pd.DataFrame(rows, columns=SHARES)


def document_shares(
    found: pd.DataFrame,
    sentences: pd.DataFrame,
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """Of each document the share that stands in passages with any other: columns DOCUMENT_SHARES.

    Arguments and columns as in pair_shares; a letter shared with several others counts once.
    """
    documents = Documents.of(sentences)
    covered = np.minimum(_covered(found, documents, sentences, together=True)[:, 0], documents.n_chars)
    rows = []
    for plan in documents.names:
        own = np.flatnonzero(sentences["plan"].to_numpy() == plan)
        low, high = _interval(covered, documents, sentences, own, n_resamples=n_resamples, level=level, seed=seed)
        n_chars, n_shared = int(documents.n_chars[own].sum()), int(covered[own].sum())
        n_passages = int(((found["plan"] == plan) | (found["other"] == plan)).sum())
        share = n_shared / n_chars if n_chars else 0.0
        rows.append((plan, n_passages, n_chars, n_shared, share, float(low), float(high)))
    return pd.DataFrame(rows, columns=DOCUMENT_SHARES)


def _interval(
    covered: Ints, documents: Documents, sentences: pd.DataFrame, own: Ints, **resampling: Any
) -> tuple[Any, Any]:
    """The ends of the interval of a document's share; own: its rows among the sentences."""
    strata = strata_of(sentences.iloc[own][["plan"]]).codes
    return resampled_ratio(covered[own], documents.n_chars[own], strata, **resampling)


def _per_pair(found: pd.DataFrame, names: Sequence[str]) -> tuple[Ints, Ints]:
    """How many passages each two documents share, and the most letters in common of one."""
    number, longest = np.zeros((2, len(names), len(names)), dtype=np.int64)
    index = pd.Index(names)
    one, other = (index.get_indexer(pd.Index(found[side])) for side in ("plan", "other"))
    for first, second in ((one, other), (other, one)):
        np.add.at(number, (first, second), 1)
        np.maximum.at(longest, (first, second), found["n_same"].to_numpy(dtype=np.int64))
    return number, longest


def _covered(
    found: pd.DataFrame, documents: Documents, sentences: pd.DataFrame, *, together: bool = False
) -> NDArray[np.int64]:
    """Letters of each sentence that stand in passages with each other document, shape (n_sentences, n_documents).

    together: with any of them, each letter once, in the first column.
    """
    index = pd.Index(documents.names)
    here = np.flatnonzero(documents.sentence >= 0)
    offset = np.full(len(documents.codes), -1, dtype=np.int64)
    offset[here] = sentences["start"].to_numpy()[documents.sentence[here]] + documents.start[here]
    covered = np.zeros((len(sentences), len(documents.names)), dtype=np.int64)
    marks: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for side, against, prefix in (("plan", "other", ""), ("other", "plan", "other_")):
        rows = zip(
            index.get_indexer(pd.Index(found[side])),
            index.get_indexer(pd.Index(found[against])),
            found[f"{prefix}start"],
            found[f"{prefix}end"],
            strict=True,
        )
        for one, other, start, end in rows:
            marks.setdefault((int(one), 0 if together else int(other)), []).append((int(start), int(end)))
    for (plan, against_plan), spans in marks.items():
        places = np.flatnonzero(documents.document == plan)
        edge = np.zeros(len(places) + 1, dtype=np.int64)
        starts, ends = np.searchsorted(offset[places], np.array(spans).T)
        np.add.at(edge, starts, 1)
        np.add.at(edge, ends, -1)
        within = places[np.cumsum(edge)[:-1] > 0]
        covered[:, against_plan] += np.bincount(documents.sentence[within], minlength=len(sentences))
    return covered


def lengths_by_chance(
    sentences: pd.DataFrame,
    tokens: pd.DataFrame,
    lengths: Sequence[int] = (4, 6, 8, 10, 12, 15, 20, 30, 40),
    *,
    n_shuffles: int = 5,
    seed: int = 0,
) -> pd.DataFrame:
    """How many different strings of each length two documents or more have, as written and by chance: columns LENGTHS.

    observed: strings of n_chars letters in the documents as they are; in_two: those of them that stand in exactly two.
    letters_dealt, words_dealt: the mean number where the letters, or the words, of each document are put in random
    order, so that what is left is chance, or chance and the length of words; letters_most, words_most: the most of
    n_shuffles such orders. A length whose words_most is 0 is no accident of wording. Whether it is a formula, chance
    cannot tell: in_two does.

    sentences: columns plan, text. tokens: columns plan, term, of the same documents.
    """
    observed = Documents.of(sentences)
    rng = generator_of(seed, "reuse")
    dealt: dict[str, list[list[int]]] = {"letters": [], "words": []}
    words = [(plan, rows["term"].to_numpy(dtype=object)) for plan, rows in tokens.groupby("plan", sort=False)]
    for _ in range(n_shuffles):
        dealt["letters"].append([shared for shared, _ in _shared_strings(_letters_dealt(observed, rng), lengths)])
        texts = [(plan, "".join(rng.permutation(terms))) for plan, terms in words]
        shuffled = Documents.of(pd.DataFrame(texts, columns=["plan", "text"]))
        dealt["words"].append([shared for shared, _ in _shared_strings(shuffled, lengths)])
    found = np.array(_shared_strings(observed, lengths), dtype=np.int64).reshape(-1, 2)
    columns = {"n_chars": list(lengths), "observed": found[:, 0], "in_two": found[:, 1]}
    for kind, counts in dealt.items():
        table = np.array(counts).reshape(n_shuffles, -1)
        columns |= {f"{kind}_dealt": table.mean(axis=0), f"{kind}_most": table.max(axis=0)}
    return pd.DataFrame(columns, columns=LENGTHS)


def _letters_dealt(documents: Documents, rng: np.random.Generator) -> Documents:
    codes = documents.codes.copy()
    for at in range(len(documents.names)):
        own = np.flatnonzero(documents.document == at)
        codes[own] = rng.permutation(codes[own])
    return Documents(
        documents.names,
        codes,
        documents.document,
        documents.sentence,
        documents.start,
        documents.stop,
        documents.n_chars,
    )


def _shared_strings(documents: Documents, lengths: Sequence[int]) -> list[tuple[int, int]]:
    """For each length the number of different strings that stand in two documents or more, and in exactly two."""
    found = {}
    shared = np.ones(len(documents.codes), dtype=bool)
    for length in sorted({*lengths}):  # a string is shared only where the shorter one that it begins with is
        hashes, valid = hash_strings(documents.codes, length)
        at = np.flatnonzero(valid & shared[: len(valid)])
        order = np.argsort(hashes[at], kind="stable")  # so that the documents of a string stay in their order
        string, document = hashes[at][order], documents.document[at][order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = string[1:] != string[:-1]
        another = new.copy()
        another[1:] |= document[1:] != document[:-1]
        begins = np.flatnonzero(new)
        in_documents = np.add.reduceat(another.astype(np.int64), begins) if len(begins) else begins
        found[length] = int((in_documents >= 2).sum()), int((in_documents == 2).sum())
        shared[:] = False
        shared[at[order[np.repeat(in_documents >= 2, np.diff(np.append(begins, len(order))))]]] = True
    return [found[length] for length in lengths]

"""Segmentation looked at before anything is counted: what was split, what a dictionary cannot do or does too much."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, NamedTuple

import pandas as pd

from src.utils.plans.cleaning import clean
from src.utils.plans.place_rules import lengths_of
from src.utils.words.dictionaries import LAYERS, Dictionaries
from src.utils.words.engines import Choice
from src.utils.words.phrases import MIN_COUNT, cut_of, find_phrases
from src.utils.words.segmenting import UNKNOWN_TAG, Segmenter

SPLIT: Final = ["term", "layer", "kind", "cut", "n", "n_whole", "sentence", "text"]
NEVER: Final = ["term", "layer", "why", "source"]
MOVED: Final = ["term", "layer", "without", "with", "n", "sentence", "text"]
UNKNOWN: Final = ["string", "kind", "n", "sentence", "text"]
CHANGES: Final = ["layer", "n_terms", "n_found", "n_before", "n_after", "n_sentences", "examples"]

ALL: Final = "all"
"""The row of CHANGES that sets all layers together against plain jieba."""

N_EXAMPLES: Final = 3

MANY_CHARACTERS: Final = 200_000
"""From here on segmenters made for a comparison use the faster engine, which takes longer to start."""

FRAMES: Final = ("以{}为重点", "和{}的合作", "（{}）")
"""Ways to stand in a text: an entry that is kept whole in none of them can never match."""

_SENTENCE_ENDS: Final = re.compile(r"[。！？!?\n]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_GRAMMAR: Final = frozenset(("c", "d", "f", "m", "mq", "p", "q", "r", "u", "ud", "uj", "ul", "uv", "uz", "y", "zg"))
"""Tags of single characters that are words by themselves, not pieces of an unknown one."""


@dataclass(frozen=True)
class SegmentationChecks:
    """What was found, a table each; `report` says it in short.

    split (columns SPLIT): terms that stand in the text and were not kept whole, by how they were cut. kind is "split"
    where one fell in pieces, "overlap" where another term took some of its characters, "across" where a word reaches
    over one of its ends, so that its letters may be there by chance (大数据 in 加大/数据). n_whole: how often it was
    kept whole.
    never (NEVER): entries that can never match, and why.
    moved (MOVED): entries that change the words beside them: the words without the entry and with it.
    unknown (UNKNOWN): words that no dictionary has and runs of single characters, most frequent first.
    phrases (phrases.PHRASES): likely terms that the dictionaries lack.
    layers (CHANGES): of each layer its terms, those that stand in the text, and the tokens that change when it alone is
    switched off: n_before without it, n_after with it, in n_sentences.
    problems (dictionaries.PROBLEMS): the wrong lines of the user's own file.
    """

    split: pd.DataFrame
    never: pd.DataFrame
    moved: pd.DataFrame
    unknown: pd.DataFrame
    phrases: pd.DataFrame
    layers: pd.DataFrame
    problems: pd.DataFrame
    n_sentences: int
    n_tokens: int

    def report(self, top: int = 5) -> list[str]:
        """The findings as lines to print before anything is counted, at most `top` of a kind."""
        return list(_report(self, top))


def check_segmentation(
    sentences: pd.DataFrame,
    dictionaries: Dictionaries,
    segmenter: Segmenter | None = None,
    *,
    reference: Iterable[str] = (),
    min_count: int = MIN_COUNT,
) -> SegmentationChecks:
    """Check how sentences are cut with the dictionaries; the tables are explained at SegmentationChecks.

    sentences: columns sentence and text. segmenter: the one to be used, which must have been made from the
    dictionaries; made here where not given. reference, min_count: as in phrases.find_phrases.
    """
    segmenter = segmenter or dictionaries.segmenter()
    text = _Text(sentences["sentence"].tolist(), sentences["text"].tolist())
    cuts = [segmenter.cut(sentence) for sentence in text.texts]
    stands = _stands(text.texts, dictionaries.terms)
    layer_of = _layer_of(dictionaries)
    return SegmentationChecks(
        split=_split(text, cuts, stands, layer_of),
        never=_never_matching(dictionaries, segmenter),
        moved=_moved(text, stands, dictionaries.terms, layer_of),
        unknown=_unknown(text, cuts, segmenter),
        phrases=find_phrases(sentences, segmenter, reference=reference, min_count=min_count),
        layers=_layer_changes(text, cuts, stands, dictionaries),
        problems=dictionaries.problems,
        n_sentences=len(text.texts),
        n_tokens=sum(map(len, cuts)),
    )


class _Text(NamedTuple):
    """The sentences and their numbers."""

    numbers: list[int]
    texts: list[str]


_Stands = Mapping[str, list[tuple[int, int]]]
"""For each term that stands in the text as a string: the row of the sentence and the offset in it, for each place."""


def _stands(texts: Sequence[str], terms: Collection[str]) -> _Stands:
    lengths = lengths_of([term for term in terms if len(term) > 1])
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, text in enumerate(texts):
        for at in range(len(text) - 1):
            for size in lengths.get(text[at : at + 2], ()):
                if text[at : at + size] in terms and at + size <= len(text):
                    found[text[at : at + size]].append((row, at))
    return found


def _layer_of(dictionaries: Dictionaries) -> dict[str, str]:
    first = dictionaries.entries.drop_duplicates("term")
    return dict(zip(first["term"], first["layer"], strict=True))


def _ends(tokens: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, tokens))]


def _split(text: _Text, cuts: Sequence[Sequence[str]], stands: _Stands, layer_of: Mapping[str, str]) -> pd.DataFrame:
    ends = [_ends(tokens) for tokens in cuts]
    whole: Counter[str] = Counter()
    found: dict[tuple[str, str, str], list[int]] = {}
    for term, places in stands.items():
        for row, at in places:
            edges = ends[row]
            inside = [edge for edge in edges if at < edge < at + len(term)]
            if not inside:
                whole[term] += 1
                continue
            cut = cut_of(cuts[row], at, len(term))
            if {at, at + len(term)} <= set(edges):
                kind = "split"
            else:
                kind = "overlap" if any(token in layer_of for token in cut.split("/")) else "across"
            found.setdefault((term, kind, cut), []).append(row)
    rows = [
        (term, layer_of[term], kind, cut, len(at), whole[term], text.numbers[at[0]], text.texts[at[0]])
        for (term, kind, cut), at in found.items()
    ]
    table = pd.DataFrame(rows, columns=SPLIT)
    kinds = table["kind"].map({"split": 0, "across": 1, "overlap": 2})
    ordered = table.assign(order=kinds).sort_values(["order", "n", "term", "cut"], ascending=[True, False, True, True])
    return ordered[SPLIT].reset_index(drop=True)


def _never_matching(dictionaries: Dictionaries, segmenter: Segmenter) -> pd.DataFrame:
    first = dictionaries.entries.drop_duplicates("term")
    rows = []
    for term, layer, source in zip(first["term"], first["layer"], first["source"], strict=True):
        why = _why_never(term, segmenter)
        if why:
            rows.append((term, layer, why, source))
    return pd.DataFrame(rows, columns=NEVER)


def _why_never(term: str, segmenter: Segmenter) -> str | None:
    """Why an entry can never match; None where it can."""
    if not _HAN.fullmatch(term):
        ending = _SENTENCE_ENDS.search(term)
        if ending:
            return f"a sentence ends at {ending[0]!r}"
        cleaned = clean(term).text
        if cleaned != term:
            return f"cleaning writes it {cleaned!r}"
    cuts = [segmenter.cut(frame.format(term)) for frame in FRAMES]
    if any(term in tokens for tokens in cuts):
        return None
    at = FRAMES[0].index("{")
    return f"cut {cut_of(cuts[0], at, len(term))}"


def _moved(text: _Text, stands: _Stands, tags: Mapping[str, str], layer_of: Mapping[str, str]) -> pd.DataFrame:
    """Cut with and without each entry that stands in the text.

    Entries that share no sentence are left out together, so that a few segmenters serve for all. They hold the terms of
    the text alone: what an entry moves, moves there too, and the weight of all the others is the same for both.
    """
    terms = {term: tags[term] for term in stands}
    with_all = Segmenter(terms, "jieba")
    cuts = [with_all.cut(sentence) for sentence in text.texts]
    found: dict[tuple[str, str, str], list[int]] = {}
    for group in _apart(stands):
        without = Segmenter({term: tag for term, tag in terms.items() if term not in group}, "jieba")
        for term in group:
            for row in sorted({row for row, _ in stands[term]}):
                for before, after in _changes(without.cut(text.texts[row]), cuts[row]):
                    if "".join(after) != term:
                        found.setdefault((term, "/".join(before), "/".join(after)), []).append(row)
    rows = [
        (term, layer_of[term], before, after, len(at), text.numbers[at[0]], text.texts[at[0]])
        for (term, before, after), at in found.items()
    ]
    table = pd.DataFrame(rows, columns=MOVED)
    return table.sort_values(["n", "term", "with"], ascending=[False, True, True], ignore_index=True)


def _apart(stands: _Stands) -> list[list[str]]:
    """Group the terms so that no two of a group stand in one sentence."""
    groups: list[tuple[list[str], set[int]]] = []
    for term in sorted(stands, key=lambda term: (-len(stands[term]), term)):
        rows = {row for row, _ in stands[term]}
        fitting = next((group for group in groups if group[1].isdisjoint(rows)), None)
        if fitting is None:
            groups.append(([term], rows))
        else:
            fitting[0].append(term)
            fitting[1].update(rows)
    return [terms for terms, _ in groups]


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The stretches, between word ends that both have, in which two cuts of one text differ."""
    if before == after:
        return
    common = sorted(set(_ends(before)) & set(_ends(after)))
    parted = [_parted(tokens, common) for tokens in (before, after)]
    for one, other in zip(*parted, strict=True):
        if one != other:
            yield one, other


def _parted(tokens: Sequence[str], ends: Sequence[int]) -> list[list[str]]:
    """The tokens of each stretch between two of the ends."""
    stretches: list[list[str]] = [[] for _ in ends[1:]]
    at, stretch = 0, 0
    for token in tokens:
        stretches[stretch].append(token)
        at += len(token)
        if at == ends[stretch + 1]:
            stretch += 1
    return stretches


def _unknown(text: _Text, cuts: Sequence[Sequence[str]], segmenter: Segmenter) -> pd.DataFrame:
    found: dict[tuple[str, str], list[int]] = {}
    tokens_of_all = sorted({token for tokens in cuts for token in tokens})
    tags = dict(zip(tokens_of_all, segmenter.tags(tokens_of_all), strict=True))
    for row, tokens in enumerate(cuts):
        run: list[str] = []
        for token in [*tokens, ""]:
            if len(token) == 1 and _HAN.fullmatch(token) and tags[token] not in _GRAMMAR:
                run.append(token)
                continue
            if len(run) > 1:
                found.setdefault(("".join(run), "single characters"), []).append(row)
            run = []
            if len(token) > 1 and tags[token] == UNKNOWN_TAG and _HAN.search(token):
                found.setdefault((token, "unknown word"), []).append(row)
    rows = [(string, kind, len(at), text.numbers[at[0]], text.texts[at[0]]) for (string, kind), at in found.items()]
    table = pd.DataFrame(rows, columns=UNKNOWN)
    return table.sort_values(["n", "string"], ascending=[False, True], ignore_index=True)


def _layer_changes(
    text: _Text, cuts: Sequence[Sequence[str]], stands: _Stands, dictionaries: Dictionaries
) -> pd.DataFrame:
    layer_terms = dictionaries.entries.groupby("layer", sort=False)["term"].agg(set).to_dict()
    engine: Choice = "auto" if sum(map(len, text.texts)) > MANY_CHARACTERS else "jieba"
    rows: list[tuple[str | int, ...]] = []
    for layer in (name for name in LAYERS if name in layer_terms):
        off = dictionaries.without(layer).segmenter(engine)
        rows.append((layer, *_switched_off(text, cuts, stands, layer_terms[layer], off)))
    rows.append((ALL, *_switched_off(text, cuts, stands, dictionaries.terms, Segmenter(engine=engine))))
    return pd.DataFrame(rows, columns=CHANGES)


def _switched_off(
    text: _Text, cuts: Sequence[Sequence[str]], stands: _Stands, terms: Collection[str], off: Segmenter
) -> tuple[int, int, int, int, int, str]:
    found = [term for term in terms if term in stands]
    n_before = n_after = n_sentences = 0
    examples: Counter[str] = Counter()
    for row in sorted({row for term in found for row, _ in stands[term]}):
        changes = list(_changes(off.cut(text.texts[row]), cuts[row]))
        n_sentences += bool(changes)
        for before, after in changes:
            n_before += len(before)
            n_after += len(after)
            examples[f"{'/'.join(before)} → {'/'.join(after)}"] += 1
    ranked = sorted(examples, key=lambda example: (-examples[example], example))
    return len(terms), len(found), n_before, n_after, n_sentences, "; ".join(ranked[:N_EXAMPLES])


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False, name=None)]


def _report(checks: SegmentationChecks, top: int) -> Iterator[str]:
    total = checks.layers[checks.layers["layer"] == ALL].iloc[0]
    yield (
        f"{checks.n_sentences:,} sentences, {checks.n_tokens:,} tokens; {total['n_terms']:,} terms to keep whole, "
        f"{total['n_found']:,} of them in the text."
    )
    split, others = (checks.split[(checks.split["kind"] == "split") == fell] for fell in (True, False))
    wrong = "{file}, line {line}: {entry}: {problem}; {remedy}"
    yield from _listed("Wrong lines of the user's dictionary", checks.problems, wrong, top)
    yield from _listed("Terms that were split", split, "{cut} ({n}; whole {n_whole})", top)
    yield from _listed("Letters of a term that other words claim", others, "{term} in {cut} ({n})", top)
    yield from _listed("Entries that can never match", checks.never, "{term}: {why} ({source})", top)
    yield from _listed("Entries that move the words beside them", checks.moved, "{without} → {with} ({n})", top)
    yield from _listed("Unknown strings", checks.unknown, "{string} ({n})", top)
    yield from _listed("Likely terms that the dictionaries lack", checks.phrases, "{term} ({n})", top)
    yield "Tokens that change when a layer is switched off:"
    for row in _rows(checks.layers):
        yield (
            "  {layer}: {n_found:,} of {n_terms:,} terms in the text; {n_before:,} tokens → {n_after:,} in "
            "{n_sentences:,} sentences".format(**row)
        ) + (f": {row['examples']}" if row["examples"] else "")


def _listed(title: str, table: pd.DataFrame, form: str, top: int) -> Iterator[str]:
    """A heading with the number of rows, the first of them beneath; a single line where there are none."""
    if table.empty:
        yield f"{title}: none."
        return
    yield f"{title}: {len(table):,}."
    for row in _rows(table.head(top)):
        yield "  " + form.format(**row)

"""From a plan and a set of choices to counts: what a grid of reasonable choices is made of.

The stages are kept: text is cut once for each dictionary, terms are counted once for each dictionary, stop list and
length of n-grams, and only then come evidence, weighting and resamples.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix

from src.utils.errors import PlanError
from src.utils.measures.checkpoints import digest
from src.utils.measures.entries import Layout, weigh
from src.utils.measures.results import Batch, Result, table_of
from src.utils.measures.specifications import RESAMPLE
from src.utils.plans import collections as documents
from src.utils.plans.pipeline import Plan
from src.utils.words.dictionaries import LAYERS, Dictionaries, dictionaries_for, dictionaries_of
from src.utils.words.phrases import find_phrases
from src.utils.words.segmenting import PLACE_TAG, Segmenter
from src.utils.words.stopwords import stop_layer
from src.utils.words.token_tables import token_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALWAYS_STOPPED: Final = ("punctuation", "numbers")
GRAM_JOINT: Final = " "
"""What joins the words of an n-gram: no word holds a space, so a pair is never taken for a word."""

CHOICES: Final[Mapping[str, tuple[Any, ...]]] = {
    "dictionaries": (LAYERS, LAYERS[:-1], ("user", "counties", "industries")),
    "discovered": (False, True),
    "stop_words": (("general", "official"), ("general",), ("official",), ()),
    "single_characters": (False, True),
    "ngrams": (1, 2),
    "weighting": ("tfidf_raw_smooth", "tfidf_raw_raw", "tfidf_sublinear_smooth", "ctfidf", "bm25", "log_odds"),
    "min_df": (1, 2, 3),
    "evidence": (("heading",), ("heading", "mention")),
    "similarity": ("cosine", "jensen-shannon"),
    "linkage": ("average", "complete"),
    "n_clusters": (4, 3, 5),
}
"""Reasonable options of each choice, the headline's first.

dictionaries: layers of words.dictionaries.LAYERS, never without counties and industries: a name that is cut up cannot
be left out of its own profile. discovered: whether the phrases found in the text are kept whole. stop_words: layers of
stopwords.LAYERS besides punctuation and numbers, which are never counted. single_characters: whether words of one
character stay that single_characters.csv does not list. ngrams: 2 counts pairs of neighbouring words too, where no stop
word stands between. weighting: entries.WEIGHTINGS. min_df: a term must stand in so many sentences of the units.
evidence: sentences under the unit's heading, or those that name it too.
"""

COUNTING: Final = ("dictionaries", "discovered", "stop_words", "single_characters", "ngrams", "min_df", "evidence")
TERMS: Final = (*COUNTING, "weighting")
SIMILARITIES: Final = (*TERMS, "similarity")
CLUSTERS: Final = (*SIMILARITIES, "linkage", "n_clusters")

PLAN: Final = "plan"
Weighted = Mapping[str, Any]


@dataclass(frozen=True)
class Cut:
    """A text cut into words: the different terms, and for each token its term and sentence (a row of the sentences)."""

    terms: NDArray[np.object_]
    term: Ints
    sentence: Ints

    @cached_property
    def countable(self) -> NDArray[np.bool_]:
        """Which of the terms are counted under any choices: what is slowest to tell of a stop list."""
        return np.asarray(stop_layer(self.terms, ALWAYS_STOPPED).isna())


@dataclass(frozen=True)
class Counted:
    """Occurrences of terms in sentences: terms in code-point order, counts of shape (n_sentences, n_terms)."""

    terms: NDArray[np.object_]
    counts: csr_matrix


@dataclass(frozen=True)
class UnitTerms:
    """What is counted under a set of choices: terms of each unit, and how often each sentence of the unit has them.

    units: those with a term, in order. layout: unit and term of each entry; terms: names, by layout's numbers.
    sentences: for each unit, the counts of its entries in its sentences, shape (n_entries of it, n_sentences of it).
    """

    units: list[str]
    terms: NDArray[np.object_]
    layout: Layout
    sentences: list[csr_matrix]

    def counts(self, resamples: Sequence[int], scheme: str, seed: int) -> Floats:
        """Counts on resamples of the sentences of each unit: shape (n_resamples, n_entries); resample 0 is the text.

        The draws of a unit hang on seed, scheme, its name and its number of sentences alone, so that two specifications
        see the same resamples.
        """
        drawn = [
            (held @ _weights(resamples, held.shape[1], int(digest(scheme, unit)[:12], 16), seed).T).T
            for unit, held in zip(self.units, self.sentences, strict=True)
        ]
        return np.concatenate(drawn, axis=1) if drawn else np.empty((len(resamples), 0))


def _weights(resamples: Sequence[int], n_sentences: int, unit: int, seed: int) -> Floats:
    """How often each sentence is drawn: shape (n_resamples, n_sentences)."""
    random = np.random.default_rng(np.random.SeedSequence([seed, unit, n_sentences]))
    most = max(resamples, default=0)
    draws = random.multinomial(n_sentences, np.full(n_sentences, 1 / n_sentences), size=most)
    every = np.concatenate([np.ones((1, n_sentences), dtype=draws.dtype), draws])
    return every[list(resamples)].astype(np.float64)  # whole numbers: their products are exact in any order


@dataclass(frozen=True, eq=False, repr=False)
class PlanText:
    """A plan's sentences and units, ready to be counted under any choices. Made by plan_text."""

    scheme: str
    sentences: pd.DataFrame
    groups: pd.DataFrame
    names: Mapping[str, Collection[str]]
    layers: Mapping[str, Mapping[str, str]]
    discovered: Mapping[str, str]
    label: str
    _cuts: dict[str, Cut] = field(default_factory=dict)
    _counted: dict[str, Counted] = field(default_factory=dict)
    _units: dict[str, UnitTerms] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Hash of all that counts depend on besides choices and code: text, units, names, dictionaries."""
        return digest(
            self.scheme,
            self.sentences[["plan", "sentence", "text"]].to_numpy().tolist(),
            self.groups.to_numpy().tolist(),
            {unit: sorted(names) for unit, names in self.names.items()},
            self.layers,
            self.discovered,
        )

    def cut(self, choices: Mapping[str, Any]) -> Cut:
        """Cut the text with the dictionary chosen; once for each dictionary."""
        chosen = {name: _option(choices, name) for name in ("dictionaries", "discovered")}
        key = digest(chosen)
        if key not in self._cuts:
            unknown = [layer for layer in chosen["dictionaries"] if layer not in self.layers]
            if unknown:
                raise ValueError(f"dictionaries: no layer {unknown[0]!r}; there are {', '.join(self.layers)}")
            layers = [self.layers[layer] for layer in reversed(LAYERS) if layer in chosen["dictionaries"]]
            terms = dict(self.discovered) if chosen["discovered"] else {}
            terms |= {term: tag for layer in layers for term, tag in layer.items()}  # the first layer's tag, set last
            tokens = token_table(self.sentences, Segmenter(terms))
            codes, different = pd.factorize(tokens["term"])
            row_of = pd.Series(np.arange(len(self.sentences)), index=self.sentences["sentence"])
            rows = row_of.loc[tokens["sentence"]].to_numpy(dtype=np.int64)
            self._cuts[key] = Cut(np.asarray(different, dtype=object), codes.astype(np.int64), rows)
        return self._cuts[key]

    def counted(self, choices: Mapping[str, Any]) -> Counted:
        """Count the terms that the stop list leaves, in every sentence; once for each of those choices."""
        stages = ("dictionaries", "discovered", "stop_words", "single_characters", "ngrams")
        key = digest({name: _option(choices, name) for name in stages})
        if key not in self._counted:
            self._counted.clear()  # specifications come ordered by these choices: one is in use at a time
            self._counted[key] = self._count(self.cut(choices), choices)
        return self._counted[key]

    def _count(self, cut: Cut, choices: Mapping[str, Any]) -> Counted:
        single = () if _option(choices, "single_characters") else ("single",)
        layers = (*_option(choices, "stop_words"), *single)
        named = chain.from_iterable(self.layers[layer].items() for layer in ("counties", "places"))
        places = {term for term, tag in named if tag == PLACE_TAG} if "places" in layers else ()
        stays = (cut.countable & stop_layer(cut.terms, layers, places).isna().to_numpy())[cut.term]
        term, sentence = cut.term[stays], cut.sentence[stays]
        names = list(cut.terms)
        n = int(_option(choices, "ngrams"))
        if n not in (1, 2):
            raise ValueError(f"ngrams: {n}; give 1 (words) or 2 (words and pairs of words)")
        if n == 2:
            at = np.flatnonzero(stays[:-1] & stays[1:] & (cut.sentence[:-1] == cut.sentence[1:]))
            pairs, codes = np.unique(np.stack([cut.term[at], cut.term[at + 1]]), axis=1, return_inverse=True)
            term = np.concatenate([term, len(names) + codes.reshape(-1)])
            sentence = np.concatenate([sentence, cut.sentence[at]])
            names += [f"{cut.terms[one]}{GRAM_JOINT}{cut.terms[other]}" for one, other in pairs.T]
        used, codes = np.unique(term, return_inverse=True)
        order = sorted(range(len(used)), key=lambda at: names[used[at]])
        place = np.empty(len(used), dtype=np.int64)
        place[order] = np.arange(len(used))
        ones = np.ones(len(term), dtype=np.float64)
        counts = csr_matrix((ones, (sentence, place[codes.reshape(-1)])), shape=(len(self.sentences), len(used)))
        return Counted(np.array([names[used[at]] for at in order], dtype=object), counts)

    def unit_terms(self, choices: Mapping[str, Any]) -> UnitTerms:
        """The terms of each unit and its sentences' counts of them; a unit's own names are left out of it."""
        key = digest({name: _option(choices, name) for name in COUNTING})
        if key not in self._units:
            self._units.clear()
            self._units[key] = self._unit_terms(self.counted(choices), choices)
        return self._units[key]

    def _unit_terms(self, counted: Counted, choices: Mapping[str, Any]) -> UnitTerms:
        rows_of = self._rows(_option(choices, "evidence"))
        least = int(_option(choices, "min_df"))
        compared = _different(rows_of)
        common = np.asarray((counted.counts[compared] > 0).sum(axis=0)).ravel() >= least
        words = [term.split(GRAM_JOINT) for term in counted.terms.tolist()]
        names = set(chain.from_iterable(self.names.values()))
        named = [at for at, of_term in enumerate(words) if not names.isdisjoint(of_term)]
        units: list[str] = []
        unit_codes, term_codes, sentences = [], [], []
        for unit, rows in rows_of.items():
            held = counted.counts[rows]
            stands = (np.bincount(held.indices, minlength=len(common)) > 0) & common
            own = {*self.names.get(unit, ())}
            stands[[at for at in named if not own.isdisjoint(words[at])]] = False
            columns = np.flatnonzero(stands)
            if len(columns):
                unit_codes.append(np.full(len(columns), len(units)))
                units.append(unit)
                term_codes.append(columns)
                sentences.append(held[:, columns].T.tocsr())
        if not units:
            return UnitTerms([], np.empty(0, dtype=object), Layout(np.empty(0, np.int64), np.empty(0, np.int64)), [])
        used, terms = np.unique(np.concatenate(term_codes), return_inverse=True)
        layout = Layout(np.concatenate(unit_codes).astype(np.int64), terms.reshape(-1).astype(np.int64))
        return UnitTerms(units, counted.terms[used], layout, sentences)

    def _rows(self, evidence: Collection[str]) -> dict[str, Ints]:
        """Rows of the sentences of each unit, each once, in the order of the units."""
        held = self.groups[self.groups["evidence"].isin([*evidence])]
        row_of = pd.Series(np.arange(len(self.sentences)), index=self.sentences["sentence"])
        found = {
            unit: np.unique(row_of.loc[part["sentence"]].to_numpy()) for unit, part in held.groupby("unit", sort=False)
        }
        return {str(unit): found[unit].astype(np.int64) for unit in self.names if unit in found}

    def n_sentences(self, choices: Mapping[str, Any] | None = None) -> int:
        """How many of the plan's sentences the units have under the choices, the headline's by default; each once."""
        return len(_different(self._rows(_option(choices or {}, "evidence"))))

    def sizes(self, choices: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """How much there is of each unit under the choices: unit, n_sentences, n_terms, n_different, status.

        n_terms: terms counted, own names left out. status: "ok", "no text" (no sentence), "no terms" (none left), "one
        sentence" (a resample is always the same: intervals of it have no width and say nothing).
        """
        choices = choices or {}
        rows, held = self._rows(_option(choices, "evidence")), self.unit_terms(choices)
        counts = {unit: sentences for unit, sentences in zip(held.units, held.sentences, strict=True)}
        table = []
        for unit in self.names:
            n_sentences = len(rows.get(unit, ()))
            n_terms = int(counts[unit].sum()) if unit in counts else 0
            status = "no text" if not n_sentences else "no terms" if not n_terms else "ok"
            status = "one sentence" if status == "ok" and n_sentences == 1 else status
            n_different = counts[unit].shape[0] if unit in counts else 0
            table.append((unit, n_sentences, n_terms, n_different, status))
        return pd.DataFrame(table, columns=["unit", "n_sentences", "n_terms", "n_different", "status"])

    def _weighted(self, choices: Weighted, resamples: Sequence[int]) -> tuple[UnitTerms, Floats]:
        """Terms of units, and their counts on each resample."""
        held = self.unit_terms(choices)
        return held, held.counts(resamples, self.scheme, int(choices.get("seed", 0)))

    def term_scores(self, choices: Weighted, resamples: Sequence[int]) -> Batch:
        """Weight of every term in every unit."""
        held, n = self._weighted(choices, resamples)
        units, terms = np.array(held.units, dtype=object), held.terms
        keys: list[tuple[str, ...]] = list(
            zip(units[held.layout.unit].tolist(), terms[held.layout.term].tolist(), strict=True)
        )
        return Batch(keys, weigh(n, held.layout, _option(choices, "weighting")))

    def similarity_scores(self, choices: Weighted, resamples: Sequence[int]) -> Batch:
        """Similarity of every pair of units: cosine of weighted vectors, or 1 less the Jensen-Shannon distance.

        Jensen-Shannon: of the shares of terms, with logarithms to base 2, so that it runs from 0 to 1; the weighting
        plays no part. NaN where a resample left one of the two without a term.
        """
        held, n = self._weighted(choices, resamples)
        measure = _option(choices, "similarity")
        if measure not in CHOICES["similarity"]:
            raise ValueError(f"similarity: there is no {measure!r}; there are {', '.join(CHOICES['similarity'])}")
        layout = held.layout
        pairs = [(one, other) for one in range(len(held.units)) for other in range(one + 1, len(held.units))]
        if not pairs:
            return Batch([], np.empty((len(resamples), 0)))
        if measure == "cosine":
            vectors = np.nan_to_num(weigh(n, layout, _option(choices, "weighting")), nan=0.0)
            size = np.sqrt(layout.unit_sums(vectors**2))
        else:
            size = layout.unit_sums(n)
            vectors = n / np.where(size > 0, size, 1.0)[:, layout.unit]
        shared = _shared_entries(layout)
        numbers = np.empty((len(resamples), len(pairs)))
        for at, (one, other) in enumerate(pairs):
            left, right = shared[one, other]
            alike = _cosines if measure == "cosine" else _closeness
            numbers[:, at] = alike(vectors[:, left], vectors[:, right], size[:, one] * size[:, other])
            numbers[(size[:, one] <= 0) | (size[:, other] <= 0), at] = np.nan
        keys: list[tuple[str, ...]] = [tuple(sorted((held.units[one], held.units[other]))) for one, other in pairs]
        return Batch(keys, numbers)

    def cluster_labels(self, choices: Weighted, resamples: Sequence[int]) -> Batch:
        """Cluster of every unit: hierarchical clustering of 1 - similarity, cut into n_clusters; labels from 0.

        A unit that a resample left without a term is as far from all others as can be. With fewer units than n_clusters
        each is a cluster of its own.
        """
        pairs = self.similarity_scores(choices, resamples)
        units = self.unit_terms(choices).units
        how, n = _option(choices, "linkage"), int(_option(choices, "n_clusters"))
        labels = np.zeros((len(resamples), len(units)))
        if len(units) > 1:
            distances = 1 - np.nan_to_num(pairs.numbers, nan=0.0)
            for at, distance in enumerate(np.clip(distances, 0, None)):
                labels[at] = fcluster(linkage(distance, method=how), t=n, criterion="maxclust") - 1
        return Batch([(unit,) for unit in units], labels)

    def grid(self, inputs: Sequence[str] = TERMS, n_resamples: int = 200, **options: Sequence[Any]) -> dict[str, Any]:
        """Make a grid of CHOICES for these inputs, with resamples 0 (the text as it is) to n_resamples.

        options: other options for a choice, such as min_df=(1, 2). Left out: discovered where there are no discovered
        terms, evidence for the whole plan. Raises ValueError for an unknown choice.
        """
        unknown = [name for name in (*inputs, *options) if name not in CHOICES]
        if unknown:
            raise ValueError(f"{unknown[0]}: no such choice; there are {', '.join(CHOICES)}")
        idle = {
            name
            for name, is_idle in (("discovered", not self.discovered), ("evidence", self.scheme == PLAN))
            if is_idle
        }
        wanted = [name for name in inputs if name not in idle]
        return {name: options.get(name, CHOICES[name]) for name in wanted} | {RESAMPLE: range(n_resamples + 1)}

    def prepare(self, made: Sequence[Mapping[str, Any]]) -> None:
        """Cut the text with every dictionary that these choices need, so that it is not done again in each process."""
        for choices in made:
            self.cut(choices)

    def _result(self, what: str, kind: Any, inputs: tuple[str, ...], labels: tuple[str, str]) -> Result:
        many = {"ranking": self.term_scores, "similarity": self.similarity_scores, "clusters": self.cluster_labels}[
            kind
        ]
        name = f"{self.label}-{self.scheme}-{what}"
        return Result(name, kind, partial(_one, many, kind), inputs, self.key, many, labels, self.prepare)

    def terms(self) -> Result:
        """The ranking of terms by unit, to be re-made over choices out of TERMS."""
        of = {
            "plan": ("the plan's", "全文高频词"),
            "county": ("each county's", "各县特征词"),
            "industry": ("each industry's", "各产业特征词"),
            "region": ("each place's", "各地特征词"),
        }
        en, zh = of.get(self.scheme, ("each unit's", "各单元特征词"))
        return self._result("terms", "ranking", TERMS, (f"{en} leading terms", zh))

    def similarities(self) -> Result:
        """The similarities of units, to be re-made over choices out of SIMILARITIES."""
        return self._result("similarities", "similarity", SIMILARITIES, ("the similarities", "相似度"))

    def clusters(self) -> Result:
        """The clusters of units, to be re-made over choices out of CLUSTERS."""
        return self._result("clusters", "clusters", CLUSTERS, ("the clusters", "聚类"))


def _different(rows_of: Mapping[str, Ints]) -> Ints:
    """The rows of all units, each once, in order."""
    return np.unique(np.concatenate([*rows_of.values(), np.empty(0, dtype=np.int64)]))


def _one(many: Any, kind: Any, choices: Mapping[str, Any]) -> pd.DataFrame:
    return table_of(many(choices, [int(choices.get(RESAMPLE, 0))]), kind)


def _option(choices: Mapping[str, Any], name: str) -> Any:
    return choices.get(name, CHOICES[name][0])


def _shared_entries(layout: Layout) -> dict[tuple[int, int], tuple[Ints, Ints]]:
    """For each pair of units, the entries of the terms that both have."""
    entry = np.full((layout.n_units, int(layout.term.max(initial=-1)) + 1), -1, dtype=np.int64)  # of unit and term
    entry[layout.unit, layout.term] = np.arange(len(layout.unit))
    held = entry >= 0
    found = {}
    for one in range(layout.n_units):
        for other in range(one + 1, layout.n_units):
            both = np.flatnonzero(held[one] & held[other])
            found[one, other] = (entry[one, both], entry[other, both])
    return found


def _cosines(left: Floats, right: Floats, lengths: Floats) -> Floats:
    return np.asarray((left * right).sum(axis=1) / np.where(lengths > 0, lengths, 1.0))


def _closeness(left: Floats, right: Floats, _: Floats) -> Floats:
    """1 - √JSD, of which only terms that both have need be summed: any other adds half its share."""
    middle = (left + right) / 2
    together = (middle + _h(left) / -2 + _h(right) / -2 + _h(middle)).sum(axis=1)
    return np.asarray(1 - np.sqrt(np.clip(1 - together, 0, 1)))


def _h(share: Floats) -> Floats:
    return np.where(share > 0, share * np.log2(np.where(share > 0, share, 1.0)), 0.0)


def plan_text(
    plan: Plan,
    scheme: str = "county",
    *,
    units: Sequence[str] | None = None,
    discovered: Mapping[str, str] | Collection[str] | None = None,
) -> PlanText:
    """Make a plan ready to be counted under any choices.

    scheme: "county", "industry", or "plan" for the whole text as one unit. units: those to compare, in this order; all
    of the settings where not given. discovered: terms that the choice `discovered` keeps whole, with their tags or "n";
    where not given, what words.phrases.find_phrases finds in the text. Raises PlanError where no sentence speaks of any
    of the units.
    """
    if scheme == PLAN:
        names: dict[str, Collection[str]] = {plan.id: ()}
        groups = plan.sentences[["sentence"]].assign(unit=plan.id, evidence="heading")
    else:
        known = plan.settings.unit_names() if plan.settings else {}
        if scheme not in known:
            raise ValueError(f"scheme {scheme!r}: {plan.id} has {', '.join([*known, PLAN])}")
        wanted = [*known[scheme]] if units is None else [*units]
        missing = [unit for unit in wanted if unit not in known[scheme]]
        if missing:
            raise ValueError(f"{missing[0]} is no unit of the scheme {scheme}: there are {', '.join(known[scheme])}")
        names = {unit: tuple(known[scheme][unit]) for unit in wanted}
        held = plan.units[(plan.units["scheme"] == scheme) & plan.units["unit"].isin(wanted)]
        groups = held[["sentence", "unit", "evidence"]].reset_index(drop=True)
    if groups.empty:
        raise PlanError(f"{plan.id}: no sentence speaks of a {scheme}, so there is nothing to compare")
    dictionaries = dictionaries_for(plan.settings, plan=plan)
    if discovered is None:
        discovered = find_phrases(plan.sentences, dictionaries.segmenter())["term"].tolist()
    tagged = dict(discovered) if isinstance(discovered, Mapping) else dict.fromkeys(sorted(discovered), "n")
    return PlanText(scheme, plan.sentences, groups, names, _by_layer(dictionaries), tagged, plan.id)


def collection_text(
    collection: documents.Collection, sentences: pd.DataFrame, own_names: Mapping[str, Collection[str]] | None = None
) -> PlanText:
    """Make the documents of a collection ready to be counted under any choices, each place one unit.

    sentences: of all documents (columns plan, sentence, text). own_names: left out of each place's terms; the
    collection's own where not given. Discovered terms are not among the choices: they would be found in all documents
    together. Raises PlanError where there is no sentence of any document.
    """
    place_of = {member.id: member.place.name for member in collection.members}
    unit = sentences["plan"].map(place_of)
    numbered = sentences[unit.notna()].assign(sentence=np.arange(int(unit.notna().sum())))
    if numbered.empty:
        raise PlanError(f"{collection.id}: there is no sentence of its documents, so there is nothing to compare")
    groups = numbered[["sentence"]].assign(unit=unit[unit.notna()], evidence="heading").reset_index(drop=True)
    names = {place: (own_names or collection.own_names()).get(place, ()) for place in place_of.values()}
    layers = _by_layer(dictionaries_of(collection))
    return PlanText(documents.REGION, numbered.reset_index(drop=True), groups, names, layers, {}, collection.id)


def _by_layer(dictionaries: Dictionaries) -> dict[str, dict[str, str]]:
    layers: dict[str, dict[str, str]] = {layer: {} for layer in LAYERS}
    for term, tag, layer in dictionaries.entries[["term", "tag", "layer"]].itertuples(index=False):
        layers[layer].setdefault(term, tag)
    return layers

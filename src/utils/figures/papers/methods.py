"""A methods paragraph in Chinese and English, filled in with what was actually done."""

from collections.abc import Collection
from typing import NamedTuple

from src.utils.figures.papers.references import locked_versions
from src.utils.figures.provenance import corpus_names
from src.utils.plans.pipeline import Plan
from src.utils.words.segmenting import Segmenter

_LAYERS_ZH = {
    "punctuation": "标点",
    "numbers": "数词与计量单位",
    "general": "通用停用词",
    "official": "公文套语",
    "single": "单字",
    "places": "地名",
}
_LAYERS_EN = {
    "punctuation": "punctuation",
    "numbers": "numbers and units of measure",
    "general": "general stop words",
    "official": "official boilerplate",
    "single": "single characters",
    "places": "place names",
}


class Paragraph(NamedTuple):
    """The paragraph in both languages."""

    zh: str
    en: str


def methods_paragraph(
    plan: Plan,
    segmenter: Segmenter,
    *,
    layers: Collection[str],
    n_words: int,
    n_resamples: int,
    seed: int,
    weighting: tuple[str, str] | None = None,
) -> Paragraph:
    """Say how a plan was read, cut, filtered and counted, with the numbers of this run.

    layers: the stop words removed. n_words: of the running text, punctuation not counted. weighting: what the units
    were compared by, in Chinese and English; left out where they were not compared.
    """
    corpus_zh, corpus_en = corpus_names(plan)
    applied = plan.log[plan.log["n_places"] > 0]
    n_rules, n_places = len(plan.log), int(applied["n_places"].sum())
    jieba = locked_versions()["jieba"]
    terms, digest = len(segmenter.terms), segmenter.dictionary_hash[:12]
    zh = [
        f"语料为{corpus_zh}，共 {len(plan.sentences)} 句、{n_words:,} 词（标点不计）。",
        f"文本以 {n_rules} 条规则清洗，其中 {len(applied)} 条改动 {n_places} 处，逐处记录在案。",
        f"分词采用 jieba {jieba} 精确模式，另加 {terms:,} 条词典术语（词典哈希 {digest}），数词与其单位合为一词；"
        f"去除{'、'.join(_LAYERS_ZH[layer] for layer in layers)}。",
        f"词频附 95% 区间，由各节内按句有放回重抽样 {n_resamples:,} 次得出（种子 {seed}）。",
    ]
    en = [
        f"The corpus is the {corpus_en}: {len(plan.sentences)} sentences, {n_words:,} words, punctuation not counted.",
        f"The text was cleaned by {n_rules} rules, of which {len(applied)} made {n_places} changes, each on record.",
        f"Words were cut by jieba {jieba} in precise mode with {terms:,} dictionary terms (dictionary {digest}); "
        f"numbers were kept whole with their units. Removed were {', '.join(_LAYERS_EN[layer] for layer in layers)}.",
        f"Frequencies carry 95% intervals from {n_resamples:,} resamples of sentences within sections (seed {seed}).",
    ]
    if weighting:
        zh.append(f"各单元以{weighting[0]}比较，本单元名称不计入。")
        en.append(f"Units were compared by {weighting[1]}, a unit's own names left out.")
    return Paragraph("".join(zh), " ".join(en))

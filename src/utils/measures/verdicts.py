"""How firm a result is, in one sentence of English and of Chinese, by thresholds that are stated."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

import pandas as pd

from src.utils.measures.specifications import RESAMPLE, TOGETHER

Word = Literal["firm", "fairly firm", "depends"]

LOWEST: Final = 0.1
"""The quantile of specifications that the second threshold is laid to: nine in ten reach it."""

FIRM: Final = (0.8, 0.6)
FAIRLY_FIRM: Final = (0.6, 0.4)
"""Agreement with the headline that the median specification, and nine in ten of them, must reach.

The headline resampled must reach the first as well. They are conventions, not estimates. What they mean for two
rankings of 50 terms, by rank-biased overlap at p = 0.9: 0.84 where all neighbours change places (1 with 2, 3 with 4 …),
0.82 where other terms hold ranks 6 to 10, 0.65 where other terms hold every second of the first ten ranks or where the
first ten stand in random order, 0.2 where all fifty do.
"""

CHOICE_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "dictionaries": ("the dictionary layers", "词典层"),
    "discovered": ("the discovered terms", "新词发现"),
    "stop_words": ("the stop words", "停用词"),
    "single_characters": ("the single characters", "单字词"),
    "ngrams": ("the n-grams", "多词组合"),
    "weighting": ("the weighting", "加权方式"),
    "min_df": ("the minimum document frequency", "最低文档频率"),
    "evidence": ("the evidence (heading or mention)", "归属依据（标题或提及）"),
    "similarity": ("the measure of similarity", "相似度指标"),
    "linkage": ("the linkage", "聚类连接方式"),
    "n_clusters": ("the number of clusters", "聚类数"),
    "counted": ("what is counted, sentences or words", "计句还是计词"),
    "lists": ("whether sentences that list many count", "是否计入罗列多项的句子"),
    RESAMPLE: ("which sentences there are", "文本包含哪些句子"),
}

_WORDS: Final[Mapping[Word, tuple[str, str]]] = {
    "firm": ("Firm", "稳固"),
    "fairly firm": ("Fairly firm", "较为稳固"),
    "depends": ("Depends on {}", "取决于{}"),
}
_MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "rbo": ("rank-biased overlap", "排序偏重重合度 RBO"),
    "spearman": ("Spearman's rank correlation", "斯皮尔曼等级相关"),
    "adjusted_rand": ("adjusted Rand index", "调整兰德指数"),
}


class Verdict(NamedTuple):
    """How firm a result is.

    word: "firm", "fairly firm" or "depends". choice: the choice that moves it most, "" where nothing does. typical,
    low: agreement of the median specification, and what nine in ten reach. resampled: median agreement of the
    headline's own resamples, NaN where nothing was resampled. n: specifications. share: of the variance that goes with
    the choice. en, zh: the sentence.
    """

    word: Word
    choice: str
    typical: float
    low: float
    resampled: float
    n: int
    share: float
    en: str
    zh: str

    def for_figure(self) -> dict[str, Any]:
        """What save_figure takes: the sentence in Chinese and English, and the numbers in it as a table of one row."""
        numbers = {
            "n_specifications": self.n,
            "typical": self.typical,
            "nine_in_ten": self.low,
            "resampled": self.resampled,
            "choice": self.choice,
            "share": self.share,
        }
        return {"robustness": (self.zh, self.en), "rests_on": pd.DataFrame([numbers])}


def word_for(typical: float, low: float, resampled: float | None) -> Word:
    """Judge by the thresholds FIRM and FAIRLY_FIRM."""
    grades: list[tuple[Word, tuple[float, float]]] = [("firm", FIRM), ("fairly firm", FAIRLY_FIRM)]
    for word, (least_typical, least_low) in grades:
        if typical >= least_typical and low >= least_low and (resampled is None or resampled >= least_typical):
            return word
    return "depends"


def mover(shares: pd.DataFrame) -> tuple[str, float]:
    """The choice with the greatest share of the variance, resampling among them; "" where nothing varies."""
    single = shares[(shares["choice"] != TOGETHER) & (shares["share"] > 0)]
    if single.empty:
        return "", 0.0
    first = single.sort_values(["share", "choice"], ascending=[False, True]).iloc[0]
    return str(first["choice"]), float(first["share"])


def verdict(
    labels: tuple[str, str],
    measure: str,
    n: int,
    shares: pd.DataFrame,
    *,
    levels: tuple[float, float, float | None],
) -> Verdict:
    """Say it in one sentence of each language.

    labels: what the result is called. measure: of agreement. n: specifications. shares: as from variance_shares.
    levels: typical, low and resampled of the Verdict, None for the last where nothing was resampled.
    """
    typical, low, resampled = levels
    word = word_for(typical, low, resampled)
    choice, share = mover(shares)
    name = CHOICE_NAMES.get(choice, (choice, choice)) if choice else ("nothing in this grid", "所试各项以外的因素")
    en, zh = (text.format(part) for text, part in zip(_WORDS[word], name, strict=True))
    measure_en, measure_zh = _MEASURES[measure]
    again_en = "" if resampled is None else f", and at {resampled:.2f} when its sentences are resampled"
    again_zh = "" if resampled is None else f"；对句子重抽样时为 {resampled:.2f}"
    moves_en = f"they are moved most by {name[0]} ({share:.0%} of the variance)" if choice else f"{name[0]} moves them"
    moves_zh = f"影响最大的是{name[1]}（占方差的 {share:.0%}）" if choice else "所试各项均无影响"
    return Verdict(
        word,
        choice,
        typical,
        low,
        float("nan") if resampled is None else resampled,
        n,
        share,
        f"{en}: over {n} specifications {labels[0]} agree with the headline at a median of {typical:.2f} "
        f"({measure_en}; {low:.2f} or more in nine of ten){again_en}; {moves_en}.",
        f"{zh}：在 {n} 种设定下，{labels[1]}与主结果的一致程度中位数为 {typical:.2f}（{measure_zh}；"
        f"九成设定不低于 {low:.2f}）{again_zh}；{moves_zh}。",
    )

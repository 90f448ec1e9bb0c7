"""The passport of a figure: what it was made from and how, by hash, in a JSON file beside it.

It holds nothing of the machine, the Python or the time it was made on, so that the same inputs give the same bytes
anywhere. Its id, which the pictures carry, is the SHA-256 of what was drawn from what: the picture by the hash of its
pixels, the numbers by the hash of the table, inputs, settings, versions and captions. Left out are which code did it,
since code that changes and draws the same makes no other figure, and the hashes of the two files that carry the id (SVG
and PDF). `passport_sha256` is the hash of all the rest of the passport, code included, and shows that nobody edited it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from src.utils import paths
from src.utils.errors import FigureError
from src.utils.figures.pixels import PASSPORT_KEY, Pixels, read_pixels
from src.utils.figures.sources import Place, every_module, modules_behind, read_cells, saving_place, sha256, short
from src.utils.files import hash_json, seal_of

SCHEMA: Final = "guihua-passport/2"
SUFFIX: Final = ".json"
HIGH_RESOLUTION: Final = "-600dpi.png"  # the hyphen keeps it apart from every figure's own name
RESTS_ON: Final = "-robustness.csv"
SUFFIXES: Final = (".png", HIGH_RESOLUTION, ".svg", ".pdf", RESTS_ON, ".csv", SUFFIX)
"""How the names of a figure's files end, after its own name."""

CARRY_THE_ID: Final = (".svg", ".pdf")
_SEAL: Final = "passport_sha256"
_NOT_IN_THE_ID: Final = ("id", _SEAL, "made_by", "code")

Pair = tuple[str, str]  # Chinese and English

COLUMNS: Final[dict[str, Pair]] = {
    "angle": ("椭圆转角（度，逆时针）", "turn of the ellipse, degrees against the clock"),
    "choice": ("选择", "a choice of method"),
    "column": ("列（原名）", "column's unit, by its name in the plan"),
    "column_label": ("列标签（图中文字）", "column's label as printed"),
    "contribution": ("对两个维度惯量的贡献", "share of the two dimensions' inertia that the point makes"),
    "dp_norm": ("离散度 DP（归一化，0 为均匀）", "dispersion DP, normalised: 0 even, 1 in one place"),
    "drawn_from": ("条的起点（页）", "page at which the bar begins"),
    "drawn_to": ("条的终点（页）", "page at which the bar ends"),
    "expected": ("随机情况下的期望值", "what chance alone would give"),
    "field": ("所在分区", "field of the cloud the term stands in"),
    "first_page": ("起始页", "first page by the contents list"),
    "height": ("两支相合处的距离", "distance at which two branches join"),
    "high": ("区间上限", "upper end of the interval"),
    "hollow": ("区间是否含 0（空心）", "whether the interval includes 0, drawn hollow"),
    "includes_zero": ("区间是否含零（频率相等）", "whether the interval includes equal frequency"),
    "kind": ("点的种类（行、列、补充点）", "kind of point: row, column or supplementary"),
    "label": ("标签（图中文字）", "label as printed"),
    "labelled": ("是否标出名称", "whether the point is named in the picture"),
    "left": ("左缘位置（图宽的八百分之一）", "left edge of the ink, in 800ths of the width"),
    "level": ("标题层级（1 为章）", "level of the heading, 1 for a chapter"),
    "low": ("区间下限", "lower end of the interval"),
    "major": ("椭圆长半轴", "half the length of the ellipse"),
    "measure": ("指标", "measure"),
    "members": ("分支所含单元", "units in the branch"),
    "minor": ("椭圆短半轴", "half the width of the ellipse"),
    "n": ("频次", "occurrences"),
    "n_other": ("第二个单元中的频次", "occurrences in the second unit"),
    "n_reference": ("参照文本中的频次", "occurrences in the reference text"),
    "n_sentences": ("含该词的句数", "sentences that hold the term"),
    "name": ("名称（单元或词）", "name: a unit or a term"),
    "next_page": ("下一标题的起始页（末项为空）", "page on which the next heading begins; empty for the last"),
    "note": ("说明（文字过少等）", "what is said in place of terms, as too little text"),
    "ordinal": ("序号", "ordinal of the heading"),
    "p": ("p 值", "p-value"),
    "page": ("目录所列页码", "page by the contents list"),
    "pages": ("页数（目录页码之差）", "pages: difference of page numbers in the contents list"),
    "part": (
        "图的部分（单元格、分支；合计、词；出现处、分界）",
        "part of the picture: cell or branch, total or term, occurrence or boundary",
    ),
    "per_10k": ("每万词频次", "occurrences per 10,000 words"),
    "placed": ("是否画出", "whether there was room for it"),
    "position": ("在正文中的位置", "position in the text"),
    "q": ("q 值（多重检验校正后）", "q-value: p corrected for many tests"),
    "rank": ("名次", "rank"),
    "rank_high": ("重抽样中名次的上限", "last of the ranks it takes over resamples, 95%"),
    "rank_low": ("重抽样中名次的下限", "first of the ranks it takes over resamples, 95%"),
    "ratio": ("频率之比", "ratio of the shares of words"),
    "row": ("行（原名或自上而下的序数）", "row: the unit's name in the plan, or its place from the top"),
    "row_label": ("行标签（图中文字）", "row's label as printed"),
    "share": ("占比", "share"),
    "shown": ("画法（高于、低于 1，区间含 1，零，无文字）", "how it is drawn: above or below 1, unsure, zero, no text"),
    "side": ("点所在的一侧（行或列）", "side of the table the point belongs to: row or column"),
    "size": ("字号（图宽的八百分之一）", "size of the letters, in 800ths of the width"),
    "stability": ("稳定度（重抽样中出现的比例）", "stability: share of resamples that have the branch"),
    "start": ("起点（整理后文本中的字位）", "offset in the cleaned text"),
    "status": ("正文留存（完整、部分、无）", "whether the heading's text is there"),
    "term": ("词", "term"),
    "title": ("标题", "title"),
    "top": ("上缘位置（图宽的八百分之一）", "top edge of the ink, in 800ths of the width"),
    "unit": ("单元（县或产业，原名）", "unit (county or industry), by its name in the plan"),
    "unit_label": ("单元标签（图中文字）", "unit's label as printed"),
    "value": ("指标值", "value of the measure"),
    "x": ("横坐标", "coordinate on the horizontal dimension"),
    "y": ("纵坐标", "coordinate on the vertical dimension"),
    "times": ("模拟文本的规模（本文的倍数）", "size of the simulated text, in times this one"),
    "n_terms": ("计入的词数", "counted words"),
    "recovery": ("植入主题前十词的找回率", "share of the planted topics' ten leading terms that are found"),
    "n_runs": ("模拟次数", "simulated texts"),
    "enough": ("是否达到要求", "whether what is asked is reached"),
    "topic": ("主题编号", "number of the topic"),
    "n_topics": ("主题数", "number of topics"),
    "c_v": ("主题一致性 C_v", "coherence C_v"),
    "npmi": ("主题一致性 NPMI", "coherence NPMI"),
    "stability_low": ("重现比例的区间下限", "lower end of the interval of stability"),
    "stability_high": ("重现比例的区间上限", "upper end of the interval of stability"),
    "scheme": ("单元的种类（县、产业）", "kind of unit: county or industry"),
    "seed_stability": ("换随机起点后前十词重现的比例", "share of leading terms that come back from other starts"),
    "mean_rank": ("一致性与稳定性的平均名次", "mean of the ranks by coherence and stability"),
    "place": ("在图中的位次", "place in the chart, 1 the first"),
    "specification": ("设定编号（0 为主结果）", "number of the specification, 0 the headline"),
    "headline": ("是否主结果，或主结果中的名次", "whether it is the headline, or the rank in the headline"),
    "result": ("结果", "result that was re-made"),
    "word": ("稳固程度", "how firm the result is"),
    "typical": ("与主结果一致程度的中位数", "median agreement with the headline"),
    "resampled": ("主结果重抽样后的一致程度（中位数）", "median agreement of the headline's own resamples"),
    "in_top": ("进入前列的比例", "share of all re-makings in which the term leads"),
    "median": ("中位数", "median"),
    "dictionaries": ("词典层", "layers of the dictionary"),
    "discovered": ("地名录与文中新词", "names of the gazetteer and terms found in the text"),
    "stop_words": ("停用词层", "layers of stop words"),
    "single_characters": ("是否保留单字词", "whether words of one character stay"),
    "ngrams": ("词组的最大词数", "longest run of words counted"),
    "weighting": ("加权方式", "weighting"),
    "min_df": ("最低文档频率（句）", "least number of sentences that hold a term"),
    "evidence": ("归属依据", "evidence by which a sentence belongs to a unit"),
    "similarity": ("相似度指标", "measure of similarity"),
    "linkage": ("聚类连接方式", "linkage of the clustering"),
    "n_clusters": ("聚类数", "number of clusters"),
    "n_chars": ("字数（标点不计）", "characters, marks not counted"),
    "end": ("终点（整理后文本中的字位）", "offset in the cleaned text at which it ends"),
    "from_start": ("距部分起点的字数", "characters from the part's beginning to its start"),
    "to_start": ("距部分起点的字数（止）", "characters from the part's beginning to its end"),
    "code": ("行政区划代码", "administrative code"),
    "shade": ("填色", "fill colour"),
    "line": ("行序", "line of the table"),
    "heading": ("所在标题", "heading it stands under"),
    "left_context": ("左侧文字", "text before the keyword"),
    "inertia_x": ("横轴所占惯量比例", "share of all inertia that the horizontal dimension holds"),
    "inertia_y": ("纵轴所占惯量比例", "share of all inertia that the vertical dimension holds"),
    "keyword": ("检索词", "keyword"),
    "right_context": ("右侧文字", "text after the keyword"),
    "source_line": ("源文件行号", "line of the source file"),
    "left_shown": ("左侧文字（图中）", "text before the keyword, as printed"),
    "right_shown": ("右侧文字（图中）", "text after the keyword, as printed"),
    "heading_shown": ("所在标题（图中）", "heading as printed"),
    "n_specifications": ("设定数", "ways of doing it that were tried"),
    "nine_in_ten": ("九成设定达到的一致程度", "agreement that nine in ten specifications reach"),
    "other": ("相比的另一指标", "the other measure"),
    "shuffled": ("句子随机分配时的值", "value where sentences are dealt out at random"),
    "holds_origin": ("95% 区域是否含原点（空心）", "whether its 95% region holds the origin, drawn hollow"),
    "overlap": ("前列词中两指标共有的比例", "share of the leading terms that both measures have"),
    "axis": ("维度", "dimension"),
    "congruence": ("重抽样中维度的吻合程度", "congruence of the dimension over resamples"),
    "recovery_asked": ("要求的找回率", "recovery that is asked for"),
    "stability_asked": ("要求的重现比例", "stability that is asked for"),
}
"""What the columns of the tables behind figures mean, in Chinese and English."""


@dataclass(frozen=True)
class Provenance:
    """What the figures of a notebook have in common; made once by provenance() and given to each save_figure.

    plan: the id of the plan whose folder the figures go to. common: the passport's fields on inputs, dictionaries,
    settings and versions. notebook: its name without .ipynb, None in a script. put_in: the parameters whose values are
    not those that stand in the notebook, as with `--plan`.
    """

    plan: str
    common: Mapping[str, Any]
    notebook: str | None = None
    put_in: tuple[str, ...] = ()
    _code: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def made_by(self, figure: str) -> dict[str, Any]:
        """Notebook, cell, heading and code behind a figure."""
        place = self._place(figure)
        if place is None:
            return {"notebook": self.notebook, "cell": None, "put_in": list(self.put_in)}
        return {
            "notebook": self.notebook,
            "cell": place.cell.id,
            "code_cell": place.cell.number,
            "heading": place.cell.heading,
            "code_sha256": place.code_sha256,
            "put_in": list(self.put_in),
        }

    def _place(self, figure: str) -> Place | None:
        if self.notebook is None:
            return None
        return saving_place(read_cells(paths.NOTEBOOKS / f"{self.notebook}.ipynb"), figure)

    def code(self) -> dict[str, Any]:
        """The files of src/utils behind the figures, by hash."""
        if not self._code:
            self._code.update(self._modules())
        files = short(self._code)
        return {"sha256": sha256(json.dumps(files, sort_keys=True)), "files": files}

    def _modules(self) -> dict[str, str]:
        if self.notebook is None:
            return every_module()
        cells = read_cells(paths.NOTEBOOKS / f"{self.notebook}.ipynb")
        return modules_behind(cell.source for cell in cells if cell.number)


@dataclass(frozen=True)
class Drawn:
    """What save_figure knows of one figure; header: the columns of its table, n_rows: its rows.

    untranslated: what it shows by its Chinese name alone, in English or both languages. bold: the file of its bold
    face; the regular ones are known by their package's version. rests_on: the columns and the table of the numbers in
    the sentence of robustness.
    """

    name: str
    title: str
    caption: Pair
    robustness: Pair | None
    footer: Mapping[str, Any]
    untranslated: Sequence[str]
    size_mm: tuple[float, float]
    columns: Mapping[str, Pair]
    header: Sequence[str]
    n_rows: int
    pictures: Mapping[str, Pixels]
    table: bytes
    bold: Path
    rests_on: tuple[Sequence[str], bytes] | None = None


def describe(drawn: Drawn, about: Provenance) -> dict[str, Any]:
    """The passport but for the hashes of the files that carry its id.

    Raises FigureError for a column that nobody has explained.
    """
    beside = drawn.rests_on[0] if drawn.rests_on else ()
    unknown = [name for name in [*drawn.header, *beside] if name not in drawn.columns and name not in COLUMNS]
    if unknown:
        raise FigureError(
            f"figure {drawn.name!r}: column {unknown[0]!r} of its table has no meaning yet; give save_figure "
            f"columns={{{unknown[0]!r}: (Chinese, English)}}, or add it to COLUMNS in src/utils/figures/passport.py."
        )
    meanings = {name: _both(drawn.columns.get(name) or COLUMNS[name]) for name in [*drawn.header, *beside]}
    files: dict[str, Any] = {
        f"{drawn.name}{ending}": {
            "pixels_sha256": pixels.sha256(),
            "width": pixels.array.shape[1],
            "height": pixels.array.shape[0],
            "dpi": pixels.dpi,
        }
        for ending, pixels in drawn.pictures.items()
    }
    files[f"{drawn.name}.csv"] = {"sha256": sha256(drawn.table)}
    told = {}
    if drawn.rests_on:
        files[f"{drawn.name}{RESTS_ON}"] = {"sha256": sha256(drawn.rests_on[1])}
        told = {"robustness_columns": {name: meanings[name] for name in beside}}
    passport = {
        "schema": SCHEMA,
        "id": "",
        "figure": drawn.name,
        "plan": about.plan,
        "title": drawn.title,
        "caption": _both(drawn.caption),
        "robustness": _both(drawn.robustness) if drawn.robustness else None,
        **drawn.footer,
        "size_mm": list(drawn.size_mm),
        "rows": drawn.n_rows,
        "columns": {name: meanings[name] for name in drawn.header},
        **told,
        "untranslated": list(drawn.untranslated),
        "made_by": about.made_by(drawn.name),
        **about.common,
        "fonts": {drawn.bold.name: sha256(drawn.bold.read_bytes())[:16]},
        "code": about.code(),
        "files": files,
    }
    return {**passport, "id": identity(passport)}


def _both(pair: Pair) -> dict[str, str]:
    return {"zh": pair[0], "en": pair[1]}


def identity(passport: Mapping[str, Any]) -> str:
    """The id that a passport should have."""
    files = {name: told for name, told in passport["files"].items() if not name.endswith(CARRY_THE_ID)}
    return hash_json({key: told for key, told in passport.items() if key not in _NOT_IN_THE_ID} | {"files": files})


def is_whole(passport: Mapping[str, Any]) -> bool:
    """Whether a passport is as it was made: nobody edited it afterwards."""
    return passport["id"] == identity(passport) and passport.get(_SEAL) == seal_of(passport, _SEAL)


def complete(passport: dict[str, Any], vectors: Mapping[str, bytes]) -> str:
    """The text of the passport's file, with the hashes of the files that carry its id and of all of it."""
    files = passport["files"] | {name: {"sha256": sha256(content)} for name, content in vectors.items()}
    whole = {**passport, "files": files}
    return json.dumps({**whole, _SEAL: seal_of(whole, _SEAL)}, ensure_ascii=False, indent=1) + "\n"


def read_passport(path: Path) -> dict[str, Any]:
    """Read a passport. Raises FigureError where the file is none, or one of a later kind."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        schema = found["schema"]
        found["files"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FigureError(f"{path.name}: not a figure's passport; run `python run.py` to make it anew.") from error
    if schema != SCHEMA:
        raise FigureError(f"{path.name}: a passport of kind {schema!r}, this is {SCHEMA}; run `python run.py`.")
    return dict(found)


def is_passport(path: Path) -> bool:
    """Whether a file is the passport of a figure."""
    try:
        read_passport(path)
    except FigureError:
        return False
    return True


def problems(path: Path) -> list[str]:
    """What is wrong between a passport and the files beside it: edited, missing, or carrying another id.

    Pictures at 600 dpi may be missing: they are not kept in git.
    """
    passport = read_passport(path)
    found = [] if is_whole(passport) else [f"{path.name}: was edited, its hashes are not its own"]
    for name, told in passport["files"].items():
        sibling = path.with_name(name)
        if not sibling.is_file():
            found += [] if name.endswith(HIGH_RESOLUTION) else [f"{name}: is missing"]
        elif not _is_the_one(sibling.read_bytes(), told):
            found.append(f"{name}: is not the file that {path.name} describes")
        elif not name.endswith(".csv") and carried_id(sibling.read_bytes()) != passport["id"]:
            found.append(f"{name}: carries the id of another passport")
    return found


def _is_the_one(content: bytes, told: Mapping[str, Any]) -> bool:
    if "sha256" in told:
        return sha256(content) == str(told["sha256"])
    try:
        return read_pixels(content).sha256() == str(told["pixels_sha256"])
    except OSError:
        return False


def carried_id(content: bytes) -> str:
    """The passport's id inside a PNG, SVG or PDF; "" where there is none."""
    key = PASSPORT_KEY.encode()
    for mark in (key + b":", b"tEXt" + key + b"\0"):
        at = content.find(mark)
        if at >= 0:
            found = content[at + len(mark) : at + len(mark) + 64]
            return found.decode("ascii", "replace")
    return ""


def passports_under(folder: Path) -> list[Path]:
    """The passports in a folder and below it, in order."""
    return [path for path in sorted(folder.rglob(f"*{SUFFIX}")) if path.is_file() and is_passport(path)]

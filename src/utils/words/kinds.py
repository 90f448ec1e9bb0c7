"""Numbers, quantities, shares, dates, periods and ordinals: how they are found in text, and told by their form.

Numbers are found before the cut, because no segmenter keeps 50.3个百分点 or 2016-2019年 whole, and jieba guesses words
out of a unit and what follows (12/个省). A unit is taken with its number only where the characters after it cannot make
a word with it: in 200项目 and 12万人才 the unit waits for the cut, which finds 项目 and 人才. Numerals of one Han
character are left to the dictionary: 一定, 三明, 四川, 百度, 万年 and 十堰 hold none.
"""

from __future__ import annotations  # so that the numbers in a text are found without pandas

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from src.utils.lexicons import load_lexicon

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["number", "quantity", "percent", "date", "period", "ordinal"]

LABELS: Final[dict[Kind, str]] = {
    "number": "〈数字〉",
    "quantity": "〈数量〉",
    "percent": "〈百分比〉",
    "date": "〈日期〉",
    "period": "〈时期〉",
    "ordinal": "〈序数〉",
}
"""The kinds, and what stands for a token of each where it is replaced.

number: 3632, 三分之一. quantity: a number with a unit or a classifier (3632亿元, 三家, 5年). percent: 9.1%,
50.3个百分点, 六成. date: 2025年, 2016-2019年, 1月19日, 一季度. period: 十四五. ordinal: 第一, 第19届, 第一方阵.
"""

KINDS: Final[tuple[Kind, ...]] = tuple(LABELS)

COUNTED: Final = frozenset("人处部场张列岁号届轮强级版株头首篇支艘架颗栋间款例份笔宗块片里克秒则幅床").union(
    ["周年", "个月", "月份", "标箱", "标准箱", "微克", "毫克", "千伏", "英寸", "海里", "微米", "纳米", "毫秒", "立方"],
    ["摄氏度", "港元", "欧元", "日元", "车次", "架次", "班次", "场次", "批次", "户次", "辆次", "艘次", "吨级", "大类"],
    ["GB", "TB", "PB", "Mbps", "Gbps", "EFLOPS", "PFLOPS", "KW", "KWh", "km", "mm", "cm", "nm", "kg", "mg", "m", "g"],
    "℃㎡㎥",
)
"""Units and classifiers that are such only behind a numeral; alone they are words like others (人, 处, 强)."""

_RANKS: Final = (*"届次批期名位个年章节条项轮号站场家座所", "季度", "方阵", "梯队")
_NO_UNITS: Final = frozenset(["一季度", "二季度", "三季度", "四季度", "上半年", "下半年", "当年", "百分比", "倍以上"])
"""Entries of units_of_measure.csv that stand for themselves and behind no numeral."""

_NOT_BEHIND_HAN: Final = frozenset("大成度时字周级强里头")
"""Units that make other words with numerals of several Han characters: 二十大 is a congress, 五千亿级 a class."""

_NAME_TAGS: Final = ("ns", "nt", "nr")

_D: Final = "0-9０-９"
_HAN_1_9: Final = "一二三四五六七八九"
_LEADING: Final = f"{_HAN_1_9}两几数"
_DASH: Final = "(?:[-－–—~～](?!—))"
_TO: Final = f"(?:{_DASH}|[至到])"
_PERCENT_SIGN: Final = "[%％‰]"
_MULTIPLE: Final = "(?:[十百千]?(?:万亿|[万亿])|[百千])"
_NUMERAL: Final = rf"[{_D}]+(?:,[{_D}]{{3}})*(?:[.．][{_D}]+)?"
_NUMERAL_REST: Final = rf"(?:[{_D}]{{0,2}}(?:,[{_D}]{{3}})+(?![{_D}])|[{_D}]*)(?:[.．][{_D}]+)?"
_YEAR: Final = f"(?:[1１][5-9５-９]|[2２][01０１])[{_D}]{{2}}"
_YEAR_REST: Final = f"(?:(?<=[1１])[5-9５-９]|(?<=[2２])[01０１])[{_D}]{{2}}"
_NO_TIE: Final = rf"(?![{_D}A-Za-z+#&_]|[.．][{_D}]|[-－][{_D}A-Za-z])"
_DAY: Final = f"[{_D}]{{1,2}}(?:{_TO}[{_D}]{{1,2}})?日"
_IN_MONTH: Final = f"(?:{_DAY}|[份初底末])?"

FIRST: Final = f"{_D}第{_LEADING}十百"
"""The characters, as a set of a regular expression, that a number in text begins with."""


@lru_cache(maxsize=1)
def bare_units() -> frozenset[str]:
    """The units of measure that stand alone too (亿元), and so are numbers without a numeral."""
    return frozenset(load_lexicon("units_of_measure")["term"])


@lru_cache(maxsize=1)
def units() -> tuple[str, ...]:
    """Units and classifiers that may stand behind a numeral, multiples like 万 taken off; the longest first."""
    stripped = {re.sub("^[余多]?[百千]?(?:万亿|[万亿])?", "", unit) for unit in bare_units() - _NO_UNITS}
    return tuple(sorted((stripped | COUNTED) - {""}, key=lambda unit: (-len(unit), unit)))


def _any_of(names: Iterable[str]) -> str:
    """Write an alternative of units, the longest first; one of Latin letters must not go on.

    They are put together by their first character, and those of one character in a set: re tries them one by one.
    """
    single, rests = "", dict[str, list[str]]()
    for name in sorted(names, key=lambda name: (-len(name), name)):
        if name.isascii():
            rests.setdefault(name[0], []).append(f"{name[1:]}(?![A-Za-z0-9])")
        elif len(name) == 1:
            single += name
        else:
            rests.setdefault(name[0], []).append(name[1:])
    longer = [f"{first}(?:{'|'.join(behind)})" for first, behind in rests.items()]
    return f"(?:{'|'.join([*longer, f'[{single}]'] if single else longer)})"


def pattern() -> str:
    """Write the regular expression of a number in text, for the characters after the first, which is one of FIRST."""
    unit = _any_of(units())
    amount = f"(?:[余多来]?(?:{_MULTIPLE}[余多]?)?{unit}(?:[/／]{unit})?|[余多来]?[十百千]?(?:万亿|[万亿])[余多]?)"
    month = f"[{_D}]{{1,2}}(?:{_TO}[{_D}]{{1,2}})?月{_IN_MONTH}"
    arabic = [
        f"{_YEAR_REST}(?:[-./][{_D}]{{1,2}}){{2}}(?![{_D}.])",
        f"{_YEAR_REST}(?:{_TO}{_YEAR})?年(?:{month}|[初底末内度])?",
        f"[{_D}]?(?:{_TO}[{_D}]{{1,2}})?(?:月{_IN_MONTH}|日)",
        f"[{_D}]?世纪(?:[{_D}][0０]年代)?|[0０]年代",
        f"{_NUMERAL_REST}(?:{_PERCENT_SIGN}?{_TO}{_NUMERAL})?(?:{_PERCENT_SIGN}|个?百分点)",
        f"{_NUMERAL_REST}(?:{_MULTIPLE}?{_TO}{_NUMERAL})?{amount}",
        f"{_NUMERAL_REST}(?:{_DASH}{_NUMERAL})?{_NO_TIE}",
    ]
    several = f"(?:(?<=[{_LEADING}])[十百千][零〇{_HAN_1_9}十百千几]*|(?<=十)[{_HAN_1_9}几])"
    han = [
        f"(?<=[一二])[〇零○{_HAN_1_9}]{{3}}年[初底末]?",
        f"(?<=百)分之(?:{_NUMERAL}(?:{_TO}{_NUMERAL})?|[{_HAN_1_9}十百]+)",
        f"[{_HAN_1_9}十]*(?<!百)分之[{_HAN_1_9}十百千万]+",
        f"(?:{several}[余多来]?(?:万亿|[万亿])?|(?<=[{_LEADING}])(?:万亿|[万亿]))[余多]?"
        + _any_of(name for name in units() if name not in _NOT_BEHIND_HAN),
    ]
    rank = _any_of(_RANKS)
    return (
        f"(?:(?<=[{_D}])(?<![{_D}A-Za-z].)(?<![{_D}A-Za-z][-+#&_.．].)(?:{'|'.join(arabic)})"
        f"|(?<=第)(?:[{_D}]+(?:{_DASH}[{_D}]+)?{rank}?|[{_HAN_1_9}十百千零〇]+{rank})"
        f"|(?<=[{_LEADING}十百])(?<![{_D}第零〇百千万亿{_LEADING}十].)(?:{'|'.join(han)}))"
    )


_CERTAIN: Final = re.compile(f".*年|.*月(?=.?$)|.*月.+日$|第?{_NUMERAL}(?:{_TO}{_NUMERAL})?")


def without_unit(number: str) -> tuple[str, str]:
    """Part a number from a unit that may belong to the next word: ("200", "项"), ("2025年", "初"), ("", "十二个").

    A year keeps its 年 and a month its 月.
    """
    certain = _CERTAIN.match(number)
    return (certain[0], number[certain.end() :]) if certain else ("", number)


@lru_cache(maxsize=1)
def _amount() -> re.Pattern[str]:
    any_unit = "|".join(map(re.escape, units()))
    return re.compile(f"[余多来]?(?:{_MULTIPLE}[余多]?)?(?:{any_unit})|[余多来]?{_MULTIPLE}[余多]?")


@lru_cache(maxsize=4096)
def is_amount(token: str) -> bool:
    """Tell whether a token that stands right behind a number is its unit: 个, 万人, 余家, 亿."""
    return _amount().fullmatch(token) is not None


_BEGINNINGS: Final = frozenset(f"0123456789０１２３４５６７８９第“百上下零〇○{_LEADING}十")
_FORMS: Final[dict[Kind, re.Pattern[str]]] = {  # asked in this order
    "period": re.compile(f"“?十[{_HAN_1_9}]五”?"),
    "ordinal": re.compile(
        f"第(?:[{_D}]+(?:{_DASH}[{_D}]+)?|[{_HAN_1_9}十百千零〇]+)(?:{'|'.join((*_RANKS, '小时', '天'))})?"
        f"|[{_HAN_1_9}]?十[{_HAN_1_9}]?届"
    ),
    "percent": re.compile(
        f"{_NUMERAL}(?:{_PERCENT_SIGN}?{_TO}{_NUMERAL})?(?:{_PERCENT_SIGN}|个?百分点)"
        f"|百分之(?:{_NUMERAL}(?:{_TO}{_NUMERAL})?|[{_HAN_1_9}十百]+)|[{_HAN_1_9}两]成"
    ),
    "date": re.compile(
        f"{_YEAR}(?:{_TO}{_YEAR})?年.*|{_YEAR}(?:[-./][{_D}]{{1,2}}){{2}}"
        f"|[{_D}]{{1,2}}(?:{_TO}[{_D}]{{1,2}})?(?:月.*|日)|[{_D}]{{1,2}}世纪.*|[{_D}]?[{_D}][0０]年代"
        f"|[一二][〇零○{_HAN_1_9}]{{3}}年.?|(?:十[一二]?|[{_HAN_1_9}])月[份初底末]?|[{_HAN_1_9}]十年代"
        "|[一二三四]季度|[上下]半年"
    ),
}
_HAN_SMALL: Final = (  # up to 9999; may be empty
    f"(?:[{_LEADING}]千)?[零〇]?(?:[{_LEADING}]百)?[零〇]?(?:[{_LEADING}]?十)?[{_HAN_1_9}两几]?"
)
_HAN_NUMERAL: Final = (
    f"(?:[{_HAN_1_9}十]+分之[{_HAN_1_9}十百千万]+|[〇零○{_HAN_1_9}]{{4}}|[零〇○]"
    f"|(?=[{_LEADING}十])(?:{_HAN_SMALL}[余多来]?万?亿)?(?:{_HAN_SMALL}[余多来]?万)?{_HAN_SMALL}(?:点[{_HAN_1_9}零]+)?)"
)
_ARABIC_NUMERAL: Final = f"{_NUMERAL}(?:{_MULTIPLE}?{_TO}{_NUMERAL})?"


@lru_cache(maxsize=1)
def _amounts() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """The forms of numbers, of quantities, and of quantities with a numeral of one Han character.

    三级 and 一部 are words: behind such a numeral only units of measure count.
    """
    unit = _any_of(units())
    han_unit = _any_of({*units(), *bare_units()} - _NOT_BEHIND_HAN)
    numeral = f"{_ARABIC_NUMERAL}[余多来]?(?:{_MULTIPLE}[余多]?)?|(?!几$){_HAN_NUMERAL}[余多]?"
    arabic = f"{_ARABIC_NUMERAL}[余多来]?(?:{_MULTIPLE}[余多]?)?{unit}(?:[/／]{unit})?"
    quantity = f"{arabic}|(?=...){_HAN_NUMERAL}[余多]?{han_unit}"
    return re.compile(numeral), re.compile(quantity), re.compile(f"[{_HAN_1_9}两十]{_any_of(bare_units())}")


PLACES: Final = frozenset(["三元", "三台", "九台", "五台"])
"""Names of counties that look like quantities; a test asks the gazetteer for others."""


def kind_of(term: str) -> Kind | None:
    """Tell of which kind a token is by its form; None for a word.

    Whole tokens are asked, so 一 is a number and 一定 is a word. Terms that hold numerals (一带一路, 三一重工) have
    none of the forms; 十四五 is a period and 第一方阵 an ordinal although they are terms.

    >>> [kind_of(term) for term in ("3632亿元", "50.3个百分点", "2016-2019年", "三家", "第一", "十四五", "万年")]
    ['quantity', 'percent', 'date', 'quantity', 'ordinal', 'period', None]
    """
    if not term or term[0] not in _BEGINNINGS or term in PLACES:
        return None
    for kind, form in _FORMS.items():
        if form.fullmatch(term):
            return kind
    number, quantity, short_quantity = _amounts()
    if number.fullmatch(term):
        return "number"
    return "quantity" if quantity.fullmatch(term) or short_quantity.fullmatch(term) else None


@lru_cache(maxsize=1)
def _fixed_terms() -> frozenset[str]:
    return frozenset(load_lexicon("policy_terms")["term"])


def is_number(term: str) -> bool:
    """Tell whether a token counts or dates and says nothing else: it has a kind, or is a bare unit of measure (亿元).

    Policy terms are none whatever their form (十四五, 第一方阵), and no period is.
    """
    if term in _fixed_terms():
        return False
    kind = kind_of(term)
    return term in bare_units() if kind is None else kind != "period"


def with_kinds(
    tokens: pd.DataFrame, how: Literal["keep", "drop", "replace"], kinds: Collection[Kind] = KINDS
) -> pd.DataFrame:
    """Keep the tokens of these kinds, drop them, or write their kind's label (LABELS) for the term.

    tokens: a table with the column term; where it has the column tag, a name (ns, nt, nr) is of no kind. Index, order,
    the other columns and the dictionary's hash stay as they are, start and end too: they lead back to the number.
    Raises ValueError for another way or an unknown kind.
    """
    if how not in ("keep", "drop", "replace"):
        raise ValueError(f"no such way: {how!r}; there are 'keep', 'drop' and 'replace'")
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise ValueError(f"no such kind: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    if how == "keep":
        return tokens.copy()
    label = {term: LABELS[kind] for term in tokens["term"].unique() if (kind := kind_of(term)) in kinds and kind}
    found = tokens["term"].isin(set(label))
    if "tag" in tokens:
        found &= ~tokens["tag"].isin(_NAME_TAGS)
    if how == "drop":
        return tokens[~found]
    return tokens.assign(term=tokens["term"].where(~found, tokens["term"].map(label)))

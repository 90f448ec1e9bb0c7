"""What stands before a title, in English: 第一章 is Chapter 1 in an English figure, 前言 the Foreword."""

import re
from collections.abc import Mapping
from typing import Final

from src.utils.figures.language import Language
from src.utils.plans.headings import HAN_NUMERAL, ORDINAL, number_of

_KINDS: Final[Mapping[str, str]] = {"篇": "Part", "编": "Part", "章": "Chapter", "节": "Section", "条": "Article"}
_NAMED: Final[Mapping[str, str]] = {"专栏": "Box", "附件": "Annex", "附表": "Annex table", "附录": "Appendix"}
_ALONE: Final = re.compile(rf"{ORDINAL.pattern}|(?:专栏|附[件表录])(?:{HAN_NUMERAL}|[0-9-]*)|{HAN_NUMERAL}")
PARTS: Final[Mapping[str, str]] = {
    "前言": "Foreword",
    "序言": "Preface",
    "序": "Preface",
    "引言": "Introduction",
    "导言": "Introduction",
    "结语": "Conclusion",
    "结束语": "Concluding remarks",
    "后记": "Afterword",
    "名词解释": "Glossary",
    "目录": "Contents",
}
"""Parts without an ordinal, and their English names."""


def ordinal_label(ordinal: str, language: Language) -> str:
    """An ordinal as a figure prints it: in English alone it is English, else as the plan has it; 1.1 and ① stay.

    >>> [ordinal_label(ordinal, "en") for ordinal in ("第二十一章", "（三）", "一、", "专栏2", "1.1")]
    ['Chapter 21', '(3)', '1.', 'Box 2', '1.1']
    """
    if language != "en" or not _ALONE.fullmatch(ordinal):
        return ordinal
    if ordinal[:2] in _NAMED:
        rest = ordinal[2:]  # 3-1 as it is
        return f"{_NAMED[ordinal[:2]]} {rest if rest.isascii() else number_of(rest)}".strip()
    if ordinal[0] == "第":
        return f"{_KINDS[ordinal[-1]]} {number_of(ordinal)}"
    if ordinal[0] in "（(":
        return f"({number_of(ordinal)})"
    if re.match(HAN_NUMERAL, ordinal):
        return f"{number_of(ordinal)}{'.' if ordinal[-1] in '、是' else ''}"
    return ordinal


def part_label(part: str, names: Mapping[str, str], language: Language) -> str:
    """What a part of a text, its ordinal or its title, is called: in English alone by its English name, if any."""
    return names.get(part) or PARTS.get(part) or ordinal_label(part, language) if language == "en" else part

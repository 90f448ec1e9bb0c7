"""The ordinals that Word writes by itself (第一章, （一）, 1.): not in the document's text, but on the page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "〇一二三四五六七八九"
_BULLETS = ("bullet", "none")
_CIRCLED = ("decimalEnclosedCircle", "decimalEnclosedCircleChinese")
_COUNTING = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCountingThousand")
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"


@dataclass(frozen=True)
class Level:
    """One level of a list: how it counts, from which number, and the pattern of its ordinal ("第%1章")."""

    form: str
    pattern: str
    start: int
    suffix: str
    style: str | None


@dataclass
class Numbering:
    """All lists of a document, counting as its paragraphs come by."""

    levels: Mapping[str, Mapping[int, Level]] = field(default_factory=dict)
    list_of: Mapping[str, str] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def level_of_style(self, number: str, style: str) -> int:
        """The level of a list that is bound to a paragraph style; the first where none is."""
        return next((at for at, level in self.levels.get(number, {}).items() if level.style == style), 0)

    def ordinal(self, number: str, level: int) -> str | None:
        """The ordinal of the next paragraph of a list, "" for a bullet, None where there is no such list."""
        levels = self.levels.get(number, {})
        own = levels.get(level)
        if own is None:
            return None
        counts = self._counts.setdefault(self.list_of[number], {})
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        counts[level] = counts.get(level, own.start - 1) + 1
        if own.form in _BULLETS and "%" not in own.pattern:
            return ""
        text = own.pattern
        for at in range(level + 1):
            shown = levels.get(at, own)
            text = text.replace(f"%{at + 1}", in_form(counts.get(at, shown.start), shown.form))
        return text + (" " if text[-1:].isalnum() and own.suffix != "nothing" else "")


def in_form(number: int, form: str) -> str:
    """A number as a list shows it.

    >>> in_form(12, "chineseCounting"), in_form(3, "decimalEnclosedCircle"), in_form(4, "upperRoman")
    ('十二', '③', 'IV')
    """
    if form in _CIRCLED and not 1 <= number <= 20:
        return str(number)
    return _FORMS.get(form, str)(number)


def _in_digits(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _in_letters(number: int) -> str:
    return chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 9)


def _in_chinese(number: int) -> str:
    if not 0 < number < 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def _in_roman(number: int) -> str:
    text = ""
    for value, letters in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        times, number = divmod(number, value) if number < 4000 else (0, number)
        text += letters * times
    return text


_FORMS: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(_COUNTING, _in_chinese),
    **dict.fromkeys(_CIRCLED, lambda number: chr(ord("①") + number - 1)),
    **dict.fromkeys(_BULLETS, lambda _: ""),
    "ideographDigital": _in_digits,
    "japaneseDigitalTenThousand": _in_digits,
    "ideographTraditional": lambda number: _STEMS[(number - 1) % 10],
    "ideographZodiac": lambda number: _BRANCHES[(number - 1) % 12],
    "upperLetter": _in_letters,
    "lowerLetter": lambda number: _in_letters(number).lower(),
    "upperRoman": _in_roman,
    "lowerRoman": lambda number: _in_roman(number).lower(),
}


def read_numbering(root: etree._Element) -> Numbering:
    """The lists that word/numbering.xml defines, with each number's own changes to them."""
    abstract = {
        item.get(f"{W}abstractNumId"): _levels(item.findall(f"{W}lvl")) for item in root.iter(f"{W}abstractNum")
    }
    levels, list_of = {}, {}
    for item in root.iter(f"{W}num"):
        number, base = item.get(f"{W}numId"), item.find(f"{W}abstractNumId")
        if number is None or base is None:
            continue
        name = base.get(f"{W}val", "")
        changed = item.findall(f"{W}lvlOverride")
        own = dict(abstract.get(name, {}))
        for change in changed:
            at = as_int(change.get(f"{W}ilvl"))
            own |= _levels(change.findall(f"{W}lvl"))
            start = change.find(f"{W}startOverride")
            if start is not None and at in own:
                old = own[at]
                own[at] = Level(old.form, old.pattern, as_int(start.get(f"{W}val"), 1), old.suffix, old.style)
        levels[number] = own
        # Numbers of one list count on from one another, unless they begin anew by themselves.
        list_of[number] = f"num {number}" if changed else f"list {name}"
    return Numbering(levels, list_of)


def _levels(items: Iterable[etree._Element]) -> dict[int, Level]:
    def value(item: etree._Element, name: str, default: str) -> str:
        found = item.find(f"{W}{name}")
        return default if found is None else found.get(f"{W}val", default)

    return {
        as_int(item.get(f"{W}ilvl")): Level(
            value(item, "numFmt", "decimal"),
            value(item, "lvlText", ""),
            as_int(value(item, "start", "1"), 1),
            value(item, "suff", "tab"),
            value(item, "pStyle", "") or None,
        )
        for item in items
    }


def as_int(text: str | None, default: int = 0) -> int:
    """A small number out of an attribute, or the default where it holds none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else default

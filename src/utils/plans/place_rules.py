"""Whether a name found in a sentence means the county: an ordered list of rules, each a function of the name found.

The first rule that fits decides, and its name is what `units.considered` shows a reader. What is ordinary, a river or
cut wrongly out of other words is told by the neighbours of the name, by data/lexicons/ambiguous_places.csv and by the
words of jieba's dictionary (word_boundaries.py).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Literal

from src.utils.plans.name_search import Beginnings
from src.utils.plans.word_boundaries import Boundaries, common_words

Kind = Literal["full", "short", "former_short", "zone", "longer"]


@dataclass(frozen=True)
class Reading:
    """What a name may stand for: a unit ("" for none of them), the kind of the name, the place's city."""

    unit: str
    kind: Kind
    city: str = ""


@dataclass(frozen=True)
class Found:
    """A name found in a text and all it may stand for."""

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    names: "Names"

    @property
    def form(self) -> str:
        """The name as it is written."""
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """The twelve characters before it."""
        return self.text[max(0, self.start - 12) : self.start]

    @property
    def after(self) -> str:
        """The twelve characters after it."""
        return self.text[self.end : self.end + 12]

    @property
    def kind(self) -> Kind:
        """The kind of name."""
        return self.readings[0].kind

    @property
    def word(self) -> str | None:
        """The word of the text that it is, or is a part of; None where it is cut out of several."""
        return self.names.boundaries.word_around(self.text, self.start, self.end)

    @property
    def ambiguous(self) -> str:
        """How data/lexicons/ambiguous_places.csv says it may be read too, or ""."""
        return self.names.readings_too.get(self.form, "")


def lengths_of(names: Collection[str]) -> dict[str, tuple[int, ...]]:
    """The lengths of the names that begin with the same two characters, the longest first."""
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for name in names:
        lengths[name[:2]].add(len(name))
    return {two: tuple(sorted(sizes, reverse=True)) for two, sizes in lengths.items()}


@dataclass
class Names:
    """The names that may stand in a text of a plan, and what is needed to judge them."""

    readings: dict[str, tuple[Reading, ...]]
    wider: frozenset[str]  # short names of the province's prefectures
    cities: dict[str, tuple[str, ...]]  # names of each city in the place, by code
    readings_too: dict[str, str]
    boundaries: Boundaries
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lengths = lengths_of(self.readings)
        self.beginnings = Beginnings(name for name in self.readings if len(name) > 1)

    def begins_at(self, text: str, at: int) -> bool:
        """Whether a full or a short name of a county begins here."""
        return any(
            (known := self.readings.get(text[at : at + size])) is not None and known[0].kind != "longer"
            for size in self.lengths.get(text[at : at + 2], ())
        )


# The rules, in the order in which they are asked; the first that fits decides. Each says what it fits and gives an
# example; the tuple RULES below says which of them make a name count.


def zone(found: Found) -> bool:
    """A development zone that plan.toml assigns: 上饶经开区, to a county or to none."""
    return found.kind == "zone"


def longer_name(found: Found) -> bool:
    """A longer name that is no county's holds it: 鄱阳 in 鄱阳湖, 江北 in 江北国际机场."""
    return found.kind == "longer"


def across_words(found: Found) -> bool:
    """It is cut wrongly out of several words: 和政 out of 和|政协, 泰山区 out of 环|泰山|区域."""
    return found.word is None


def part_of_word(found: Found) -> bool:
    """A longer word holds it that is no place: 解放军, 新兴产业, 合作社; 崇明岛 and 广丰县城 are places."""
    word = found.word
    return word not in (None, found.form) and found.kind != "full" and not _is_place(word, found.form)


def _is_place(word: str | None, name: str) -> bool:
    return word is not None and word.startswith(name) and word in common_words().places


def number(found: Found) -> bool:
    """A number is written with its first character: 3万年, 数万载."""
    return found.form[0] in "亿万千百" and bool(re.search(r"[0-9０-９亿万千百十两几数上近]$", found.before))


def full_name(found: Found) -> bool:
    """It is written with its class, and that is no common noun (城区): 广丰区, 孟连县, 上饶县."""
    return found.kind == "full" and not found.ambiguous


_NATURE = re.compile(
    r"[东西南北]?(?:湖(?![南北])|江(?![苏西布])|河(?![南北道]|红茶)|山(?![区地水东西核])|岭|湾(?!里)|峡(?!江)|海域|海峡|群岛|半岛)"
    r"|大峡谷|雪山|沙漠|沙地|平原|盆地|高原|草原|流域|古道|石窟|国家(?:级)?(?:植物|森林)?公园|[^，。；、]?油气?田"
)


def natural_feature(found: Found) -> bool:
    """A lake, river, mountain, bay or national park is named, not the county: 微山湖, 麦积山石窟, 若尔盖国家公园."""
    return found.kind != "full" and bool(_NATURE.match(found.after)) and not _next_begins(found)


_FIRM = re.compile(r"[^，。；、：！？（）()“”\s]{0,8}?(?:公司|集团|股份)|(?:石化|银行|证券|控股|实业)")


def firm(found: Found) -> bool:
    """A firm's name begins with it: 金川集团; not where the firm has a place of its own: 德兴江西黄金股份."""
    own_place = found.after[:2] in common_words().places
    return found.kind != "full" and not own_place and bool(_FIRM.match(found.after))


_INSTITUTION = re.compile(
    r"[^，。；、：！？（）()“”\s]{0,4}?(?:大学(?!城)|学院|专科学校|实验室|研究院|研究所|医院|博物[馆院]|交响乐团)"
)


def institution(found: Found) -> bool:
    """A university, laboratory, hospital or museum is named after it: 石河子大学, 崂山实验室, 宣武医院."""
    return found.kind != "full" and bool(_INSTITUTION.match(found.after))


_TOWNSHIP = re.compile(r"(?:古镇|镇(?![江域])|乡(?![村土镇])|村(?![镇级庄])|街道|驿|社区|站街)")


def township(found: Found) -> bool:
    """A town, village or street of that name, anywhere: 赤坎古镇, 清水驿."""
    return found.kind != "full" and bool(_TOWNSHIP.match(found.after)) and not _next_begins(found)


_ROUTE_AFTER = re.compile(
    r"(?:至|到|经|—|－|-|～)[^，。；、]{2,14}?(?:高速|铁路|公路|高铁|城际|航道|管道|输变?电|千伏|段|线|通车|快速)"
)
_ROUTE_BEFORE = re.compile(r"[\u4e00-\u9fff](?:至|经|—|－)$")
_ROUTE_END = re.compile(r"(?:等|、|段|[^，。；]{0,8}?(?:高速|铁路|公路|高铁|城际|航道|管道|输变?电|千伏))")
_LINE = re.compile(r"线(?![索上下路条])|[一二三四五六七八九十0-9]*号线|号(?=[”’》])")


def line_or_vessel(found: Found) -> bool:
    """A railway line, a train or a ship is named after it: 昌平线, “天山号”."""
    return found.kind != "full" and bool(_LINE.match(found.after)) and not _ROUTE_BEFORE.search(found.before)


def prefecture_namesake(found: Found) -> bool:
    """The short name is a prefecture's too, and that is meant: 南昌, 长沙, 昌吉州."""
    return found.kind == "short" and found.form in found.names.wider


def two_places(found: Found) -> bool:
    """Two counties of the place share the name and nothing near tells which: 桥西区, 伊宁."""
    return len({reading.unit for reading in found.readings}) > 1


def city_before(found: Found) -> bool:
    """Its own city stands right before it: 宁德古田, 南平市政和."""
    cities = {reading.city for reading in found.readings}
    return any(found.before.endswith(name) for city in cities for name in found.names.cities.get(city, ()))


def route(found: Found) -> bool:
    """An end of a road, railway or power line: 富裕至加格达奇铁路, 湟源至共和公路."""
    if _ROUTE_AFTER.match(found.after):
        return True
    return bool(_ROUTE_BEFORE.search(found.before) and _ROUTE_END.match(found.after))


_WORKS = re.compile(
    r"(?:等?机场|抽水蓄能|[核火水]电|灌区|煤矿|铜矿|古城|县城|[东南西北]站|经开区|高新区|经济(?:技术)?开发区)"
)


def works(found: Found) -> bool:
    """Works that bear a place's name follow: 共和机场, 东方机场; not after a verb (新建机场)."""
    return found.ambiguous != "verb" and bool(_WORKS.match(found.after))


_SCENE = re.compile(r"(?:召开|举行|举办|落地|落户|开工|建成|挂牌|投产|设立|成立|揭牌)")


def scene(found: Found) -> bool:
    """Something happens in it: 在平安举行, 落户东方."""
    return (
        bool(
            re.search(r"(?:落户|位于|入驻|地处|来到)$", found.before)
            or (re.search(r"[在于]$", found.before) and _SCENE.match(found.after))
        )
        and found.ambiguous != "region"
    )


def ordinary_word(found: Found) -> bool:
    """It is an ordinary word, a mountain or a region too, and nothing says that the county is meant: 资源, 合作."""
    return bool(found.ambiguous)


def short_name_alone(found: Found) -> bool:
    """None of the above: 广信投产, 以玉山为重点."""
    return found.kind in ("short", "former_short")


Rule = Callable[[Found], bool]
RULES: Final[tuple[tuple[Rule, bool], ...]] = (
    (zone, True),
    (longer_name, False),
    (across_words, False),
    (part_of_word, False),
    (number, False),
    (full_name, True),
    (natural_feature, False),
    (firm, False),
    (institution, False),
    (township, False),
    (line_or_vessel, False),
    (prefecture_namesake, False),
    (city_before, True),
    (route, True),
    (works, True),
    (scene, True),
    (ordinary_word, False),  # unless it stands in a list with a name that counts: rule `list_of_places`
    (short_name_alone, True),
)
"""The rules in order, and whether a name counts by each. Asked after them: `two_places` and the list of places."""


def _next_begins(found: Found) -> bool:
    return found.names.begins_at(found.text, found.end)


def judge(found: Found) -> tuple[str, bool]:
    """The name of the first rule that fits, and whether the name counts by it."""
    for rule, counts in RULES:
        if rule(found):
            return rule.__name__, counts
    raise AssertionError("short_name_alone and full_name leave nothing over")

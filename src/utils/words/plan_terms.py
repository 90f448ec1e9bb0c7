"""A plan's own terms: what its text puts in quotation marks, and the programmes and industries its headings name.

The rules are few and look at letters alone, so that the same plan gives the same terms; each term knows its line.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from typing import Final, NamedTuple

from src.utils.lexicons import Entry
from src.utils.plans.outline import COUNTED_KINDS
from src.utils.plans.pipeline import Plan
from src.utils.words.jieba_dictionary import word_list

QUOTED_TAG: Final = "nz"
HEADING_TAG: Final = "n"

LONGEST_QUOTED: Final = 12
"""Longer quotations are sentences: “千村示范、万村整治” has nine characters, “经济大省挑大梁，更好发挥带动…” twenty."""

LONGEST_HAN: Final = 8

SHORTEST_UNQUOTED: Final = 4
"""Shorter ones are terms with their marks alone: “三公” is one, 三公 in 三公里 is none."""

PROGRAMME: Final = "工程|项目|行动|计划|战略"
"""A quotation and such a noun are one name where the noun follows at least half of the times: “5020”项目."""

_QUOTED: Final = re.compile(r"“([^“”\n]+)”")
_TERM_LIKE: Final = re.compile(r"[\u4e00-\u9fffA-Za-z0-9+×·&/—.-]{2,}")
_WITH_PAUSE: Final = re.compile(r"[\u4e00-\u9fffA-Za-z0-9+×·&/—.、-]{2,}")
_OF_SENTENCES: Final = re.compile("[的了是着被把们这那吗呢啊]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]+")
_NAMED: Final = re.compile(rf"(?:{PROGRAMME})")

_VERBS: Final = (
    "实施|开展|推进|推动|启动|发展|壮大|培育|提升|改造|打造|建设|构建|做优|做强|做大|做精|做实|做专|优化|强化|深化|聚焦|"
    "完善|促进|布局|加快|加强|大力|积极|深入|全面|扎实|持续"
)
_PROGRAMME_TITLE: Final = re.compile(rf"(?:{_VERBS})*+([\u4e00-\u9fff]{{2,10}}(?:工程|行动|计划|战略))")
_INDUSTRY_TITLE: Final = re.compile(
    rf"(?:{_VERBS})*+([\u4e00-\u9fff]{{1,6}}(?:产业|制造业|服务业|工业|农业|物流业|制造|材料|装备|医药|食品|服装|信息|能源|"
    r"汽车|经济|物流|金融))"
)
_GENERAL: Final = re.compile(
    "(?:重点|特色|主导|优势|传统|支柱|相关|其他|各|地方|区域|县域|重大|主要|现有|本地|[我全](?:省|市|县|区))|.*[和与及的]|"
    ".*[两三四五六七八九十]大"
)
"""What anybody may call programmes or industries: no name of one."""


class _Found(NamedTuple):
    content: str
    after: str
    line: int


def plan_terms(plan: Plan, known: Container[str] = ()) -> list[Entry]:
    """The plan's own terms in the order of the text: those in quotation marks, then those of headings.

    Quotations: 2 to LONGEST_QUOTED characters of Han, digits, Latin and + × · - /, without the particles of a sentence
    (的, 了, 是 …); Han alone up to LONGEST_HAN. With Han and of at least SHORTEST_UNQUOTED characters they are terms
    without their marks, others only with them; with the PROGRAMME noun after them where it belongs to the name.
    Headings: named programmes (实施产业提质增效工程) and industries (发展高端装备制造) whose name stands in the running
    text too, the leading verbs taken off. Neither gives what is `known` or a word of jieba's dictionary.
    """
    found: dict[str, Entry] = {}
    for entry in (*_quoted(plan), *_of_headings(plan)):
        bare = entry.term.strip("“”")
        if entry.term not in known and bare not in known and not word_list().frequency(bare):
            found.setdefault(entry.term, entry)
    return list(found.values())


def _quoted(plan: Plan) -> Iterator[Entry]:
    found: defaultdict[str, list[_Found]] = defaultdict(list)
    for start, end in _spans(plan):
        for match in _QUOTED.finditer(plan.clean.text, start, end):
            after = _NAMED.match(plan.clean.text, match.end(), end)
            line = plan.clean.source_line(match.start())
            found[match[1]].append(_Found(match[1], after[0] if after else "", line))
    text = "\n".join(plan.clean.text[start:end] for start, end in _spans(plan))
    for content, places in found.items():
        noun, times = Counter(place.after for place in places).most_common(1)[0]
        named = bool(noun) and times * 2 >= len(places)
        if not _may_be_term(content, named):
            continue
        source = f"{plan.source.path.name}, line {places[0].line}"
        often = f"in quotation marks, {len(places)} time{'s' if len(places) > 1 else ''}"
        if named:
            yield Entry(f"“{content}”{noun}", QUOTED_TAG, f"{often}, {times} before {noun}", source)
        unquoted = text.count(content) - len(places)
        bare = len(content) >= SHORTEST_UNQUOTED and _HAN.search(content) is not None and unquoted <= len(places)
        yield Entry(content if bare else f"“{content}”", QUOTED_TAG, often, source)


def _may_be_term(content: str, named: bool) -> bool:
    """Whether a quotation is a term and not a sentence, a single figure or an emphasised word."""
    letters = _WITH_PAUSE if named else _TERM_LIKE
    if not letters.fullmatch(content) or _OF_SENTENCES.search(content):
        return False
    return len(content) <= (LONGEST_HAN if _HAN.fullmatch(content) else LONGEST_QUOTED)


def _of_headings(plan: Plan) -> Iterator[Entry]:
    running = "\n".join(plan.sentences["text"])

    def verb(word: str) -> bool:
        return word_list().tags_of([word]) == ["v"]

    sections = plan.sections[plan.sections["kind"].isin(COUNTED_KINDS)]
    for title, start in zip(sections["title"], sections["start"], strict=True):
        for what, pattern in (("programme", _PROGRAMME_TITLE), ("industry", _INDUSTRY_TITLE)):
            match = pattern.fullmatch(title)
            named = match is not None and not _GENERAL.match(match[1]) and not verb(match[1][:2])
            if match and named and match[1] in running:
                source = f"{plan.source.path.name}, line {plan.clean.source_line(start)}"
                yield Entry(match[1], HEADING_TAG, f"a heading names this {what}", source)


def _spans(plan: Plan) -> Iterator[tuple[int, int]]:
    """The stretches of the cleaned text that are the plan's own: headings and running text."""
    sections = plan.sections[plan.sections["kind"].isin(COUNTED_KINDS)]
    yield from zip(sections["start"].tolist(), sections["end"].tolist(), strict=True)

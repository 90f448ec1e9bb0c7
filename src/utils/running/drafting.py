"""What a plan's text says of itself: title, publisher, date, period, industries, each with the line it stands in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from src.utils.lexicons import english_names, industry_terms, load_lexicon
from src.utils.plans.outline import COUNTED_KINDS, normalise_title, parse_heading
from src.utils.plans.pipeline import Plan

_FRONT_LINES = 20
_LONGEST_LINE = 400  # characters looked at: titles, names and dates stand in short lines
_TAIL_LINES = 12
_MAX_INDUSTRIES = 30
_MIN_MENTIONS = 3

_TITLE: Final = re.compile(
    r"[^。；！？]{2,80}(?:规划纲要|目标纲要|纲要|规划|行动计划|计划|方案|意见|报告|办法|措施|要点|决定|通知)(?:（[^（）]{1,20}）)?"
)
_ANNOUNCED: Final = re.compile(r"关于.*?(?:印发|发布|公布|下发)\s*[《〈](.+)[》〉]的(?:通知|公告|决定|函)")
_BODY: Final = re.compile(
    r"[^，。；：！？《》\s]{2,40}(?:人民政府|政府|委员会|办公厅|办公室|局|厅|部|中心|研究院|研究所|研究中心|学院|大学|公司)"
)
_BODY_LABEL: Final = re.compile(r"^(?:发布|发文|制定|印发|编制|成文)(?:机构|机关|单位|部门)[：:]\s*")
_ISSUED_BY: Final = re.compile(r"^([^，。；：！？《》\s]{2,40}?(?:人民政府|政府|委员会|局|厅)(?:办公厅|办公室)?)关于")
_NUMBER: Final = "[0-9]{1,2}|[一二三四五六七八九十]{1,3}"
_DATE: Final = re.compile(
    rf"(?P<year>(?:19|20)[0-9]{{2}}|[一二][〇○零九][〇○零一二三四五六七八九]{{2}})\s*年\s*(?P<month>{_NUMBER})\s*月"
    rf"(?:\s*(?P<day>{_NUMBER})\s*日)?|(?P<y>(?:19|20)[0-9]{{2}})[-./](?P<m>[0-9]{{1,2}})[-./](?P<d>[0-9]{{1,2}})(?![0-9])"
)
_DATE_LABEL: Final = re.compile(r"^(?:发布|发文|成文|印发|公布|生成)?(?:日期|时间)[：:]\s*")
_DIGITS: Final = {char: number for number, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_YEARS: Final = r"(?P<first>20[0-9]{2})\s*年?\s*(?:[-—–－~～至到]|——)+\s*(?P<last>20[0-9]{2})\s*年?"
_PERIOD: Final = re.compile(rf"(?:规划期|期限|年限|时限|规划时间|实施期)[^。；\d]{{0,12}}{_YEARS}")
_FIVE_YEARS: Final = re.compile(
    r"“(十)五”|(?<![一二三四五六七八九])(十[一二三四五六])五(?![条个项年])|第(十[一二三四五六]?)个五年"
)
_YEAR_OF_REPORT: Final = re.compile(r"(20[0-9]{2})年")
_ADDRESS: Final = re.compile(r"(?:链接|网址|地址|来源)[：:]\s*(https?://[^\s，。；）]+)")

_ABOUT_INDUSTRIES: Final = re.compile(r"产业|行业|制造业|集群|发展重点|重点领域|重点发展|主导|支柱")
_VERBS: Final = re.compile(
    r"^(?:(?:做优|做强|做大|做精|做实|做专|做响|壮大|培育|发展|打造|提升|推动|推进|加快|大力|重点|积极|优先|加强|聚焦|布局|构建|建设|"
    r"巩固|优化|振兴|升级|改造|前瞻|谋划|拓展|突破|着力|持续|全力)(?:、|和|与)?)+"
)
_TAIL: Final = re.compile(
    r"(?:战略性新兴|千亿|百亿|先进|优势|特色|支柱|主导)?(?:产业集群|产业链|产业|制造业|行业|集群)?(?:集群|发展|高质量发展|提质升级|转型升级)?$"
)
_INDUSTRY_STEM: Final = re.compile(
    "材料|能源|装备|汽车|医药|电子|信息|食品|纺织|服装|化工|石化|建材|机械|冶金|钢铁|金属|轻工|航空|航天|锂电|光伏|半导体|集成电路|"
    "机器人|软件|物流|旅游|家具|家居|陶瓷|船舶|海工|轨道|环保|生物|健康|康养|农产品|稀土|矿|煤|电力|电气|大数据|人工智能|数字|金融|文创|"
    "文化|烟草|烟花|酒|茶|通信|照明|制药|中药|医疗|仪器|印刷|造纸|皮革|鞋|竹|木|盐|氢|储能|风电|新型显示|低空|量子|种业|畜牧|水产|渔"
)
_NOT_AN_INDUSTRY: Final = re.compile(
    "工程|机制|体系|政策|环境|服务能力|布局|片区|园区|开发区|目标|原则|思想|形势|问题|成效|名录"
)


@dataclass(frozen=True)
class Drafted:
    """A value for plan.toml and where it comes from ("line 12", "gazetteer")."""

    value: Any
    why: str


@dataclass(frozen=True)
class DraftedIndustry:
    """An industry: its name as the heading has it, its English name or "", its short form where that differs."""

    name: str
    name_en: str
    short: str | None
    why: str


@dataclass(frozen=True)
class Found:
    """What was found in the text; None or empty where it was not."""

    title: Drafted | None
    kind: Drafted
    period: Drafted | None
    publisher: Drafted | None
    date: Drafted | None
    address: Drafted | None
    industries: list[DraftedIndustry] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """A line: its number in its file; `file` is empty where the plan has but one."""

    number: int
    file: str = ""
    text: str = ""


def _line_at(plan: Plan, source_line: int, text: str = "") -> _Line:
    """The line of the whole source as a line of the file it stands in."""
    if len(plan.source.parts) < 2:
        return _Line(source_line, "", text)
    part = [part for part in plan.source.parts if part.first_line <= source_line][-1]
    return _Line(source_line - part.first_line + 1, part.path.name, text)


def _where(*lines: _Line) -> str:
    """Name lines as a reader finds them: line 12; lines 10 and 11; line 3 of source.2.docx."""
    numbers = [str(number) for number in dict.fromkeys(line.number for line in lines)]
    return f"line{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)}" + (
        f" of {lines[0].file}" if lines[0].file else ""
    )


def read_draft(plan: Plan, place: str, places: Sequence[str]) -> Found:
    """Find in a plan's text what plan.toml asks for.

    place: the name of the place. places: names of divisions, which are no industries though headings name them.
    """
    front, tail = _front(plan), list(_lines(plan, 0, len(plan.clean.text)))[-_TAIL_LINES:]
    title = _title(front, place)
    kind = _kind(title)
    return Found(
        title=title,
        kind=kind,
        period=_period(plan, title, kind.value),
        publisher=_publisher(front, tail, title, place if kind.value == "report" else None),
        date=_date(front, tail),
        address=_address(plan),
        industries=_industries_by_heading(plan, places) or _industries_by_mention(plan),
    )


def _lines(plan: Plan, start: int, end: int) -> Iterator[_Line]:
    """The lines of a stretch of the cleaned text, with the lines of the source they begin in."""
    at = start
    for text in plan.clean.text[start:end].split("\n"):
        if text.strip():
            yield _line_at(plan, plan.clean.source_line(at), text.strip()[:_LONGEST_LINE])
        at += len(text) + 1


def _front(plan: Plan) -> list[_Line]:
    """The lines before the first heading: title page, publisher, date, salutation; a lead-in by others left out."""
    own = plan.sections[plan.sections["kind"] != "preface"]
    if own.empty:
        return []
    headed = own[(own["kind"] != "title") & ((own["ordinal"] != "") | (own["title"] != ""))]
    end = int(headed["start"].iloc[0]) if len(headed) else len(plan.clean.text)
    return list(_lines(plan, int(own["start"].iloc[0]), end))[:_FRONT_LINES]


# --- title and kind ---


def _title(front: Sequence[_Line], place: str) -> Drafted | None:
    """The title: what an announcement announces, else the first line that reads like a title."""
    for at, line in enumerate(front):
        announced = _ANNOUNCED.search(line.text)
        if announced:
            return Drafted(announced[1], _where(line))
        if not _TITLE.fullmatch(line.text):
            continue
        before = front[at - 1].text if at else ""
        after = front[at + 1] if at + 1 < len(front) else None
        if before and before == place:  # 宜春市 / “十四五”制造业高质量发展规划
            return Drafted(before + line.text, _where(front[at - 1], line))
        if after and re.match("[和及与]", after.text) and _TITLE.fullmatch(after.text):  # …规划 / 和远景目标纲要
            return Drafted(line.text + after.text, _where(line, after))
        return Drafted(line.text, _where(line))
    return None


def _kind(title: Drafted | None) -> Drafted:
    if title and "报告" in title.value:
        return Drafted("report", "the title says 报告")
    return Drafted("plan", "the title" if title else "what most texts are")


# --- period, publisher, date, address ---


def _period(plan: Plan, title: Drafted | None, kind: str) -> Drafted | None:
    """First and last year: as the text states them, else as the title says."""
    for line, text in zip(plan.sentences["source_line"], plan.sentences["text"], strict=True):
        if match := _PERIOD.search(text):
            return Drafted([int(match["first"]), int(match["last"])], _where(_line_at(plan, line)))
    if title is None:
        return None
    if years := re.search(_YEARS, title.value):
        return Drafted([int(years["first"]), int(years["last"])], title.why)
    if five := _FIVE_YEARS.search(title.value):
        begin = 1981 + 5 * (_number(five[1] or five[2] or five[3]) - 6)
        return Drafted([begin, begin + 4], f"{title.why}, {five[0]}")
    if year := _YEAR_OF_REPORT.search(title.value):
        return Drafted([int(year[1])] * 2, f"{title.why}, the year of the {kind}")
    return None


def _number(numeral: str) -> int:
    """A numeral up to 99 in digits or Han: 8, 八, 十五, 二十一."""
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + (_DIGITS[ones] if ones else 0)


def _publisher(
    front: Sequence[_Line], tail: Sequence[_Line], title: Drafted | None, reports: str | None
) -> Drafted | None:
    """Who published it: bodies named on the title page or in the announcement, at the end; of a report, the government.

    reports: the place whose government reports, where it is a work report.
    """
    own = title.value if title else ""
    for lines in (front,) if reports else (front, tail):
        bodies = [(name, line) for line in lines if line.text != own for name in _bodies(line.text)]
        if bodies:
            return Drafted(list(dict.fromkeys(name for name, _ in bodies)), _where(*(line for _, line in bodies)))
        for line in lines:
            if issued := _ISSUED_BY.match(line.text):
                return Drafted([issued[1]], _where(line))
    return Drafted([f"{reports}人民政府"], "a work report is the government's") if reports else None


def _bodies(line: str) -> list[str]:
    """The bodies that a line names, where it names nothing else and is no heading."""
    names = _BODY_LABEL.sub("", line).split()
    return names if all(_BODY.fullmatch(name) for name in names) and parse_heading(line) is None else []


def _date(front: Sequence[_Line], tail: Sequence[_Line]) -> Drafted | None:
    """The date at the beginning of a line of the front, or alone on a line near the end."""
    for line in front:
        text = _DATE_LABEL.sub("", line.text.lstrip("—-–(（[〔 "))
        if match := _DATE.match(text):
            return Drafted(_iso(match), _where(line))
    for line in tail:
        if match := _DATE.fullmatch(_DATE_LABEL.sub("", line.text.strip("（）() "))):
            return Drafted(_iso(match), _where(line))
    return None


def _iso(match: re.Match[str]) -> str:
    """YYYY-MM or YYYY-MM-DD."""
    if match["y"]:
        return f"{match['y']}-{int(match['m']):02d}-{int(match['d']):02d}"
    year = "".join(char if char.isdigit() and char.isascii() else str(_DIGITS[char]) for char in match["year"])
    day = f"-{_number(match['day']):02d}" if match["day"] else ""
    return f"{year}-{_number(match['month']):02d}{day}"


def _address(plan: Plan) -> Drafted | None:
    for number, line in enumerate(re.split(r"\r\n|\n|\r", plan.source.text)[: 2 * _FRONT_LINES], start=1):
        if match := _ADDRESS.search(line):
            return Drafted(match[1], _where(_line_at(plan, number)))
    return None


# --- industries ---


def _entries(plan: Plan) -> pd.DataFrame:
    """The contents list where there is one, else the headings: level, title, offset in the cleaned text."""
    if len(plan.contents):
        return plan.contents[["level", "title", "line"]].rename(columns={"line": "start"})
    body = plan.sections[plan.sections["kind"].isin(COUNTED_KINDS) & (plan.sections["ordinal"] != "")]
    return body[["level", "title", "start"]]


def _industries_by_heading(plan: Plan, places: Sequence[str]) -> list[DraftedIndustry]:
    """The lowest headings under one that speaks of industries, where they name an industry."""
    rows = list(_entries(plan).itertuples(index=False, name=None))
    known = _known_industries()
    not_these = {normalise_title(name) for name in places}
    above: list[tuple[int, str]] = []
    found: dict[str, DraftedIndustry] = {}
    for at, (level, title, start) in enumerate(rows):
        above = [(rank, name) for rank, name in above if rank < level]
        lowest = at + 1 == len(rows) or rows[at + 1][0] <= level
        if lowest and any(_ABOUT_INDUSTRIES.search(name) for _, name in above):
            short = _industry_in(title)
            key = normalise_title(title)
            if short and key not in not_these and normalise_title(short) not in not_these and key not in found:
                line = _line_at(plan, plan.clean.source_line(int(start)))
                english = known.get(title) or known.get(short) or english_names().get(short, "")
                found[key] = DraftedIndustry(title, english, short if short != title else None, _where(line))
        above.append((level, title))
    return _distinct(list(found.values()))[:_MAX_INDUSTRIES]


def _industry_in(title: str) -> str | None:
    """The industry that a heading names, without what is to be done with it; None where it names none.

    >>> _industry_in("有色金属"), _industry_in("做优做强新能源汽车产业"), _industry_in("实施产业技术创新工程")
    ('有色金属', '新能源汽车', None)
    """
    bare = re.sub(r"（[^（）]*）", "", title).strip()
    short = _TAIL.sub("", _VERBS.sub("", bare))
    if not 2 <= len(short) <= 12 or _NOT_AN_INDUSTRY.search(short) or re.search("[，、。：“”]", short):
        return None
    if not _INDUSTRY_STEM.search(short) and short not in _known_industries():
        return None
    return short


def _known_industries() -> dict[str, str]:
    """English names of the industries of data/lexicons/industries.csv by their Chinese names."""
    table = load_lexicon("industries")
    return dict(zip(table["industry"], table["name_en"], strict=True))


def _distinct(industries: list[DraftedIndustry]) -> list[DraftedIndustry]:
    """Leave a short form out where another industry has it too: settings refuse a name that stands for two."""
    names = [name for industry in industries for name in {industry.name, industry.short} if name]
    return [
        industry
        if not industry.short or names.count(industry.short) == 1
        else DraftedIndustry(industry.name, industry.name_en, None, industry.why)
        for industry in industries
    ]


def _industries_by_mention(plan: Plan) -> list[DraftedIndustry]:
    """Industries of the lexicon that the text names often enough, the most frequent first."""
    texts = list(zip(plan.sentences["source_line"], plan.sentences["text"], strict=True))
    known = _known_industries()
    found = []
    for industry, terms in industry_terms().items():
        names = sorted({industry, *terms}, key=lambda name: (-len(name), name))
        pattern = re.compile("|".join(map(re.escape, names)))
        mentions = [line for line, text in texts for _ in pattern.finditer(text)]
        if len(mentions) >= _MIN_MENTIONS:
            why = f"{len(mentions)} mentions of its terms, the first in {_where(_line_at(plan, mentions[0]))}"
            short = re.sub(r"（[^（）]*）", "", industry)
            drafted = DraftedIndustry(industry, known[industry], short if short != industry else None, why)
            found.append((-len(mentions), industry, drafted))
    return [drafted for *_, drafted in sorted(found, key=lambda item: item[:2])]

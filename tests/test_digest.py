"""The digest of public facts says what its fact rows say, and nothing else."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PLANS = Path(__file__).resolve().parent.parent / "data" / "plans"
DIGEST = PLANS / "shangrao-profile" / "source.txt"
FACTS = PLANS / "shangrao-profile" / "facts.csv"
README = PLANS / "shangrao-profile" / "README.md"
PLAN = PLANS / "shangrao" / "source.txt"

# Words by which a sentence names an industry. A county is named by its name, with or without 县, 市 or 区.
INDUSTRY_WORDS = {
    "有色金属": ("有色",),
    "光伏新能源": ("光伏",),
    "电子信息（含光学、物联网）": ("电子信息",),
    "非金属材料": ("非金属",),
    "汽车": ("汽车", "汽摩配", "汽配"),
    "机械制造": ("机械制造",),
    "生物医药": ("生物医药",),
    "纺织服装": ("纺织",),
    "绿色食品": ("绿色食品",),
}
# Not quantities, although they are written with numerals.
FIXED_WORDS = ("一体化", "一批", "第一", "统一", "一道", "十二五", "十三五", "十四五", "(?<!分)之一")

MARK = re.compile(r"\[(F\d{3}(?:,F\d{3})*)\]")
HEADING = re.compile(r"第[一二三四五六七八九十]+[章节] ?|（[一二三四五六七八九十]+）")
ARABIC = re.compile(r"\d+(?:\.\d+)?")
NUMERALS = "〇零一二两三四五六七八九十百千万亿半双"
CHINESE = re.compile(rf"(?<![\d多余])(?:数(?=[十百千万亿])|几)?[{NUMERALS}]+(?:分之[{NUMERALS}]+)?|几(?=[个家种条])")
YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20[0-3]\d)(?!\d)")
SAID_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:—((?:19|20)\d\d))?年")
VALUE = re.compile(r"(近|约|超)?(\d+(?:\.\d+)?)([万亿]?)([多余]?)(以上)?")
HEDGES = ("近", "约", "超", "逾")


@dataclass(frozen=True)
class Fact:
    """A row of facts.csv, with what a sentence may take from it."""

    unit: str
    fact: str
    value: str
    unit_of_value: str
    year: str

    @property
    def years(self) -> set[str]:
        """The years the row speaks of: its year column and those in its words."""
        return set(YEAR.findall(f"{self.fact} {self.year}"))

    @property
    def amount(self) -> str:
        """The value as a sentence has to write it: 10以上 + 亿吨 -> 10亿吨以上, "" where the row has no number."""
        found = VALUE.fullmatch(self.value)
        if not found:
            return ""
        before, number, scale, more, above = (part or "" for part in found.groups())
        before = before or next((hedge for hedge in HEDGES if self.fact.endswith(hedge)), "")
        return f"{before}{number}{scale}{more}{self.unit_of_value}{above}"


@dataclass(frozen=True)
class Sentence:
    """A sentence of the digest, the unit it stands under and the rows it cites."""

    unit: str
    text: str
    ids: tuple[str, ...]


def read_facts() -> dict[str, Fact]:
    with FACTS.open(encoding="utf-8-sig", newline="") as file:
        return {
            row["fact_id"]: Fact(
                row["unit"], row["fact"], row["value"].strip(), row["unit_of_value"].strip(), row["year"].strip()
            )
            for row in csv.DictReader(file)
        }


def is_heading(line: str) -> bool:
    return bool(HEADING.match(line)) and "。" not in line


def unit_of(heading: str) -> str:
    """The county or industry of an item heading; a chapter or section heading has none."""
    return re.sub(r"^（[一二三四五六七八九十]+）", "", heading) if heading.startswith("（") else ""


def read_paragraphs(text: str) -> dict[str, list[str]]:
    """Paragraphs under each item heading, in order."""
    paragraphs: dict[str, list[str]] = {}
    unit = ""
    for line in text.splitlines()[1:]:
        if is_heading(line):
            unit = unit_of(line)
            if unit:
                paragraphs[unit] = []
        else:
            paragraphs[unit].append(line)
    return paragraphs


def split_sentences(unit: str, paragraph: str) -> Iterator[Sentence]:
    """Sentences of a paragraph; text without a mark comes back with no ids."""
    for text, ids in re.findall(r"([^。]*(?:。|$))((?:\[[^\]]*\])?)", paragraph):
        if text:
            found = MARK.fullmatch(ids)
            yield Sentence(unit, text, tuple(found[1].split(",")) if found else ())


def names(unit: str) -> tuple[str, ...]:
    return INDUSTRY_WORDS.get(unit) or (unit, unit[:-1])


def foreign_ids(sentence: Sentence, facts: dict[str, Fact]) -> list[str]:
    """Ids that do not exist, or belong to a county or industry the sentence does not name."""
    problems = []
    for fact_id in sentence.ids:
        if fact_id not in facts:
            problems.append(f"{fact_id} does not exist")
        else:
            owner = facts[fact_id].unit
            if owner != sentence.unit and not any(name in sentence.text for name in names(owner)):
                problems.append(f"{fact_id} belongs to {owner}, which the sentence does not name")
    return problems


def unfounded_years(sentence: Sentence, cited: list[Fact]) -> list[str]:
    known = set().union(*(fact.years for fact in cited))
    said = {year for pair in SAID_YEAR.findall(sentence.text) for year in pair if year}
    return [f"no cited row speaks of the year {year}" for year in sorted(said - known)]


def stands_as_amount(text: str, start: int, number: str, fact: Fact) -> bool:
    """Whether the number at `start` is the row's value, with its unit and its 近, 多, 余 or 以上 and no other."""
    amount = fact.amount
    if number not in ARABIC.findall(amount):
        return False
    begin = start - amount.index(number)
    added = text[begin - 1 : begin] in HEDGES or text.startswith("以上", begin + len(amount))
    return text.startswith(amount, begin) and not added


def stands_in_words(text: str, end: int, number: str, fact: Fact) -> bool:
    """Whether the row's own words hold the number before the same character (or before punctuation)."""
    follows = [text[end : end + 1]]
    follows += [fact.fact[found.end() : found.end() + 1] for found in ARABIC.finditer(fact.fact) if found[0] == number]
    return any(other == follows[0] or not (other + follows[0]).isalnum() for other in follows[1:])


def unfounded_numbers(sentence: Sentence, cited: list[Fact]) -> list[str]:
    """Arabic numbers, years apart, that no cited row holds, or that stand without the year of their row."""
    text = sentence.text
    in_years = {i for found in SAID_YEAR.finditer(text) for i in range(*found.span())}
    said = {year for pair in SAID_YEAR.findall(text) for year in pair if year}
    problems = []
    for found in ARABIC.finditer(text):
        number, start, end = found[0], found.start(), found.end()
        if start in in_years:
            continue
        rows = [fact for fact in cited if stands_as_amount(text, start, number, fact)]
        if not rows:
            if not any(stands_in_words(text, end, number, fact) for fact in cited):
                problems.append(f"no cited row holds the number {text[start : end + 3]}")
        elif not any(fact.years & said or not fact.years for fact in rows):
            problems.append(f"the number {number} stands without its year {sorted(rows[0].years)}")
    return problems


def unfounded_numerals(sentence: Sentence, cited: list[Fact], units: set[str]) -> list[str]:
    """Quantities in Chinese numerals (三大, 七成, 三分之一) that no cited row holds."""
    own_names = [name for unit in units for name in names(unit)]
    text = re.sub("|".join([*FIXED_WORDS, *sorted(own_names, key=len, reverse=True)]), "＿", sentence.text)
    words = [fact.fact + "＿" + fact.value + fact.unit_of_value for fact in cited]
    problems = []
    for found in CHINESE.finditer(text):
        after = text[found.end() : found.end() + 2]
        wanted = [found[0] + re.sub(r"\W|＿", "", measured[:1]) for measured in (after, after.removeprefix("个"))]
        if not any(form in row for form in wanted for row in words):
            problems.append(f"no cited row holds the quantity {wanted[0]}")
    return problems


def problems_of(sentence: Sentence, facts: dict[str, Fact]) -> list[str]:
    """What is wrong with a sentence, each with the section and the sentence."""
    cited = [facts[fact_id] for fact_id in sentence.ids if fact_id in facts]
    units = {fact.unit for fact in facts.values()}
    found = [
        *foreign_ids(sentence, facts),
        *unfounded_years(sentence, cited),
        *unfounded_numbers(sentence, cited),
        *unfounded_numerals(sentence, cited, units),
    ]
    if not sentence.text.endswith("。") or not sentence.ids:
        found.append("the sentence has no mark, or the mark is not of the form [F001,F002]")
    return [f"{sentence.unit}: {problem}: {sentence.text}" for problem in found]


@pytest.fixture(scope="module")
def facts() -> dict[str, Fact]:
    return read_facts()


@pytest.fixture(scope="module")
def paragraphs() -> dict[str, list[str]]:
    return read_paragraphs(DIGEST.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sentences(paragraphs: dict[str, list[str]]) -> list[Sentence]:
    return [
        sentence for unit, lines in paragraphs.items() for line in lines for sentence in split_sentences(unit, line)
    ]


# The text as a whole


def test_the_file_is_plain_utf8_with_a_title_and_no_stray_characters() -> None:
    raw = DIGEST.read_bytes()
    text = raw.decode("utf-8")
    assert not raw.startswith(b"\xef\xbb\xbf") and b"\r" not in raw
    assert text.endswith("。[" + text.rpartition("[")[2]) and text.endswith("]\n")
    assert text.splitlines()[0] == "上饶市县（市、区）与重点产业公开资料摘编"
    assert not re.findall(r"[ \t\u3000]", re.sub(r"^第.章 |^第.节 ", "", text, flags=re.M))


def not_simplified(text: str) -> set[str]:
    """Characters outside GB 2312, the simplified set: the traditional rows of facts.csv must not leak into the text.

    Python's codec gives the dash of GB 2312 another code point, so the dash is let through.
    """
    return {character for character in text if not character.encode("gb2312", errors="ignore")} - {"—"}


def test_no_traditional_characters() -> None:
    assert not_simplified(DIGEST.read_text(encoding="utf-8")) == set()
    assert not_simplified("万年縣創新奮發，廣豐經濟開發區") == set("縣創奮發廣豐經濟開區")


def test_the_headings_are_those_of_the_plan_in_its_order() -> None:
    lines = PLAN.read_text(encoding="utf-8").splitlines()
    contents = [re.sub(r"\d+$", "", line) for line in lines[lines.index("目 录") + 1 :]]
    expected = contents[contents.index("第三章 发展重点") : contents.index("第四章 空间布局")]
    headings = [line for line in DIGEST.read_text(encoding="utf-8").splitlines()[1:] if is_heading(line)]
    assert headings == expected
    assert sum(bool(unit_of(heading)) for heading in headings) == 21


def test_the_sections_are_the_units_of_the_facts(paragraphs: dict[str, list[str]], facts: dict[str, Fact]) -> None:
    assert set(paragraphs) == {fact.unit for fact in facts.values()}
    assert set(INDUSTRY_WORDS) < set(paragraphs)


def test_each_section_has_350_to_700_characters_in_two_to_four_paragraphs(paragraphs: dict[str, list[str]]) -> None:
    sizes = {unit: len(MARK.sub("", "".join(lines))) for unit, lines in paragraphs.items()}
    assert {unit: n for unit, n in sizes.items() if not 350 <= n <= 700} == {}
    assert {unit: len(lines) for unit, lines in paragraphs.items() if not 2 <= len(lines) <= 4} == {}


def test_no_bracket_but_the_marks(paragraphs: dict[str, list[str]]) -> None:
    left = [line for lines in paragraphs.values() for line in lines if re.search(r"[\[\]]", MARK.sub("", line))]
    assert left == []


def test_no_sentence_is_repeated_and_none_is_a_stub_or_a_monster(sentences: list[Sentence]) -> None:
    texts = [sentence.text for sentence in sentences]
    assert sorted(texts) == sorted(set(texts))
    assert [text for text in texts if not 25 <= len(text) <= 90] == []


def test_every_sentence_says_what_its_rows_say(sentences: list[Sentence], facts: dict[str, Fact]) -> None:
    problems = [problem for sentence in sentences for problem in problems_of(sentence, facts)]
    assert not problems, "\n" + "\n".join(problems)


def test_the_marks_are_sorted_and_cite_a_row_once(sentences: list[Sentence]) -> None:
    assert [s for s in sentences if list(s.ids) != sorted(set(s.ids))] == []


def test_the_readme_counts_the_rows_in_use(sentences: list[Sentence], facts: dict[str, Fact]) -> None:
    used = {fact_id for sentence in sentences for fact_id in sentence.ids}
    readme = README.read_text(encoding="utf-8")
    assert f"{len(used)} of the {len(facts)} rows" in readme
    assert f"{len(facts) - len(used)} rows" in readme


# The checker itself, on small examples right and wrong

SMALL = {
    "F001": Fact("万年县", "园区落户企业", "210", "家", "2014"),
    "F002": Fact("万年县", "机械电子、纺织新材料、食品药品三主导", "", "", "2023"),
    "F003": Fact("有色金属", "江铜锂电铜箔年产", "10以上", "万吨", "2021"),
    "F004": Fact("鄱阳县", "鱼钩曾占全国销量约", "80", "%", "2020"),
    "F005": Fact("弋阳县", "产业链“8412”行动计划2023-2026", "", "", "2024"),
    "F006": Fact("绿色食品", "万年供港生猪占全省三分之一", "", "", "2014"),
    "F007": Fact("玉山县", "轴承年产能", "1亿多", "套", "2010"),
    "F008": Fact("万年县", "2×5100t/d熟料生产线配余热发电", "", "", "2021"),
}


@pytest.mark.parametrize(
    ("unit", "text", "ids"),
    [
        ("万年县", "万年县2014年园区落户企业210家。", "F001"),
        ("万年县", "2023年以机械电子等为三主导。", "F002"),
        ("万年县", "2023年以机械电子等为三个主导，推动一体化。", "F002"),
        ("有色金属", "2021年，锂电铜箔年产10万吨以上。", "F003"),
        ("万年县", "有色金属方面，2021年锂电铜箔年产10万吨以上。", "F003"),
        ("鄱阳县", "2020年资料称鱼钩曾占全国销量约80%。", "F004"),
        ("弋阳县", "2024年实施产业链“8412”行动计划（2023—2026年）。", "F005"),
        ("绿色食品", "万年县2014年供港生猪占全省三分之一。", "F006"),
        ("玉山县", "2010年轴承年产能1亿多套。", "F007"),
        ("万年县", "2021年有2×5100t/d熟料生产线。", "F008"),
    ],
)
def test_a_true_sentence_passes(unit: str, text: str, ids: str) -> None:
    assert problems_of(Sentence(unit, text, tuple(ids.split(","))), SMALL) == []


@pytest.mark.parametrize(
    ("unit", "text", "ids", "problem"),
    [
        ("万年县", "万年县2014年园区落户企业310家。", "F001", "holds the number 310家"),
        ("万年县", "万年县2014年园区落户企业210万家。", "F001", "holds the number 210万家"),
        ("万年县", "万年县2014年园区落户企业21.0家。", "F001", "holds the number 21.0家"),
        ("万年县", "万年县2014年园区落户企业210家以上。", "F001", "holds the number 210家"),
        ("万年县", "万年县2015年园区落户企业210家。", "F001", "the year 2015"),
        ("万年县", "万年县园区落户企业210家。", "F001", "without its year ['2014']"),
        ("万年县", "2023年以机械电子等为四主导。", "F002", "the quantity 四主"),
        ("万年县", "2023年以机械电子等为三主导，企业十余家。", "F002", "the quantity 十余"),
        ("万年县", "2023年聚集数百家企业，以机械电子等为三主导。", "F002", "the quantity 数百家"),
        ("有色金属", "2021年，锂电铜箔年产10万吨。", "F003", "holds the number 10万吨"),
        ("万年县", "2021年，锂电铜箔年产10万吨以上。", "F003", "F003 belongs to 有色金属"),
        ("鄱阳县", "2020年资料称鱼钩曾占全国销量80%。", "F004", "holds the number 80%"),
        ("弋阳县", "2024年实施“8412”行动计划（2023—2027年）。", "F005", "the year 2027"),
        ("绿色食品", "万年县2014年供港生猪占全省三分之二。", "F006", "the quantity 三分之二"),
        ("玉山县", "2010年轴承年产能1亿套。", "F007", "holds the number 1亿套"),
        ("万年县", "2021年有2×5100t/d熟料生产线。", "F002,F008", ""),
        ("万年县", "2021年有3×5100t/d熟料生产线。", "F008", "holds the number 3×51"),
        ("万年县", "园区有企业。", "F999", "F999 does not exist"),
        ("万年县", "园区有企业。", "", "has no mark"),
    ],
)
def test_a_false_sentence_is_caught_by_name(unit: str, text: str, ids: str, problem: str) -> None:
    problems = problems_of(Sentence(unit, text, tuple(ids.split(",")) if ids else ()), SMALL)
    if not problem:
        assert problems == []
        return
    assert any(problem in found and found.startswith(unit) and found.endswith(text) for found in problems), problems


def test_a_sentence_without_a_mark_or_with_a_wrong_one_is_seen() -> None:
    found = list(split_sentences("万年县", "甲。[F001]乙。丙。[F001, F002]丁。[F002,F003]戊"))
    assert [(s.text, s.ids) for s in found] == [
        ("甲。", ("F001",)),
        ("乙。", ()),
        ("丙。", ()),
        ("丁。", ("F002", "F003")),
        ("戊", ()),
    ]

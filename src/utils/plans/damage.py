"""Damage that cannot be mended, only named: line, kind and share, for a reader to look at."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

import pandas as pd

from src.utils.plans.editing import HAN

WARNINGS = ["line", "kind", "excerpt", "share"]
_CONTEXT = 10
_LINE_END = re.compile(r"\r\n|\n|\r")
# What wrong decoding leaves behind, characters masked on purpose, text left out by whoever published the copy.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "mojibake",
        re.compile(
            r"\ufffd[^\s，。；：、]?|(?:锟斤拷)+|(?:烫烫)+|(?:屯屯)+|[\ue000-\uf8ff]+|[ÃÂåäæçèé][\x80-\xbf¤-¿]+"
        ),
    ),
    ("masked", re.compile(rf"(?<=[{HAN}])[*＊]{{2,}}|[*＊]{{2,}}(?=[{HAN}])|(?<=[{HAN}])[×✕]{{2,}}")),
    (
        "left out",
        re.compile(
            r"[…．.]{1,6}\s?[（(]?(?:此处|中间|以下)?省?略(?:去)?\s?\d*\s?[字行页]*[）)]?\s?[…．.]{0,6}|[（(](?:此处|以下|下文|中间)?(?:从|省)略[^）)]{0,10}[）)]"
        ),
    ),
    (
        "paywall",
        re.compile(
            r"(?:登录|注册|付费|购买|开通会员|下载)(?:后|即?可)?(?:可)?(?:查看|阅读|浏览|获取)(?:全文|更多|剩余|完整)"
        ),
    ),
)
_FOREIGN = re.compile(rf"(?<=[{HAN}，。；])[a-z]{{1,3}}[A-Z]{{2,}}(?=[{HAN}])|-{{3,}}(?=[{HAN}])")
_LONGEST_MARK, _MIN_REPEATS = 25, 4


def warnings_of(text: str) -> pd.DataFrame:
    """What is damaged in a text beyond mending, and what may be a watermark (columns WARNINGS), in order of lines.

    text: the text as found, so that lines are those of the file. kind: mojibake (wrongly decoded characters), masked
    (**), left out (…省略912字…), paywall, foreign run (kTN between Chinese words), repeated line (a short line that
    stands again and again, as watermarks do; its first line, with how often). share: damaged characters of the line's,
    0 to 1; for a repeated line its share of the text's characters.
    """
    rows = [*_damaged(text), *_repeated(text)]
    table = pd.DataFrame(rows, columns=WARNINGS)
    return table.sort_values(["line", "kind", "excerpt"], kind="stable", ignore_index=True)


def _numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    yield from enumerate(_LINE_END.split(text), start=1)


def _damaged(text: str) -> Iterator[tuple[int, str, str, float]]:
    """One row a line and kind of damage."""
    for number, line in _numbered_lines(text):
        for kind, pattern in (*_KINDS, ("foreign run", _FOREIGN)):
            found = [match.span() for match in pattern.finditer(line)]
            if found:
                start, end = found[0]
                excerpt = line[max(start - _CONTEXT, 0) : end + _CONTEXT].strip()
                yield number, kind, excerpt, sum(stop - begin for begin, stop in found) / max(len(line.strip()), 1)


def _repeated(text: str) -> Iterator[tuple[int, str, str, float]]:
    """Short lines that stand again and again, and mean nothing to the grammar: no ordinal, no number, no stop."""
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    neighbours: dict[str, set[str]] = defaultdict(set)
    before = ""
    for number, line in _numbered_lines(text):
        mark = line.strip()
        if 3 <= len(mark) <= _LONGEST_MARK and not re.search(r"[。；：:|]|^[（(第\d]|^[一二三四五六七八九十]+、", mark):
            counts[mark] += 1
            first.setdefault(mark, number)
            neighbours[mark].add(before)
        before = mark or before
    n_chars = max(len(re.sub(r"\s", "", text)), 1)
    for mark, n in counts.items():
        # A label in a form follows the same line each time; a watermark stands anywhere.
        if n >= _MIN_REPEATS and len(neighbours[mark]) > n // 2:
            yield first[mark], "repeated line", f"{mark}（{n}次）", n * len(mark) / n_chars

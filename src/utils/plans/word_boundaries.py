"""Whether a name stands in a text as a word, or is cut wrongly out of the words around it (和|政协, 美食|品牌).

A light check, without a segmenter: the likeliest division of the few characters around the name into the words of
jieba's dictionary, each as likely as it is frequent there. The dictionary is read as a file, once a process.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from math import log
from pathlib import Path
from typing import Final, NamedTuple

_LONGEST: Final = 8
_REACH: Final = 8
_NAME_FREQUENCY: Final = 200
_NAME_MARGIN: Final = 3
_RAREST: Final = 30  # of words of two or three characters: 辉光 must not be found in 佳辉|光电
_HAN: Final = re.compile(r"[\u4e00-\u9fff]*")
_HAN_BEFORE: Final = re.compile(r"[\u4e00-\u9fff]*$")


class Words(NamedTuple):
    """Logarithms of the words' shares, of a share of one occurrence, and the words that are places' names."""

    log_share: dict[str, float]
    log_one: float
    places: frozenset[str]


@cache
def common_words() -> Words:
    """The words of jieba's dictionary, up to eight characters long."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is missing; install what requirements.lock lists")
    counts, places = {}, []
    for line in (Path(spec.origin).parent / "dict.txt").read_text(encoding="utf-8").split("\n"):
        word, _, rest = line.partition(" ")
        if 0 < len(word) <= _LONGEST:
            number, _, tag = rest.partition(" ")
            if len(word) not in (2, 3) or int(number) >= _RAREST:
                counts[word] = int(number)
            if tag.startswith("ns"):
                places.append(word)
    total = log(sum(counts.values()))
    return Words({word: log(count or 1) - total for word, count in counts.items()}, -total, frozenset(places))


class Boundaries:
    """Tells words from wrong cuts, the given names taken for words.

    Like a segmenter's, a name's weight is such that it stands whole where nothing around it claims its characters: at
    least 200 occurrences, and three times what its parts would weigh.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._weights: dict[str, float] = {}

    def word_around(self, text: str, start: int, end: int) -> str | None:
        """The word that holds text[start:end], itself or longer, in the likeliest division; None where two words do.

        >>> names = Boundaries({"和政", "有色"})
        >>> names.word_around("推进和政至广河公路", 2, 4)
        '和政'
        >>> names.word_around("人大代表和政协委员", 4, 6), names.word_around("戴有色眼镜", 1, 3)
        (None, '有色眼镜')
        """
        before = _HAN_BEFORE.search(text, max(0, start - _REACH), start)
        after = _HAN.match(text, end, end + _REACH)
        left, right = before.start() if before else start, after.end() if after else end
        cuts = [left + cut for cut in self._cut(text[left:right])]
        first, last = max(cut for cut in cuts if cut <= start), min(cut for cut in cuts if cut >= end)
        if (first, last) == (start, end):
            return text[start:end]
        return None if any(first < cut < last for cut in cuts) else text[first:last]

    def _cut(self, window: str) -> list[int]:
        """Offsets of the words' ends in the likeliest division, 0 first."""
        words, size = common_words(), len(window)
        best: list[tuple[float, int]] = [(0.0, size)] * (size + 1)
        for start in range(size - 1, -1, -1):
            ways = [(words.log_share.get(window[start], words.log_one) + best[start + 1][0], start + 1)]
            for end in range(start + 2, min(size, start + _LONGEST) + 1):
                word = window[start:end]
                weight = self._weight(word) if word in self._names else words.log_share.get(word)
                if weight is not None:
                    ways.append((weight + best[end][0], end))
            best[start] = max(ways)
        cuts = [0]
        while cuts[-1] < size:
            cuts.append(best[cuts[-1]][1])
        return cuts

    def _weight(self, name: str) -> float:
        if name not in self._weights:
            words = common_words()
            least = log(_NAME_FREQUENCY) + words.log_one
            parts = max(
                (
                    words.log_share.get(name[:at], words.log_one * at)
                    + words.log_share.get(name[at:], words.log_one * (len(name) - at))
                    for at in range(1, len(name))
                ),
                default=words.log_one,
            )
            self._weights[name] = max(least, parts + log(_NAME_MARGIN), words.log_share.get(name, words.log_one))
        return self._weights[name]

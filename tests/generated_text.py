"""Strings made by number, the same on every machine: real sentences, rare characters and nonsense side by side.

Used by test_engines.py on some thousands and by benchmarks/engine_equality.py on as many as wanted.
"""

import csv
import random
from functools import cache

from src.utils import paths

POOLS = (
    "ABCxyzqNGW019",
    "0123456789.%-+#&_",
    "0123456789.,-—~至到%％年月日个家万亿元第",
    "一二三四五六七八九十百千万亿零〇两几数第届年月日个家多余来",
    "中国的了一不在上和有规工业企增长以为重点",
    "👨‍👩‍👧🙂🏳️‍🌈",
    "\x00\x01\x08\x1b\x1f\x7f\x85\u200b\u2028\ufeff\r\n\t\v\f 　",
    "㐀㒨䶵龦鿖鿫鿿豈舘\ufa0e\U00020000\U00020bb7\U0002a6d6\U0002b740\U0002ceb0\U0002f800\U00030000",
    "\ud800\udbff\udc00\udfff",
    "，。、：；！？（）“”《》—…·",
    "①㎡℃％‰０９ＡｚγαЖ한あア",
    "γ射线4S店1号店B超T恤AA制C++c#AT&T卡拉OK",
    "\ue000\ue001\uf8ff\uffff\ufffe\U0001d49c\U0010ffff",
)


COMMON = "规企增业紧食点的了和是在上下龘靐齉工字汐苒杭研王李张明华中人大小一"


@cache
def real_text() -> str:
    """The published plan and the facts: real sentences with numbers, quotes and names."""
    plan = (paths.PLANS / "shangrao" / "source.txt").read_text(encoding="utf-8")
    with (paths.PLANS / "shangrao-profile" / "facts.csv").open(encoding="utf-8-sig", newline="") as file:
        return plan + "\n".join(row["fact"] for row in csv.DictReader(file))


def repetitive_text(chance: random.Random) -> str:
    """Some characters again and again, at random or as a group: where guesses of equal weight are found."""
    characters = [
        chance.choice(COMMON) if chance.random() < 0.6 else chr(chance.randint(0x4E00, 0x9FD5))
        for _ in range(chance.choice((1, 2, 2, 3, 3, 4, 5, 6, 8)))
    ]
    if chance.random() < 0.6:
        return "".join(chance.choices(characters, k=chance.randint(3, 14)))
    group, between, before, after = (
        "".join(chance.choices(characters, k=chance.randint(low, high)))
        for low, high in ((1, 7), (0, 2), (0, 2), (0, 2))
    )
    return before + (group + between) * chance.randint(2, 3) + after


def generated_text(number: int, terms: tuple[str, ...] = ()) -> str:
    """String `number`: up to a dozen pieces of real text, terms, common and rare Han, characters
    that come again and again, any character, and POOLS.
    """
    chance = random.Random(number)
    real = real_text()
    pieces = []
    for _ in range(chance.randint(1, 12)):
        draw = chance.random()
        if draw < 0.35:
            pool = chance.choice(POOLS)
            pieces.append("".join(chance.choice(pool) for _ in range(chance.randint(1, 6))))
        elif draw < 0.65:
            start = chance.randrange(len(real) - 12)
            pieces.append(real[start : start + chance.randint(1, 12)])
        elif draw < 0.75 and terms:
            term = chance.choice(terms)
            pieces.append(term[: chance.randint(1, len(term))] if chance.random() < 0.3 else term)
        elif draw < 0.85:
            pieces.append("".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(chance.randint(1, 5))))
        elif draw < 0.95:
            pieces.append(repetitive_text(chance))
        else:
            pieces.append(chr(chance.randint(0, 0x10FFFF)))
    return "".join(pieces)

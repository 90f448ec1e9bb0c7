"""The accelerator gives jieba's tokens, or jieba does the work: said once, with the same tokens."""

import importlib.metadata
import random
import sys
from functools import cache
from pathlib import Path

import jieba
import pytest
import rjieba
from hypothesis import example, given, settings
from hypothesis import strategies as st

from src.utils import paths
from src.utils.plans.pipeline import load_file
from src.utils.words import engines
from src.utils.words.dictionaries import segmenter_for, terms_for
from src.utils.words.engines import PROBES, Fast, Reference, fast_engine, make_engine
from src.utils.words.segmenting import Segmenter
from tests.generated_text import POOLS, generated_text, repetitive_text

N_GENERATED = 3000
REPORTS = paths.CORPORA / "provincial-reports-2025"
SAMPLES = paths.CORPORA / "samples"


@pytest.fixture(scope="module")
def fast() -> Fast:
    engine = fast_engine()
    assert engine is not None, "rjieba is in the lock, and its release is one that is tested"
    return engine


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference()


@pytest.fixture(scope="module")
def pair(shangrao) -> tuple[Segmenter, Segmenter]:
    """The plan's segmenter with either engine."""
    terms = terms_for(shangrao.settings)
    both = Segmenter(terms, "fast"), Segmenter(terms, "jieba")
    assert [each.engine for each in both] == ["fast", "jieba"]
    return both


def documents() -> list[Path]:
    return sorted([*REPORTS.glob("*.docx"), *SAMPLES.glob("*.txt")])


def differences(texts, first, second) -> list[tuple[str, list[str], list[str]]]:
    return [(text, first(text), second(text)) for text in texts if first(text) != second(text)]


@pytest.mark.parametrize("text", PROBES)
def test_the_probes_are_jiebas_own_tokens(text, fast, reference):
    assert "/".join(jieba.Tokenizer.lcut(reference._tokenizer, text)) == PROBES[text]
    assert "/".join(fast.cut(text)) == PROBES[text]


@pytest.mark.parametrize("name", ["shangrao", "profile"])
def test_the_plans_are_cut_alike(name, request, fast, reference, pair):
    plan = request.getfixturevalue(name)
    texts = [plan.source.text, plan.clean.text, *plan.sentences["text"]]
    assert differences(texts, fast.cut, reference.cut) == []
    assert differences(texts, pair[0].cut, pair[1].cut) == []


@pytest.mark.slow(seconds=5)
@pytest.mark.skipif(not documents(), reason="the corpora are not here: python run.py fetch")
def test_the_reports_and_the_samples_are_cut_alike(fast, reference, pair):
    for path in documents():
        text = load_file(path).clean.text
        assert fast.cut(text) == reference.cut(text), path.name
        assert pair[0].cut(text) == pair[1].cut(text), path.name


def test_generated_strings_are_cut_alike_and_join(fast, reference, pair):
    """A hundred thousand and more by benchmarks/engine_equality.py."""
    terms = tuple(pair[0].terms)
    texts = [generated_text(number, terms) for number in range(N_GENERATED)]
    assert differences(texts, fast.cut, reference.cut) == []
    assert differences(texts, pair[0].cut, pair[1].cut) == []
    assert all("".join(pair[0].cut(text)) == text for text in texts)


@pytest.mark.parametrize("short", [0, 10**6])
def test_guesses_of_equal_weight_are_those_of_jieba(short, fast, reference, monkeypatch):
    """In short texts and long ones, which are looked through in different ways; more by benchmarks/engine_equality.py."""
    monkeypatch.setattr(engines, "_SHORT", short)
    chance = random.Random(11)
    marks = [
        "，",
        "",
        "a1",
        "1-2",
        "\r\n",
        "。",
        "🙂",
        "\ue000",
        "x.y.z",
        "9.1%",
        "（",
        "豈",
        "\ud800",
        "𝒜",
        "𠮷",
        "\U000e0001",
    ]
    alone = [repetitive_text(chance) for _ in range(3000)]
    joined = ["".join(repetitive_text(chance) + chance.choice(marks) for _ in range(12)) for _ in range(200)]
    bare = fast._jieba.cut
    assert sum(bare(text, True) != reference.cut(text) for text in alone) > 10  # there is something to close
    assert differences([*alone, *joined], fast.cut, reference.cut) == []


@pytest.mark.parametrize(
    "text", ["增增增增增", "紧规规规业", "规规滅滅规规撷", "推动国有资本和国有企业做强做优做大", "特新企企企企食" * 90]
)
def test_characters_that_come_again_are_cut_alike(text, fast, reference):
    assert fast.cut(text) == reference.cut(text)


@given(
    text=st.lists(
        st.one_of(
            st.sampled_from("".join(POOLS)), st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), st.characters()
        ),
        max_size=40,
    ).map("".join)
)
@settings(max_examples=400, deadline=None)
@example(text="达2016-2019年")
@example(text="CLI.12.511第1.2a条a-b-c_d.e.1%-1%.5")
@example(text="AT&T-a1c++-1 1号店-2.3.4")
@example(text="B超超声B超B超查B超")
@example(text="\ud800年\udc00\r\n\ud83d\ude42")
def test_any_string_is_cut_alike(text):
    for first, second in both_engines():
        assert first(text) == second(text)


@cache
def both_engines():
    """With jieba's dictionary, and with all terms and numbers."""
    return (Fast().cut, Reference().cut), (segmenter_for().cut, Segmenter(terms_for(), "jieba").cut)


def test_every_character_is_put_apart_or_joined_alike(fast, reference):
    """Each code point between words, in runs of twelve so that it is quick."""
    points = [
        chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000 and not 0x40000 <= point < 0xE0000
    ]
    texts = ["中".join(points[start : start + 12]) + "国1" for start in range(0, len(points), 12)]
    chosen = texts[: len(texts) // 4] + random.Random(4).sample(texts, 2000)
    assert differences(chosen, fast.cut, reference.cut) == []


def test_words_without_a_model_are_cut_alike(fast, reference):
    """Rare Han that the hidden Markov model has never seen, where its probabilities tie."""
    chance = random.Random(42)
    rare = [chr(point) for point in range(0x4E00, 0x9FD6) if len(reference.cut_known(chr(point) * 2)) == 2]
    texts = ["".join(chance.choices(rare, k=chance.randint(2, 9))) for _ in range(4000)]
    assert differences(texts, fast.cut, reference.cut) == []


def test_many_random_terms_are_added_alike():
    chance = random.Random(7)
    common = "中国的一是在不了有和人这上大为来我到出要以时地们生产业经济发展"
    for _ in range(3):
        terms = {
            "".join(chance.choices(common, k=chance.randint(2, 6))): chance.choice(["n", "ns"]) for _ in range(300)
        }
        both = Segmenter(terms, "fast"), Segmenter(terms, "jieba")
        texts = ["".join(chance.choices(common, k=chance.randint(4, 40))) for _ in range(300)]
        assert both[0].engine == "fast"
        assert differences(texts, both[0].cut, both[1].cut) == []


@pytest.mark.parametrize("setting", [1, 30, 200, 10**5])
def test_a_known_words_frequency_is_replaced_alike(setting):
    """Replaced, not added: the former one is off the total in both."""
    fast, reference = Fast(), Reference()
    for engine in (fast, reference):
        for word in ("的", "发展", "经济", "我们"):
            engine.set_frequency(word, setting)
    texts = [generated_text(number) for number in range(300)]
    assert differences(texts, fast.cut, reference.cut) == []


def test_the_totals_are_equal(reference):
    """rjieba's suggestion for a word of known parts tells its total: f(aa) = f(a)² / total, many times over."""
    frequency, times = 10**12, 9
    fast = Fast()
    fast.set_frequency("龘龘", frequency)
    suggested = fast._jieba.suggest_freq("龘龘" * times)
    total = (frequency**times / (suggested - 0.5)) ** (1 / (times - 1)) - frequency
    assert total == pytest.approx(reference._tokenizer.total, abs=0.5)


def test_each_engine_is_what_is_asked_for():
    assert make_engine("auto").name == make_engine("fast").name == "fast"
    assert make_engine("jieba").name == "jieba"
    with pytest.raises(ValueError, match="no such engine: 'rjieba'"):
        make_engine("rjieba")


def absent(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    monkeypatch.delitem(sys.modules, "rjieba", raising=False)


def not_installed(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(engines, "version", missing)


def another_version(monkeypatch):
    monkeypatch.setattr(engines, "version", lambda _: "0.2.3")


def another_jieba(monkeypatch):
    source = engines.jieba_dictionary.source()._replace(release="0.43")
    monkeypatch.setattr(engines.jieba_dictionary, "source", lambda: source)


def unequal(monkeypatch):
    monkeypatch.setattr(Fast, "cut", lambda _, text: list(text))


def raising(monkeypatch):
    def fail(*_):
        raise OSError("cannot be loaded")

    monkeypatch.setattr(engines, "_rjieba", fail)


@pytest.mark.parametrize("trouble", [absent, not_installed, another_version, another_jieba, unequal, raising])
@pytest.mark.parametrize("choice", ["auto", "fast"])
def test_without_a_sound_accelerator_jieba_does_the_work(choice, trouble, monkeypatch, capfd):
    trouble(monkeypatch)
    segmenter = Segmenter({"数字经济": "n"}, choice)
    assert segmenter.engine == "jieba"
    assert segmenter.cut("数字经济核心产业增长9.1%") == ["数字经济", "核心", "产业", "增长", "9.1%"]
    assert capfd.readouterr() == ("", "")


def test_the_accelerator_leaves_its_package_alone():
    """What other code asks of rjieba is not changed by terms."""
    segmenter = Segmenter({"海绵铜矿": "n"}, "fast")
    assert segmenter.cut("海绵铜矿") == ["海绵铜矿"]
    assert segmenter.engine == "fast"
    assert rjieba.cut("海绵铜矿") != ["海绵铜矿"]
    assert Fast().cut("海绵铜矿") != ["海绵铜矿"]

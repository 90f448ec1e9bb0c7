"""Time cleaned text to tokens, token table and TF-IDF matrix against plain jieba, and the start; measure memory.

    python benchmarks/segmenting_speed.py [ROUNDS]

Needs data/corpora/provincial-reports-2025 (`python run.py fetch provincial-reports-2025`). The plain script cuts each
report with jieba.lcut and counts with collections.Counter, or gives jieba.lcut to TfidfVectorizer. Each row is timed in
turn with the plain way in every round (5), in seconds of the processor, which one thread uses, so that what else the
machine does weighs little and falls on both; the ratio is that of the medians, the lowest and highest ratio of a round
beside it. Tokens are compared before anything is timed. Start and memory are those of processes of their own.
"""

import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import jieba  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer  # noqa: E402

from src.utils import paths  # noqa: E402
from src.utils.plans.pipeline import load_file, load_plan  # noqa: E402
from src.utils.words.dictionaries import terms_for  # noqa: E402
from src.utils.words.matrix import term_matrix  # noqa: E402
from src.utils.words.segmenting import Segmenter  # noqa: E402
from src.utils.words.stopwords import content_tokens  # noqa: E402
from src.utils.words.token_tables import token_table  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "segmenting_speed.csv"
PLAN = "shangrao"

JIEBA_START = """
import sys, time
began = time.process_time()
import jieba
jieba.dt.tmp_dir = sys.argv[1]
jieba.setLogLevel(60)
jieba.initialize()
print(time.process_time() - began)
"""
OUR_START = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from src.utils import paths
from src.utils.plans.pipeline import load_plan
from src.utils.words.dictionaries import terms_for
from src.utils.words.segmenting import Segmenter
terms = terms_for(load_plan(sys.argv[3]).settings)
paths.CACHE = Path(sys.argv[1])
began = time.process_time()
segmenter = Segmenter(terms, sys.argv[4])
segmenter.cut("上饶市2025年")
segmenter.dictionary_hash
print(time.process_time() - began)
"""
PLAIN_SCRIPT = """
import json, sys
from collections import Counter
if sys.argv[3] == "pandas":
    import pandas
import jieba
jieba.setLogLevel(60)
texts = json.loads(open(sys.argv[1], encoding="utf-8").read())
counts = Counter()
for text in texts:
    counts.update(jieba.lcut(text))
"""
OUR_SCRIPT = """
import json, sys
from collections import Counter
sys.path.insert(0, sys.argv[2])
from src.utils.words.segmenting import Segmenter
texts = json.loads(open(sys.argv[1], encoding="utf-8").read())
if sys.argv[3] == "all terms":
    from src.utils.words.dictionaries import terms_for
    segmenter = Segmenter(terms_for())
else:
    segmenter = Segmenter(numbers=False)
counts = Counter()
for text in texts:
    counts.update(segmenter.cut(text))
"""
PEAK = """
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024)
"""
"""Peak resident memory in megabytes; on Linux alone. What getrusage says includes the process that started this one."""


def reports() -> tuple[list[str], pd.DataFrame]:
    """The reports' cleaned texts, and all their sentences in one table."""
    files = sorted((paths.CORPORA / "provincial-reports-2025").glob("*.docx"))
    if not files:
        sys.exit("The corpus is not here: python run.py fetch provincial-reports-2025")
    plans = [load_file(file) for file in files]
    return [plan.clean.text for plan in plans], pd.concat([plan.sentences for plan in plans], ignore_index=True)


def side_by_side(name: str, plain: Callable[[], Any], ours: Callable[[], Any], rounds: int) -> dict[str, Any]:
    """Time both ways in turn; print and return the row."""
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    for _ in range(rounds):
        for way, run in (("plain", plain), ("ours", ours)):
            began = time.process_time()
            run()
            seconds[way].append(time.process_time() - began)
    return row(name, seconds["plain"], seconds["ours"])


def row(name: str, plain: list[float], ours: list[float], unit: str = "s") -> dict[str, Any]:
    """Print and return medians and their ratio."""
    first, second = statistics.median(plain), statistics.median(ours)
    ratios = [one / other for one, other in zip(plain, ours, strict=True)]
    print(
        f"{name}: plain {first:.3f} {unit}, ours {second:.3f} {unit}, "
        f"ratio {first / second:.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
    )
    values = (first, second, first / second, min(ratios), max(ratios))
    columns = ("plain", "ours", "ratio", "lowest", "highest")
    return {"what": name, "unit": unit} | {key: f"{value:.3g}" for key, value in zip(columns, values, strict=True)}


def check_tokens(texts: list[str], segmenter: Segmenter, plain: Segmenter) -> None:
    """Stop where the accelerator's tokens are not the reference's, with all terms, and jieba's own without."""
    reference = Segmenter(segmenter.terms, "jieba")
    assert (segmenter.engine, plain.engine, reference.engine) == ("fast", "fast", "jieba")
    for text in texts:
        assert segmenter.cut(text) == reference.cut(text)
        assert plain.cut(text) == jieba.lcut(text)
    print("tokens: identical to jieba.lcut without terms, and to the reference engine with all terms and numbers")


def printed_number(code: str, *arguments: object) -> float:
    """Run Python code in a process of its own and read the number it prints."""
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return float(run.stdout)


def starts(rounds: int) -> list[dict[str, Any]]:
    """Time the start with the caches filled and empty."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, fresh in (("start, caches filled", False), ("first start ever, caches empty", True)):
            plain, ours = [], []
            for number in range(-1, rounds):
                places = [Path(folder) / f"{way}{number if fresh else ''}" for way in ("jieba", "ours")]
                for place in places:
                    place.mkdir(exist_ok=True)
                times = printed_number(JIEBA_START, places[0]), printed_number(OUR_START, places[1], ROOT, PLAN, "auto")
                if number >= 0:  # the first fills the caches
                    plain.append(times[0])
                    ours.append(times[1])
            rows.append(row(name, plain, ours))
    return rows


def memory(texts: list[str]) -> list[dict[str, Any]]:
    """Measure the peak memory of the plain script and of ours: the same tokens; and all terms, with pandas in both."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps(texts), encoding="utf-8")
        ways = {
            "peak memory, jieba's dictionary": ("", ""),
            "peak memory, all terms, pandas in both": ("pandas", "all terms"),
        }
        return [
            row(
                name,
                [printed_number(PLAIN_SCRIPT + PEAK, file, ROOT, plain)],
                [printed_number(OUR_SCRIPT + PEAK, file, ROOT, ours)],
                "MB",
            )
            for name, (plain, ours) in ways.items()
        ]


def cut_each(texts: list[str], cut: Callable[[str], list[str]]) -> None:
    """Cut one text after the other."""
    for text in texts:
        cut(text)


def count(texts: list[str], cut: Callable[[str], list[str]]) -> Counter[str]:
    """Cut and count one text after the other."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(cut(text))
    return counts


def main(rounds: int = 5) -> None:
    """Print every row and write them to benchmarks/results."""
    texts, sentences = reports()
    print(f"{len(texts)} reports, {sum(map(len, texts)):,} characters, {len(sentences):,} sentences, {rounds} rounds")
    jieba.setLogLevel(60)
    jieba.initialize()
    segmenter = Segmenter(terms_for(load_plan(PLAN).settings))
    plain = Segmenter(numbers=False)
    check_tokens(texts, segmenter, plain)

    def plain_counts() -> Counter[str]:
        return count(texts, jieba.lcut)

    def plain_tfidf() -> Any:
        return TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False).fit_transform(texts)

    def our_tfidf(ours: Segmenter) -> Any:
        return TfidfTransformer().fit_transform(term_matrix(texts, ours).counts)

    assert abs(plain_tfidf() - our_tfidf(plain)).max() < 1e-12

    with tempfile.TemporaryDirectory() as folder:

        def new_table() -> pd.DataFrame:
            paths.CACHE = Path(tempfile.mkdtemp(dir=folder))
            return token_table(sentences, segmenter)

        rows = [
            side_by_side(
                "cut, jieba's dictionary",
                lambda: cut_each(texts, jieba.lcut),
                lambda: cut_each(texts, plain.cut),
                rounds,
            ),
            side_by_side(
                "cut, all terms and numbers",
                lambda: cut_each(texts, jieba.lcut),
                lambda: cut_each(texts, segmenter.cut),
                rounds,
            ),
            side_by_side(
                "cut and count, all terms and numbers", plain_counts, lambda: count(texts, segmenter.cut), rounds
            ),
            side_by_side("token table with offsets and tags", plain_counts, new_table, rounds),
            side_by_side(
                "second run: token table and stop words",
                plain_counts,
                lambda: content_tokens(token_table(sentences, segmenter), ("punctuation",)),
                rounds,
            ),
            side_by_side("TF-IDF matrix, jieba's dictionary", plain_tfidf, lambda: our_tfidf(plain), rounds),
            side_by_side("TF-IDF matrix, all terms and numbers", plain_tfidf, lambda: our_tfidf(segmenter), rounds),
        ]
    rows += starts(rounds)
    rows += memory(texts)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

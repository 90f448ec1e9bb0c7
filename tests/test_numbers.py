"""Every number printed in a committed figure, or said in its caption, stands in the table beside it.

A number printed with d decimals is there when some cell of the table rounds to it at d decimals; per cent stand for
shares. Texts that are a cell of the table (a term with digits in it) are no numbers. What reads a scale (ticks, legends
of sizes and colours) and what numbers an axis is no finding. The footer's numbers must stand in the passport's corpus, N
and measure. A caption's may also be a count of rows (all, or those with one value) or of different values (an empty
cell is none), or stand in N or the notebook's settings. A sentence of robustness has its numbers in the table that
stands beside the figure's for it, in the settings, or they are counted again here from the rows of a table.
"""

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from src.utils import paths
from src.utils.figures.passport import RESTS_ON, passports_under

NUMBER = re.compile(r"(?<![\w.])[−-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?%?(?!\w)")
ORDINAL = re.compile(r"第 \d+ 维|Dimension \d+")  # names an axis
SCALES = ("xtick_", "ytick_", "legend_", "scale_")
CONVENTIONS = {"95%", "0.05"}  # of intervals and tests, said in words beside them
FROM_ELSEWHERE = {
    "rank_distribution": {"50"},  # how deep the ranks go, one less than the 51 that stands for absent
    "region_formulas": {"3"},  # reports at least: one more than the setting ALONE
    **{name: {"1,000"} for name in ("county_marks", "industry_marks", "region_marks")},  # marking.BEYOND
}


def texts_of(svg: str) -> list[tuple[tuple[str, ...], str]]:
    """Each text of a picture with the names of the groups it stands in; matplotlib says it in a comment."""
    found: list[tuple[tuple[str, ...], str]] = []

    def walk(node, names):
        if node.tag is Xml.Comment:
            found.append((names, (node.text or "").strip()))
            return
        own = node.get("id")
        for child in node:
            walk(child, (*names, own) if own else names)

    walk(Xml.fromstring(svg, parser=Xml.XMLParser(target=Xml.TreeBuilder(insert_comments=True))), ())
    return found


def is_there(printed: str, values: list[float], *, shares: list[float]) -> bool:
    """Whether a value rounds to what is printed; shares: values that may be printed in per cent without its sign."""
    plain = printed.rstrip("%").replace("−", "-").replace(",", "")
    wanted, half = float(plain), 0.5 * 10.0 ** -len(plain.partition(".")[2]) + 1e-9
    in_cents = values if printed.endswith("%") else shares
    return any(abs(value - wanted) <= half for value in [*values, *(100 * share for share in in_cents)])


def table_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def as_numbers(cells) -> list[float]:
    found = []
    for cell in cells:
        try:
            found.append(float(cell))
        except ValueError:
            continue
    return [value for value in found if math.isfinite(value)]


def unfounded(name: str, svg: str, table: list[dict[str, str]], told: dict) -> list[str]:
    """The numbers of a figure and its captions that nothing beside it bears out."""
    cells = [cell for row in table for cell in row.values()]
    values = as_numbers(cells)
    shares = as_numbers(row["stability"] for row in table if "stability" in row)
    labels = {" ".join(cell.split()) for cell in cells}
    long = "\n".join(labels)
    footer = json.dumps([told["corpus"], told["n"], told["measure"]], ensure_ascii=False)
    allowed = CONVENTIONS | FROM_ELSEWHERE.get(name, set())
    missing = []
    for names, text in texts_of(svg):
        if any(group.startswith(SCALES) for group in names) or text in labels:
            continue
        if not NUMBER.fullmatch(text) and text in long:  # a line of a label that is broken
            continue
        for printed in NUMBER.findall(ORDINAL.sub("", text)):
            if "footer" in names:
                if printed not in footer:
                    missing.append(f"{name}, footer: {printed}")
            elif printed not in allowed and not is_there(printed, values, shares=shares):
                missing.append(f"{name}: {printed} in {text!r}")
    counted = {len(table)} | {len({row[column] for row in table} - {""}) for column in (table[0] if table else ())}
    counted |= {n for column in (table[0] if table else ()) for n in Counter(row[column] for row in table).values()}
    beside = json.dumps([told["settings"], told["n"]], ensure_ascii=False)
    known = set(NUMBER.findall(beside)) | {str(n) for n in counted} | allowed
    for language in ("zh", "en"):
        for printed in NUMBER.findall(told["caption"][language]):
            if printed not in known and not is_there(printed, values, shares=shares):
                missing.append(f"{name}, caption: {printed}")
    return missing


Rows = list[dict[str, str]]


def outside_one(rows: Rows) -> set[str]:
    """How many intervals leave 1 out, how many there are, and how many of 95 % would by chance."""
    return {
        "1",
        f"{0.05 * len(rows):.0f}",
        str(sum(float(row["low"]) > 1 or float(row["high"]) < 1 for row in rows if row["low"])),
        str(len(rows)),
    }


def beyond_chance(rows: Rows) -> set[str]:
    return {str(sum(float(row["p"]) <= 0.05 for row in rows if row["measure"] == "krugman"))}


def least_and_most_stable(rows: Rows) -> set[str]:
    """Of all branches but the one that holds all units."""
    branches = sorted((float(row["height"]), float(row["stability"])) for row in rows if row["stability"])
    stable = [share for _, share in branches[:-1]]
    return {f"{min(stable):.0%}", f"{max(stable):.0%}"}


def firm_dimensions(rows: Rows) -> set[str]:
    return {str(sum(float(row["p"]) <= 0.05 and float(row["congruence"]) >= 0.85 for row in rows))}


def that_differ(rows: Rows) -> set[str]:
    return {str(sum(float(row["q"]) <= 0.05 for row in rows if row["q"]))}


COUNTED_AGAIN: dict[str, Callable[[Rows], set[str]]] = {
    "county_industry_quotients": outside_one,
    "region_industries": outside_one,
    "concentration": beyond_chance,
    "county_similarity": least_and_most_stable,
    "county_map": firm_dimensions,
    "county_shift": that_differ,
}
"""What sentences of robustness say in numbers that are not a cell: made from the rows, without the notebook's code."""


def unfounded_robustness(name: str, table: Rows, rests: Rows | None, told: dict) -> list[str]:
    """The numbers of a sentence of robustness that its table, or the figure's own, does not bear out."""
    rows = table if rests is None else rests
    again = COUNTED_AGAIN[name](rows) if name in COUNTED_AGAIN else set()
    cells = as_numbers(cell for row in rows for cell in row.values()) if rests is not None else []
    known = CONVENTIONS | again | set(NUMBER.findall(json.dumps(told["settings"], ensure_ascii=False)))
    return [
        f"{name}, robustness: {printed}"
        for language in ("zh", "en")
        for printed in NUMBER.findall((told["robustness"] or {}).get(language, ""))
        if printed not in known and not is_there(printed, cells, shares=[])
    ]


def rests_of(path: Path) -> Rows | None:
    found = path.with_name(f"{path.stem}{RESTS_ON}")
    return table_of(found) if found.is_file() else None


@pytest.fixture(scope="module")
def figures():
    """Name, SVG, table and passport of each committed figure."""
    return [
        (
            path.stem,
            path.with_suffix(".svg").read_text(encoding="utf-8"),
            table_of(path.with_suffix(".csv")),
            json.loads(path.read_text(encoding="utf-8")),
        )
        for path in passports_under(paths.FIGURES)
        if path.with_suffix(".svg").is_file()
    ]


def test_every_number_in_a_figure_and_its_caption_is_in_its_table(figures):
    assert len(figures) > 40
    assert [missing for found in figures for missing in unfounded(*found)] == []


def test_every_number_of_a_sentence_of_robustness_is_in_a_table_beside_the_figure():
    said, missing = 0, []
    for path in passports_under(paths.FIGURES):
        told = json.loads(path.read_text(encoding="utf-8"))
        said += len(NUMBER.findall((told["robustness"] or {}).get("zh", "")))
        missing += unfounded_robustness(path.stem, table_of(path.with_suffix(".csv")), rests_of(path), told)
    assert said > 40
    assert missing == []


def test_a_changed_table_of_robustness_is_noticed():
    path = paths.FIGURES / "shangrao-profile" / "specifications_plan.json"
    told, rests = json.loads(path.read_text(encoding="utf-8")), rests_of(path)
    assert rests
    changed = [{**rests[0], "typical": "0.123", "share": "0.5"}]
    assert unfounded_robustness(path.stem, [], rests, told) == []
    assert len(unfounded_robustness(path.stem, [], changed, told)) == 4  # the median and the share, in two languages


def test_a_changed_table_is_noticed(figures):
    """The check sees what it is for: a column set apart from the picture leaves its numbers without ground."""
    (name, svg, table, told) = next(found for found in figures if found[0] == "county_industry_quotients")
    changed = [{**row, "value": f"{float(row['value'] or 0) + 100:g}", "low": "", "high": ""} for row in table]
    assert unfounded(name, svg, table, told) == []
    assert len(unfounded(name, svg, changed, told)) > 50


@pytest.mark.parametrize(
    ("printed", "values", "there"),
    [
        ("0.84", [0.8366], True),
        ("0.84", [0.8449], True),
        ("0.84", [0.8451], False),
        ("84%", [0.8366], True),
        ("84", [0.8366], False),
        ("1,234", [1234.0], True),
        ("−0.5", [-0.46], True),
        ("0.5", [-0.46], False),
    ],
)
def test_how_a_number_is_matched(printed, values, there):
    assert is_there(printed, values, shares=[]) is there

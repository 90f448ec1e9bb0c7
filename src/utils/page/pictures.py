"""The figures on the page, each with its caption, N, measure, robustness and passport."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from src.utils.figures.passport import Pair
from src.utils.page.markup import both, joined
from src.utils.page.parts import definitions, section
from src.utils.page.shelf import Picture, Shelf, packed

PIXELS_A_MM: Final = 5
"""A millimetre of a figure on a screen: its type of 8 points is then read without a glass."""

LARGE_MM: Final = 120
"""Wider figures keep their size on a telephone, where one moves along them; narrower ones fit it."""

_FACTS: Final[tuple[tuple[Pair, str], ...]] = (
    (("样本量 N", "N"), "n"),
    (("指标", "Measure"), "measure"),
    (("稳健性", "Robustness"), "robustness"),
)


def figures_part(shelf: Shelf) -> str:
    """All figures in the order of the notebooks; or that there are none yet."""
    n = len(shelf.pictures)
    if not n:
        none = ("这份文件还没有图；`python run.py` 生成。", "There are no figures yet; `python run.py` makes them.")
        return section("figures", "", none)
    note = (
        f"共 {n} 幅，均为矢量图，任意放大仍清晰；每幅可存图、存数据。",
        f"{n} in all, drawn as vectors and sharp at any size; each can be saved with its data.",
    )
    return section("figures", joined(map(_figure, shelf.pictures)), note)


def picture_data(shelf: Shelf) -> dict[str, dict[str, dict[str, str]]]:
    """What page.js unpacks: by place and language the name of the files, the picture (SVG) and the table (CSV).

    firm: the table of the numbers in the sentence of robustness, where that has its own.
    """
    return {
        one.anchor: {
            language: {
                "name": str(version.passport["figure"]),
                "svg": packed(version.svg),
                "csv": packed(version.csv),
                **({"firm": packed(version.firm)} if version.firm else {}),
            }
            for language, version in one.versions.items()
        }
        for one in shelf.pictures
    }


def _pair(passport: Mapping[str, Any], key: str) -> Pair | None:
    told = passport.get(key)
    return (str(told.get("zh") or ""), str(told.get("en") or "")) if told else None


def _figure(one: Picture) -> str:
    passport, made = one.passport, one.passport["made_by"]
    caption = _pair(passport, "caption") or (one.name, one.name)
    facts = [(term, both(told)) for term, key in _FACTS if (told := _pair(passport, key))]
    ids = dict.fromkeys(str(version.passport["id"])[:12] for version in one.versions.values())
    facts.append((("护照", "Passport"), " ".join(f"<code>{known}</code>" for known in ids)))
    source = f"{made['notebook'] or '—'}" + (f", cell {made['code_cell']}" if made.get("cell") else "")
    facts.append((("笔记本", "Notebook"), f"<code>{escape(source)}</code>"))
    return f"""<figure id="{escape(one.anchor)}" tabindex="-1">
<figcaption>{both(caption)}</figcaption>
<div class="wide">{joined(_image(one, language) for language in one.versions)}</div>
{definitions(facts)}
<p class="links files"></p>
<details class="data"><summary>{both(("图后的数据", "The data behind it"))}</summary><div class="wide"></div></details>
</figure>"""


def _image(one: Picture, language: str) -> str:
    passport = one.versions[language].passport
    width_mm, height_mm = passport["size_mm"]
    width, height = round(PIXELS_A_MM * width_mm), round(PIXELS_A_MM * height_mm)
    caption, measure = (_pair(passport, key) or ("", "") for key in ("caption", "measure"))
    zh = "；".join(filter(None, (caption[0].rstrip("。"), measure[0])))
    en = "; ".join(filter(None, (caption[1].rstrip("."), measure[1])))
    alt = escape({"zh": zh, "en": en}.get(language, f"{zh} — {en}"))
    names = " ".join(
        filter(None, ("picture", "" if language == "both" else language, "large" if width_mm > LARGE_MM else ""))
    )
    return f'<img class="{names}" data-language="{language}" width="{width}" height="{height}" alt="{alt}">'

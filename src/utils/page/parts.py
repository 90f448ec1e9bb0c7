"""The parts that a page has, and the small pieces that all of them are made of."""

from collections.abc import Iterable
from html import escape
from typing import Final

from src.utils.figures.passport import Pair
from src.utils.page.markup import both

PARTS: Final[dict[str, Pair]] = {
    "findings": ("发现", "Findings"),
    "ties": ("县域与产业", "Counties and industries"),
    "concordance": ("检索原文", "Search the text"),
    "figures": ("图", "Figures"),
    "sources": ("来源与版本", "Sources and versions"),
}
"""By their places on the page, in its order."""


def section(place: str, inside: str, note: Pair | None = None) -> str:
    """A part of the page under its heading, with a note on how to read it."""
    told = f'<p class="quiet">{both(note)}</p>' if note else ""
    head = f'<h2 id="{place}-heading">{both(PARTS[place])}</h2>'
    return f'<section id="{place}" aria-labelledby="{place}-heading">\n{head}{told}\n{inside}\n</section>'


def definitions(facts: Iterable[tuple[Pair, str]]) -> str:
    """Terms and what is said of them, as HTML."""
    return "<dl>" + "".join(f"<div><dt>{both(term)}</dt><dd>{told}</dd></div>" for term, told in facts) + "</dl>"


def notice(pair: Pair) -> str:
    """What a reader must know first."""
    return f'<p class="notice">{both(pair)}</p>'


def link(address: str, name: Pair) -> str:
    """A link to another place of the page."""
    return f'<a href="{escape(address)}">{both(name)}</a>'


def choices(name: str, legend: Pair, options: Iterable[tuple[str, Pair]], chosen: str) -> str:
    """Radio buttons in a row."""
    items = "".join(
        f'<label><input type="radio" name="{name}" value="{value}"{" checked" if value == chosen else ""}>'
        f"{both(label)}</label>"
        for value, label in options
    )
    return f'<fieldset class="choices"><legend>{both(legend)}</legend>{items}</fieldset>'

"""Text to HTML, escaped, in two languages of which the page shows one."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any, Final

from src.utils.figures.passport import Pair

_IN_SCRIPT: Final = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


def both(pair: Pair, tag: str = "span") -> str:
    """Chinese and English as two elements of which the page hides one; one element where they are the same.

    >>> both(("铜", "copper"))
    '<span class="zh" lang="zh-CN">铜</span><span class="en" lang="en">copper</span>'
    >>> both(("a < b", "a < b"))
    '<span>a &lt; b</span>'
    """
    zh, en = pair
    if zh == en:
        return f"<{tag}>{escape(zh)}</{tag}>"
    return f'<{tag} class="zh" lang="zh-CN">{escape(zh)}</{tag}><{tag} class="en" lang="en">{escape(en)}</{tag}>'


def as_json(name: str, data: Any) -> str:
    r"""Data as an element that no script runs: whatever text it holds, it cannot end the element.

    >>> as_json("data", "</script>")
    '<script type="application/json" id="data">"\\u003c/script\\u003e"</script>'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_IN_SCRIPT)
    return f'<script type="application/json" id="{name}">{text}</script>'


def joined(parts: Iterable[str]) -> str:
    """The parts that are not empty, a line each."""
    return "\n".join(filter(None, parts))

"""The concordance's fields; page.js fills in the hits."""

from typing import Final

from src.utils.figures.passport import Pair
from src.utils.page.markup import both
from src.utils.page.parts import choices, section

_SORTS: Final[tuple[tuple[str, Pair], ...]] = (
    ("text", ("文中次序", "Order of the text")),
    ("left", ("左侧文字", "Words before")),
    ("right", ("右侧文字", "Words after")),
)
_NOTE: Final[Pair] = (
    "逐字检索整理后的全文，多个词用空格隔开。每行以检索词对齐，后附所在标题与源文件行号；选中检索词看整段。",
    "Searches the whole cleaned text, several words apart by spaces. Lines are aligned at the word, with the heading "
    "and the line of the source file; choose the word to read the whole paragraph.",
)


def concordance_part() -> str:
    """The part of the page in which the text is searched."""
    return section(
        "concordance",
        f"""<form id="search" role="search">
<div class="field"><label for="query">{both(("检索", "Search for"))}</label>
<input id="query" type="search" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="search"></div>
<div class="field"><label for="within">{both(("范围", "Within"))}</label><select id="within"></select></div>
<div class="switches">
<fieldset class="choices"><legend>{both(("方式", "How"))}</legend>
<label><input type="checkbox" id="regex">{both(("正则表达式", "Regular expression"))}</label>
<label><input type="checkbox" id="counted">{both(("只看可计数的正文", "Counted text only"))}</label></fieldset>
{choices("sort", ("排序", "Sort by"), _SORTS, "text")}
</div>
</form>
<p id="hits" class="hits" role="status" aria-live="polite"></p>
<p id="forms" class="forms"></p>
<p class="links"><button type="button" id="save-hits" class="plainly" hidden></button></p>
<details id="sections-box" hidden><summary>{both(("各节命中数", "Hits by section"))}</summary>
<div class="wide"><table id="by-section"></table></div></details>
<table id="lines" class="kwic" role="table" aria-labelledby="concordance-heading" hidden></table>
<div id="pager" class="pager" role="group" aria-label="翻页 Pages" hidden></div>""",
        _NOTE,
    )

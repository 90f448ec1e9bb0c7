"""One plan's page: what it is, what was found, counties by industries, a concordance, all figures, in one HTML file.

The file asks nothing of the network and stores nothing: its policy forbids it, and page.css and page.js stand inside.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from src.utils import paths
from src.utils.errors import PlanError
from src.utils.figures.passport import Pair
from src.utils.figures.sources import sha256
from src.utils.files import write_whole
from src.utils.lexicons import english_names
from src.utils.page.about import head, sources, titles
from src.utils.page.every import SUFFIX
from src.utils.page.findings import findings
from src.utils.page.markup import as_json, both, joined
from src.utils.page.material import Behind, Finding, Material
from src.utils.page.parts import PARTS, definitions, link, section
from src.utils.page.pictures import figures_part, picture_data
from src.utils.page.search import concordance_part
from src.utils.page.shelf import Shelf, shelf_of
from src.utils.page.table import has_pairs, ties_part
from src.utils.page.texts import section_of, text_data
from src.utils.page.ties import tie_data
from src.utils.plans.pipeline import Plan, load_plan
from src.utils.words.dictionaries import segmenter_for
from src.utils.words.token_tables import token_table

_HERE: Final = Path(__file__).parent
_NO_SCRIPT: Final = both(
    (
        "此浏览器未运行脚本：可读发现与说明；图、检索与交互表需要脚本。",
        "Scripts do not run in this browser: findings and captions can be read; figures, search and the table of "
        "counties need them.",
    )
)
_FINDINGS: Final = (
    "每句话都由图后的数据表生成，并附区间、样本量与稳健性；“文字不足”也是结论。",
    "Each sentence is made from the table behind a figure, with its interval, N and robustness; “too little text” is "
    "a finding too.",
)


_STATES: Final[Mapping[str, Pair]] = {"little": ("文字不足", "Too little text"), "not made": ("未作", "Not made")}


def write_page(plan: Plan, *, folder: Path | None = None, own: bool = False) -> Path:
    """Write figures/<plan>/<plan>.html from the plan and the figures that lie in its folder, the same bytes each time.

    plan: as load_plan or load_file gives it; of a bare file there are the text and what can be searched in it. folder:
    instead of figures/<plan>; the figures are taken from there and from the folders below it. own: only figures that
    the notebooks make as they stand, as in gallery.write_gallery. Raises GuihuaError where it cannot be written and
    FigureError for a table behind a figure that is none.
    """
    target = folder or paths.FIGURES / plan.id
    return write_whole(target / f"{plan.id}{SUFFIX}", page(plan, shelf_of(target, own=own)))


def page(plan: Plan, shelf: Shelf) -> str:
    """The whole HTML of a plan's page."""
    ties = _ties(plan)
    data = {"plan": plan.id, **text_data(plan), "ties": ties if has_pairs(ties) else None}
    pictures = picture_data(shelf)
    told = [_findings(plan, shelf), ties_part(plan, ties), concordance_part(), figures_part(shelf)]
    style, script = (_HERE.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    identity = _identity([*told, style, script, data], shelf)
    policy = (
        f"default-src 'none'; img-src blob: data:; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "worker-src blob:; base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{escape(titles(plan)[0])}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
<script>{script}</script>
</head>
<body>
<a class="skip" href="#main">{both(("跳到正文", "Skip to the content"))}</a>
<header>
<div class="bar">
<p class="mark">规划 Guihua</p>
<div class="languages" role="group" aria-label="语言 Language">
<button type="button" data-lang="zh" lang="zh-CN" aria-pressed="true">中文</button>
<button type="button" data-lang="en" lang="en" aria-pressed="false">English</button>
</div>
</div>
{head(plan, identity)}
</header>
<nav aria-label="目录 Contents"><ul>
{joined(f"<li>{link(f'#{place}', name)}</li>" for place, name in PARTS.items())}
</ul></nav>
<noscript><p class="notice">{_NO_SCRIPT}</p></noscript>
<main id="main" tabindex="-1">
{joined([*told, sources(plan, shelf, identity)])}
</main>
{as_json("data", data)}
{as_json("pictures", pictures)}
</body>
</html>
"""


def _identity(told: Sequence[Any], shelf: Shelf) -> str:
    """The SHA-256 of what the page holds; pictures and tables as they lie, for compressing may differ by machine."""
    files = [
        [one.anchor, language, *map(sha256, version[1:])]
        for one in shelf.pictures
        for language, version in one.versions.items()
    ]
    return sha256(json.dumps([*told, files], sort_keys=True))


def _hash(text: str) -> str:
    """What a policy calls the one script or style that it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _ties(plan: Plan) -> Mapping[str, Any] | None:
    if plan.settings is None:
        return None
    tokens = token_table(plan.sentences, segmenter_for(plan.settings, plan=plan))
    return tie_data(plan, _listing(plan), tokens)


def _listing(plan: Plan) -> Plan:
    """The plan whose contents list gives the pages: of a digest the plan it is of, where that is here."""
    try:
        return load_plan(plan.settings.plan.digest_of) if plan.settings and plan.settings.plan.digest_of else plan
    except PlanError:
        return plan


def _findings(plan: Plan, shelf: Shelf) -> str:
    names = english_names() | (plan.settings.english_names() | plan.settings.headings if plan.settings else {})
    found = findings(Material(plan, shelf, names))
    return section("findings", f"<ol>\n{joined(_finding(plan, one) for one in found)}\n</ol>", _FINDINGS)


def _finding(plan: Plan, found: Finding) -> str:
    facts = [
        (("区间", "Interval"), both(found.interval)),
        (("样本量 N", "N"), both(found.n)),
        (("稳健性", "Robustness"), both(found.robustness)),
    ]
    facts = facts[1:2] if found.state == "not made" else facts
    links = [link(f"#{found.figure.anchor}", ("图与数据", "Figure and data"))] if found.figure else []
    links += [link(_address(plan, one), one.label) for one in found.behind]
    badge = f'<span class="state">{both(_STATES[found.state], "strong")}</span> ' if found.state in _STATES else ""
    behind = f'<p class="links">{joined(links)}</p>' if links else ""
    said = f'<p class="said">{badge}{both(found.said)}</p>'
    return f'<li id="finding-{escape(found.key)}">{said}{definitions(facts)}{behind}</li>'


def _address(plan: Plan, behind: Behind) -> str:
    """A place of the page as page.js reads it from the address."""
    if behind.pair:
        return "#" + urlencode({"county": behind.pair[0], "industry": behind.pair[1]})
    within = section_of(plan, behind.within) if behind.within else None
    return "#" + urlencode({"q": behind.search} | ({} if within is None else {"in": within}))

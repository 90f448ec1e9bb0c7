"""The page that shows all figures with captions and passports: README.md for the code host, index.html for a browser.

Both are made from the passports alone, the same bytes each time. The web page asks nothing of the network and needs no
script; it opens from the disk as it lies, beside its pictures.
"""

import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from src.utils import paths
from src.utils.figures.passport import HIGH_RESOLUTION, RESTS_ON, passports_under, read_passport
from src.utils.files import write_together

MARKDOWN: Final = "README.md"
WEB: Final = "index.html"
PAGES: Final = (MARKDOWN, WEB)
_VECTORS: Final = (("SVG", ".svg"), ("PDF", ".pdf"))
_TABLES: Final = (("CSV", ".csv"), ("CSV (robustness)", RESTS_ON))


class Shown(NamedTuple):
    """A figure on the page: its passport, and the folder of its files as seen from the page ("" beside it).

    plan_page: where the page of its plan lies (src/utils/page), "" where there is none.
    """

    passport: Mapping[str, Any]
    folder: str
    plan_page: str = ""

    def address(self, ending: str) -> str:
        """Where a file of the figure lies, as a link has it."""
        return quote(f"{self.folder}/{self.name}{ending}".lstrip("/"))

    @property
    def name(self) -> str:
        """The figure's name, which its files bear."""
        return str(self.passport["figure"])

    @property
    def place(self) -> tuple[Any, ...]:
        """Where it stands on the page: by plan, then in the order of notebooks and cells."""
        made = self.passport["made_by"]
        return (
            self.folder.partition("/")[0],
            made["notebook"] or "~",
            made.get("code_cell", 0),
            self.folder,
            self.name,
        )


def write_gallery(folder: Path, *, own: bool = False) -> list[Path]:
    """Write both pages into a folder for the figures in it and below; writes nothing where there are none.

    own: only figures that the notebooks make as they stand, not those of a run on another plan. Returns the paths.
    """
    figures = gather(folder, own=own)
    if not figures:
        return []
    return write_together({folder / MARKDOWN: markdown_page(figures), folder / WEB: web_page(figures)})


def gather(folder: Path, *, own: bool = False) -> list[Shown]:
    """The figures in a folder and below it whose picture is there, in the order of the page."""
    found = []
    for path in passports_under(folder):
        passport = read_passport(path)
        put_in = passport["made_by"]["put_in"]
        if path.with_suffix(".png").is_file() and not (own and put_in):
            inside = path.parent.relative_to(folder).as_posix().removeprefix(".")
            found.append(Shown(passport, inside, _plan_page(folder, inside, str(passport["plan"]))))
    return sorted(found, key=lambda shown: shown.place)


def _plan_page(folder: Path, inside: str, plan: str) -> str:
    """The page of a plan as seen from a folder that holds its folder, or is it."""
    name = f"{plan}.html" if inside.partition("/")[0] != plan else f"{plan}/{plan}.html"
    return name if (folder / name).is_file() else ""


def _plan_names(passport: Mapping[str, Any]) -> tuple[str, str]:
    about = passport["inputs"]["plans"][passport["plan"]]
    kind = {"digest": ("（为本项目编写的摘编，非规划原文）", " (a digest written for this project)")}
    zh, en = kind.get(about["kind"], ("", ""))
    return f"{about['title']}{zh}", f"{about.get('title_en', about['title'])}{en}"


def _told(passport: Mapping[str, Any], key: str, language: str) -> str:
    return str((passport.get(key) or {}).get(language) or "")


def _source(passport: Mapping[str, Any]) -> str:
    made = passport["made_by"]
    if made["notebook"] is None:
        return "a script"
    cell = f", cell {made['code_cell']}" if made.get("cell") else ""
    return f"{made['notebook']}{cell}"


def _measured(passport: Mapping[str, Any]) -> str:
    n, measure = _told(passport, "n", "en"), _told(passport, "measure", "en")
    return "; ".join(part for part in (f"N = {n}" if n else "", measure) if part)


# --- for the code host ---

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>&$|~@#:]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")


def mark(text: str) -> str:
    """Text as Markdown shows it unchanged, in a table too: what has a meaning there becomes a character reference.

    >>> mark("a|b *c* $x$")
    'a&#124;b &#42;c&#42; &#36;x&#36;'
    """
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))


def markdown_page(figures: Iterable[Shown]) -> str:
    """The page for the code host: a table of pictures for each plan."""
    lines = [
        "# Figures 图",
        "",
        "Made by `python run.py` from the passports beside the figures; `python run.py verify` makes all of them anew",
        "and compares. Each picture is there as PNG (300 dpi), SVG and PDF, with the table behind it (CSV) and its",
        "passport (JSON): inputs, dictionaries, settings, code and versions by hash. The PNG at 600 dpi, which are not",
        "kept in git, are made beside them. [index.html](index.html) is this page for a browser.",
    ]
    for _, group in groupby(figures, key=lambda shown: shown.place[0]):
        members = list(group)
        zh, en = _plan_names(members[0].passport)
        lines += ["", f"## {mark(zh)}", "", mark(en), *_to_plan_page(members[0]), ""]
        lines += ["| figure | what it shows |", "|---|---|"]
        lines += [_row(shown) for shown in members]
    return "\n".join(lines) + "\n"


def _to_plan_page(shown: Shown) -> list[str]:
    """A line on the plan's page, where there is one; the code host shows its source, a browser opens it."""
    name = Path(shown.plan_page).name
    link = f"[{mark(name)}]({quote(shown.plan_page)})"
    return ["", f"{link}: findings, search and all figures in one file, to download and open."] if name else []


def _row(shown: Shown) -> str:
    passport = shown.passport
    png = shown.address(".png")
    alt = escape(_alternative(passport))
    picture = f'<a href="{png}"><img src="{png}" width="380" alt="{mark_attribute(alt)}"></a>'
    links = " · ".join(
        f"[{label}]({shown.address(ending)})"
        for label, ending in (*_VECTORS, *_TABLES, ("passport", ".json"))
        if ending == ".json" or f"{shown.name}{ending}" in passport["files"]
    )
    texts = [f"**{mark(shown.name)}**", mark(_told(passport, "caption", "zh")), mark(_told(passport, "caption", "en"))]
    texts += [mark(_told(passport, "robustness", language)) for language in ("zh", "en")]
    bare = "、".join(passport.get("untranslated", []))
    texts += [mark(f"No English name 无英文名：{bare}")] if bare else []
    texts += [mark(_measured(passport)), f"{links}", f"{mark(_source(passport))} · `{passport['id'][:12]}`"]
    return f"| {picture} | {'<br>'.join(dict.fromkeys(filter(None, texts)))} |"


def mark_attribute(text: str) -> str:
    """An attribute's text that does not end a table's cell."""
    return " ".join(text.split()).replace("|", "&#124;")


def _alternative(passport: Mapping[str, Any]) -> str:
    """What stands for the picture where it is not seen: the caption is beside it and need not be said again."""
    return ". ".join(part for part in (str(passport["title"]).rstrip("."), _measured(passport)) if part)


# --- for the browser ---

_STYLE: Final = """
:root { color-scheme: light; --ink: #1a1a1a; --quiet: #5a5a5a; --rule: #d9d9d9; --link: #1d5481; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; overflow-wrap: anywhere; font: 16px/1.6 system-ui, -apple-system,
  "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid #b5480f; outline-offset: 2px; }
.skip { position: absolute; left: -999em; }
.skip:focus { left: 1rem; top: 1rem; background: #fff; padding: .5rem; z-index: 1; }
header, main, nav { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
h1 { margin: 1.5rem 0 .25rem; font-size: 1.7rem; line-height: 1.3; }
h2 { margin: 3rem 0 .25rem; padding-top: .75rem; border-top: 2px solid var(--ink); font-size: 1.3rem; }
h3 { margin: 0 0 .25rem; font-size: 1rem; }
p { margin: .25rem 0; max-width: 46rem; }
.quiet, dt { color: var(--quiet); }
nav ul { columns: 17rem; padding-left: 1.1rem; }
nav li { break-inside: avoid; }
article { display: grid; grid-template-columns: minmax(0, 1.35fr) minmax(0, 1fr); gap: 1.5rem; padding: 1.5rem 0;
  border-bottom: 1px solid var(--rule); align-items: start; }
figure { margin: 0; }
img { display: block; width: 100%; height: auto; max-height: 44rem; object-fit: contain; object-position: left top;
  border: 1px solid var(--rule); }
.files { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .5rem 0; list-style: none; }
summary { cursor: pointer; padding: .25rem 0; }
dl { display: grid; grid-template-columns: minmax(6rem, auto) minmax(0, 1fr); gap: .15rem .75rem; margin: .5rem 0;
  font-size: .875rem; }
dd { margin: 0; }
code { font-family: ui-monospace, Consolas, Menlo, monospace; font-size: .85em; }
@media (max-width: 52rem) { article { grid-template-columns: minmax(0, 1fr); gap: .75rem; } }
@media (max-width: 26rem) { dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: .35rem; } }
@media print { nav, .skip { display: none; } article { break-inside: avoid; } }
"""
_POLICY: Final = (
    "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


def web_page(figures: Iterable[Shown]) -> str:
    """The page for a browser: one file beside its pictures."""
    groups = [list(group) for _, group in groupby(figures, key=lambda shown: shown.place[0])]
    contents = "\n".join(_entries(members, number) for number, members in enumerate(groups, 1))
    body = "\n".join(_section(members, number) for number, members in enumerate(groups, 1))
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>图 Figures</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<a class="skip" href="#figures">跳到图 Skip to the figures</a>
<header>
<h1>图 <span lang="en">Figures</span></h1>
<p>各图附有数据表与“护照”：由何文本、词典、设置、代码与版本制成，均以散列值记录。</p>
<p lang="en" class="quiet">Each figure has the table behind it and a passport: the text, dictionaries, settings, code
and versions it was made from, by hash. <code>python run.py verify</code> makes all of them anew and compares.</p>
</header>
<nav aria-label="目录 Contents">
{contents}
</nav>
<main id="figures">
{body}
</main>
</body>
</html>
"""


def _entries(members: list[Shown], number: int) -> str:
    zh, _ = _plan_names(members[0].passport)
    items = "\n".join(f'<li><a href="#{_anchor(shown)}">{_heading(shown)}</a></li>' for shown in members)
    return f'<p><a href="#plan-{number}">{escape(zh)}</a></p>\n<ul>\n{items}\n</ul>'


def _section(members: list[Shown], number: int) -> str:
    zh, en = _plan_names(members[0].passport)
    articles = "\n".join(_article(shown) for shown in members)
    return (
        f'<section aria-labelledby="plan-{number}">\n<h2 id="plan-{number}">{escape(zh)}</h2>\n'
        f'<p lang="en" class="quiet">{escape(en)}</p>\n{_link_to_plan_page(members[0])}{articles}\n</section>'
    )


def _link_to_plan_page(shown: Shown) -> str:
    if not shown.plan_page:
        return ""
    told = '发现、检索与全部图，一个文件 <span lang="en">Findings, search and all figures in one file</span>'
    return f'<p><a href="{quote(shown.plan_page)}">{told}</a></p>\n'


def _anchor(shown: Shown) -> str:
    return quote(f"{shown.folder}/{shown.name}".strip("/").replace("/", "-"), safe="-")


def _heading(shown: Shown) -> str:
    return escape(_told(shown.passport, "caption", "zh").partition("。")[0] or shown.name)


def _article(shown: Shown) -> str:
    passport = shown.passport
    size = passport["files"][f"{shown.name}.png"]
    picture = ".svg" if f"{shown.name}.svg" in passport["files"] else ".png"
    captions = {
        _told(passport, key, language): f'<p lang="{code}">{escape(_told(passport, key, language))}</p>'
        for key in ("caption", "robustness")
        for language, code in (("zh", "zh-CN"), ("en", "en"))
        if _told(passport, key, language)
    }
    files = [("PNG", ".png"), ("PNG 600 dpi", HIGH_RESOLUTION), *_VECTORS, *_TABLES]
    links = [(label, ending) for label, ending in files if f"{shown.name}{ending}" in passport["files"]]
    items = "".join(
        f'<li><a href="{shown.address(ending)}" aria-label="{label}, {escape(shown.name)}">{label}</a></li>'
        for label, ending in [*links, ("passport", ".json")]
    )
    return f"""<article id="{_anchor(shown)}" aria-label="{escape(shown.name)}">
<figure style="max-width: {5 * passport["size_mm"][0]:.0f}px">
<a href="{shown.address(picture)}"><img src="{shown.address(picture)}" width="{size["width"]}" \
height="{size["height"]}" loading="lazy" decoding="async" alt="{escape(_alternative(passport))}"></a>
</figure>
<div>
<h3><code>{escape(shown.name)}</code></h3>
{"".join(captions.values())}
<ul class="files">{items}</ul>
<details><summary>护照 <span lang="en">Passport</span> <code>{passport["id"][:12]}</code></summary>
<dl lang="en">{"".join(f"<dt>{escape(term)}</dt><dd>{told}</dd>" for term, told in _facts(passport))}</dl>
</details>
</div>
</article>"""


def _facts(passport: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The passport for a reader: terms, and what is said of them as HTML."""
    plans = [
        f"{escape(plan)}: " + ", ".join(f"{escape(name)} {_hash(found)}" for name, found in told["sources"].items())
        for plan, told in passport["inputs"]["plans"].items()
    ]
    stop = passport["stop_words"]
    settings = [f"{escape(name)} = {escape(str(value))}" for name, value in passport["settings"].items()]
    facts = [
        ("N", escape(_told(passport, "n", "en"))),
        ("measure", escape(_told(passport, "measure", "en"))),
        ("corpus", escape(_told(passport, "corpus", "en"))),
        ("size", " × ".join(f"{side:g}" for side in passport["size_mm"]) + " mm"),
        ("made by", escape(_source(passport))),
        ("section", escape(str(passport["made_by"].get("heading") or ""))),
        ("source", "<br>".join(plans)),
        ("settings", "<br>".join(settings)),
        ("stop words", escape(", ".join(stop["layers"])) if stop else ""),
        (
            "dictionaries",
            ", ".join(f"{escape(name)} {_hash(found)}" for name, found in passport["dictionaries"].items()),
        ),
        ("code", f"{len(passport['code']['files'])} files {_hash(passport['code']['sha256'])}"),
        ("versions", "<br>".join(f"{escape(name)} {escape(found)}" for name, found in passport["versions"].items())),
        ("fonts", ", ".join(f"{escape(name)} {_hash(found)}" for name, found in passport.get("fonts", {}).items())),
        ("no English name", escape(", ".join(passport.get("untranslated", [])))),
        ("columns", "<br>".join(f"{escape(name)}: {escape(told['en'])}" for name, told in passport["columns"].items())),
        ("id", f"<code>{escape(passport['id'])}</code>"),
    ]
    return [(term, told) for term, told in facts if told]


def _hash(found: str) -> str:
    return f"<code>{escape(found[:8])}</code>"


def galleries(plan: str | None = None) -> list[Path]:
    """Write the pages after a run: of the whole of figures/, or after `--plan` of that plan's folder."""
    if plan is None:
        return write_gallery(paths.FIGURES, own=True)
    return write_gallery(paths.FIGURES / plan)

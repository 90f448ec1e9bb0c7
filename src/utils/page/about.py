"""What the document is: the head of the page, and where everything on it comes from."""

import tomllib
from collections.abc import Mapping
from html import escape
from typing import Final

from src.utils import paths
from src.utils.figures.passport import Pair
from src.utils.figures.provenance import corpus_names
from src.utils.page.markup import both, joined
from src.utils.page.parts import definitions, notice, section
from src.utils.page.shelf import Shelf
from src.utils.plans.pipeline import Plan

_KINDS: Final[Mapping[str, Pair]] = {
    "plan": ("规划", "plan"),
    "digest": ("摘编（非规划原文）", "digest, not the plan itself"),
    "report": ("报告", "report"),
}
_HOW_MADE: Final[Pair] = (
    "本页由 `python run.py` 从规划文件与图的护照生成，`python run.py verify` 重做并比对。页内一切不向网络请求内容。",
    "Made by `python run.py` from the plan's file and the figures' passports; `python run.py verify` makes it anew and "
    "compares. The page asks nothing of the network.",
)


def titles(plan: Plan) -> Pair:
    """The title in Chinese and English; a bare file's name."""
    about = plan.settings.plan if plan.settings else None
    return (about.title, about.title_en) if about else (plan.id, plan.id)


def head(plan: Plan, identity: str) -> str:
    """Title, what a reader must know before reading, and what the document is. identity: the page's own."""
    title, title_en = titles(plan)
    second = "" if title == title_en else f'<span class="subtitle" lang="en">{escape(title_en)}</span>'
    facts = [
        *_publication(plan),
        *_extent(plan),
        *_licence(plan),
        (("版本", "Version"), f"Guihua {_version()}, <code>{identity[:12]}</code>"),
    ]
    heading = f'<h1><span lang="zh-CN">{escape(title)}</span>{second}</h1>'
    return joined([heading, *map(notice, _warnings(plan)), definitions(facts)])


def _warnings(plan: Plan) -> list[Pair]:
    found: list[Pair] = []
    if plan.settings and plan.settings.plan.kind == "digest":
        found.append(
            (
                "这是为本项目编写的公开资料摘编，不是规划原文；由它得出的一切都不是规划的用语。",
                "This is a digest of public facts written for this project, not the plan: nothing made from it is the "
                "plan's own wording.",
            )
        )
    summary = plan.summary()
    if summary.n_missing:
        where = [*summary.outside, *summary.with_text]
        english = plan.settings.headings if plan.settings else {}
        named = [_in_english(heading, english) for heading in where]
        found.append(
            (
                f"文件不完整：目录的 {summary.n_entries} 个标题中，{summary.n_missing} 个没有正文。有正文的是："
                f"{'；'.join(where) or '无'}。",
                f"The document is not whole: {summary.n_missing} of the {summary.n_entries} headings of its contents "
                f"list have no text. There is text under: {'; '.join(named) or 'none'}.",
            )
        )
    return found


def _in_english(heading: str, english: Mapping[str, str]) -> str:
    """A heading with the English name that plan.toml gives its title."""
    title = heading.rpartition(" ")[2]
    return f"{heading} ({english[title]})" if title in english else heading


def _publication(plan: Plan) -> list[tuple[Pair, str]]:
    if plan.settings is None:
        return []
    about = plan.settings.plan
    publishers = "、".join(about.publisher), ", ".join(about.publisher_en or about.publisher)
    facts: list[tuple[Pair, str]] = [
        (("种类", "Kind"), both(_KINDS[about.kind])),
        (("发布", "Published by"), both(publishers) if about.publisher else ""),
        (("日期", "Date"), escape(about.date or "")),
        (("规划期", "Period"), "–".join(map(str, about.period or ()))),
    ]
    return [(term, told) for term, told in facts if told]


def _extent(plan: Plan) -> list[tuple[Pair, str]]:
    summary = plan.summary()
    n_sentences, n_chars = len(plan.sentences), int(plan.sentences["text"].str.len().sum())
    counted = (f"{n_sentences:,} 句、{n_chars:,} 字", f"{n_sentences:,} sentences, {n_chars:,} characters")
    facts: list[tuple[Pair, str]] = [(("可计数的正文", "Text that is counted"), both(counted))]
    if summary.n_entries:
        listed = (
            f"{summary.n_entries} 个标题：全文 {summary.n_complete}，部分 {summary.n_partial}，缺 {summary.n_missing}",
            f"{summary.n_entries} headings: {summary.n_complete} with their whole text, {summary.n_partial} with part, "
            f"{summary.n_missing} without",
        )
        facts.append((("目录", "Contents list"), both(listed)))
    return facts


def _licence(plan: Plan) -> list[tuple[Pair, str]]:
    facts: list[tuple[Pair, str]] = []
    if plan.settings:
        about = plan.settings.plan
        if about.address:
            facts.append((("来源网址", "Found at"), f"<code>{escape(about.address)}</code>"))
        facts.append((("许可", "Licence"), escape(about.licence)))
    return facts


def _version() -> str:
    return str(tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def sources(plan: Plan, shelf: Shelf, identity: str) -> str:
    """Files, dictionaries, packages and passports by hash and version."""
    facts: list[tuple[Pair, str]] = [(("文本", "Text"), both(corpus_names(plan)))]
    if plan.settings and plan.settings.plan.digest_of:
        facts.append((("所摘编的规划", "Digest of"), f"<code>{escape(plan.settings.plan.digest_of)}</code>"))
    for part in plan.source.parts:
        told = f"<code>{escape(part.path.name)}</code> <code>sha256 {part.sha256}</code>"
        facts.append((("源文件", "Source file"), told))
    facts += _made_with(shelf)
    facts.append((("本页", "This page"), f"<code>sha256 {identity}</code>"))
    return section("sources", f'{definitions(facts)}\n<p class="quiet small">{both(_HOW_MADE)}</p>')


def _made_with(shelf: Shelf) -> list[tuple[Pair, str]]:
    """Code, dictionaries and packages, as the passports have them."""
    passports = [version.passport for one in shelf.pictures for version in one.versions.values()]
    versions = dict(sorted({name: told for one in passports for name, told in one["versions"].items()}.items()))
    words = dict(sorted({name: told for one in passports for name, told in one["dictionaries"].items()}.items()))
    if not passports:
        return []
    return [
        (("软件版本", "Versions"), escape(", ".join(f"{name} {told}" for name, told in versions.items()))),
        (
            ("词表（散列）", "Dictionaries (hash)"),
            escape(", ".join(f"{name} {told[:8]}" for name, told in words.items())),
        ),
        (
            ("图的护照", "Passports"),
            both((f"{len(passports)} 份，编号见各图", f"{len(passports)}, each under its figure")),
        ),
    ]

"""What a figure says of its source, and what stands in its place where there is too little text to draw it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.utils import paths
from src.utils.figures.language import Language
from src.utils.figures.save import footer_text
from src.utils.plans.pipeline import Plan

SUFFIXES = (".png", ".svg", ".csv")
_EACH: tuple[Language, ...] = ("zh", "en")


def corpus_names(plan: Plan) -> tuple[str, str]:
    """The text behind a figure, in Chinese and English: its title, and whether it is a digest or part of a plan."""
    if plan.settings is None:
        return plan.id, plan.id
    about = plan.settings.plan
    if about.kind == "digest":
        return (
            f"{about.title}（为本项目编写的摘编，非规划原文）",
            f"{about.title_en} (written for this project; not the plan's words)",
        )
    if plan.summary().n_missing:
        return f"{about.title}（仅已公开部分）", f"{about.title_en} (the published part)"
    return about.title, about.title_en


def contents_names(plan: Plan) -> tuple[str, str]:
    """The contents list behind a figure, in Chinese and English."""
    title, title_en = (plan.settings.plan.title, plan.settings.plan.title_en) if plan.settings else (plan.id, plan.id)
    return f"{title}目录", f"contents list of the {title_en}"


def plan_footer(corpus: tuple[str, str], *, n: tuple[str, str], measure: tuple[str, str], language: Language) -> str:
    """A figure's footer: corpus, N with its unit, and measure, each in Chinese and English."""
    lines = [
        footer_text(
            corpus_zh=corpus[0],
            corpus_en=corpus[1],
            n=n[at],
            measure_zh=measure[0],
            measure_en=measure[1],
            language=only,
        )
        for at, only in enumerate(_EACH)
        if language in (only, "both")
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Statement:
    """A sentence and a table in place of a figure; a notebook shows both."""

    sentence: str
    table: pd.DataFrame

    def _repr_html_(self) -> str:
        return f"<p><b>{self.sentence}</b></p>{self.table.to_html(index=False)}"

    def __repr__(self) -> str:
        return f"{self.sentence}\n{self.table.to_string(index=False)}"


def state(name: str, plan: str, sentence: str, table: pd.DataFrame, *, folder: Path | None = None) -> Statement:
    """Say in a sentence and a table why figure `name` is not drawn, and remove one drawn from an earlier text."""
    target = paths.FIGURES / plan if folder is None else folder
    for suffix in SUFFIXES:
        (target / f"{name}{suffix}").unlink(missing_ok=True)
    return Statement(sentence, table)

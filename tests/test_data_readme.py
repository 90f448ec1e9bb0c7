"""data/README.md explains every column: a reader of a table finds there what a column means."""

import importlib
import pkgutil
import re

import pytest

from src.utils import measures, paths, tables

EXPLAINED = set(re.findall(r"`([a-z0-9_]+)`", (paths.DATA / "README.md").read_text(encoding="utf-8")))
NO_COLUMNS = {"METHODS", "SORTS", "WEIGHTINGS", "END_LAYERS", "UNSIGNED", "COUNTING", "TERMS", "CLUSTERS", "TF", "IDF"}
NO_COLUMNS |= {"WITH_INTERVAL", "MEASURES", "COLLATIONS"}  # names of choices; MEASURES are columns in part


def column_lists() -> list[tuple[str, str]]:
    """Module and name of every list of columns among the measures."""
    found = []
    for module in pkgutil.iter_modules(measures.__path__):
        loaded = importlib.import_module(f"{measures.__name__}.{module.name}")
        source = (paths.ROOT / "src" / "utils" / "measures" / f"{module.name}.py").read_text(encoding="utf-8")
        found += [
            (module.name, name)
            for name in re.findall(r"(?m)^([A-Z_]+): Final = \[", source)
            if not name.startswith("_") and name not in NO_COLUMNS and isinstance(getattr(loaded, name), list)
        ]
    return found


@pytest.mark.parametrize(("module", "name"), column_lists())
def test_every_column_of_a_measure_is_explained(module, name):
    columns = getattr(importlib.import_module(f"{measures.__name__}.{module}"), name)
    bare = [column.removeprefix("other_") for column in columns]  # of a pair's other side, as the page says
    assert [column for column in bare if column not in EXPLAINED] == []


@pytest.mark.parametrize("name", ["SECTIONS", "SENTENCES", "UNITS", "TOKENS", "COUNTS", "SCORES"])
def test_every_column_of_the_shared_tables_is_explained(name):
    assert [column for column in getattr(tables, name) if column not in EXPLAINED] == []

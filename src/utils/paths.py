"""Every path of the project, in one place."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
PLANS = DATA / "plans"
COLLECTIONS = DATA / "collections"
LEXICONS = DATA / "lexicons"
REGISTRY = DATA / "registry.toml"
CORPORA = DATA / "corpora"
GAZETTEER = DATA / "gazetteer"
PROCESSED = DATA / "processed"
NOTEBOOKS = ROOT / "notebooks"
FIGURES = ROOT / "figures"
CACHE = ROOT / ".cache"


def shown(path: Path) -> str:
    """A path as it is printed: relative to the project where it lies within it."""
    return (path.relative_to(ROOT) if path.is_relative_to(ROOT) else path).as_posix()

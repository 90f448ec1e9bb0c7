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

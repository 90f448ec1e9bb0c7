"""The pages of all plans that have figures, after a run.

What makes a page is imported only where there is one to make: it takes a second that most commands do not need.
"""

from pathlib import Path
from typing import Final

from src.utils import paths
from src.utils.page.shelf import shelf_of
from src.utils.plans.settings import SETTINGS_FILE

SUFFIX: Final = ".html"


def write_pages() -> list[Path]:
    """Write the page of every plan of data/plans that the notebooks as they stand have made figures of; in order."""
    names = [
        path.name for path in sorted(paths.FIGURES.glob("*")) if (paths.PLANS / path.name / SETTINGS_FILE).is_file()
    ]
    made = [name for name in names if shelf_of(paths.FIGURES / name, own=True).pictures]
    return [_write(paths.PLANS / name, own=True) for name in made]


def write_page_of(plan: str, folder: Path) -> list[Path]:
    """Write the page of one plan after a run on it, if it has figures. folder: where its plan.toml lies."""
    return [_write(folder)] if shelf_of(paths.FIGURES / plan).pictures else []


def _write(folder: Path, *, own: bool = False) -> Path:
    from src.utils.page.writing import write_page  # noqa: PLC0415
    from src.utils.plans.pipeline import load_plan  # noqa: PLC0415

    return write_page(load_plan(folder), own=own)

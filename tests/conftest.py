"""Fixtures that several tests share: the two plans that ship, read once; a plan folder to damage."""

import json
import shutil
from pathlib import Path

import pytest

from src.utils import paths
from src.utils.plans.pipeline import Plan, load_plan

CASES = Path(__file__).parent / "cases"
SHANGRAO_COUNTIES = [
    "信州区",
    "广丰区",
    "广信区",
    "玉山县",
    "横峰县",
    "弋阳县",
    "铅山县",
    "德兴市",
    "婺源县",
    "万年县",
    "余干县",
    "鄱阳县",
]  # in the order of the plan


def load_cases(name: str) -> dict:
    """The cases of tests/cases/<name>.json."""
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def shangrao() -> Plan:
    """The published plan, read."""
    return load_plan("shangrao")


@pytest.fixture(scope="session")
def profile() -> Plan:
    """The digest, read."""
    return load_plan("shangrao-profile")


@pytest.fixture
def plan_copy(tmp_path: Path) -> Path:
    """A copy of the Shangrao plan's folder that a test may damage."""
    return Path(shutil.copytree(paths.PLANS / "shangrao", tmp_path / "上饶 copy"))

"""Check that the Python at hand holds the locked packages: for `python run.py --here`, as conda users run it."""

import re
import sys
from importlib.metadata import PackageNotFoundError, version

from src.utils.paths import ROOT

REMEDY = "Install them with `conda env update -f environment.yml`, or run without --here."


def main() -> int:
    """Print which locked packages are missing or of another version; returns 0 where there are none, else 2."""
    try:
        problems = differences((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    except ImportError:
        problems = ["packaging is missing"]
    if not problems:
        return 0
    more = f"\n  and {len(problems) - 10} more" if len(problems) > 10 else ""
    print(f"{sys.executable} does not hold the packages of requirements.lock:", file=sys.stderr)
    print("\n".join(f"  {problem}" for problem in problems[:10]) + f"{more}\n{REMEDY}", file=sys.stderr)
    return 2


def differences(lock: str) -> list[str]:
    """List the locked packages that this Python lacks or has in another version, those of other systems aside."""
    from packaging.requirements import Requirement

    problems = []
    for entry in re.findall(r"(?m)^[^\s#].*?(?=\s*\\?$)", lock):
        wanted = Requirement(entry)
        if wanted.marker and not wanted.marker.evaluate():
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            problems.append(f"{wanted.name} is missing")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            problems.append(f"{wanted.name} is {found}, locked {wanted.specifier}")
    return problems


if __name__ == "__main__":
    sys.exit(main())

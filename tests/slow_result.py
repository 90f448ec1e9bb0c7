"""A result that writes down each time it is made, for the test that kills its process: python tests/slow_result.py."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd

from src.utils.measures.results import Result
from src.utils.measures.robustness import robustness

GRID = {"letter": tuple("abcdefgh"), "number": (1, 2, 3), "resample": range(3)}


def table(choices):
    """A ranking of four terms that hangs on both choices and on the resample."""
    scores = [ord(choices["letter"]) % 7, choices["number"], choices["resample"], 2.5]
    return pd.DataFrame({"unit": "甲", "term": list("茶铜锂水"), "value": scores})


class Noted:
    """Makes the table, and a line in a file; slow enough to be killed in the middle."""

    def __init__(self, log, pause):
        self.log, self.pause = log, pause

    def __call__(self, choices):
        time.sleep(self.pause)
        with Path(self.log).open("a", encoding="utf-8") as file:
            file.write(f"{choices['letter']}{choices['number']}{choices['resample']}\n")
        return table(choices)


def run(folder, pause=0.0, **options):
    made = Noted(str(Path(folder) / "log.txt"), pause)
    result = Result("noted", "ranking", made, ("letter", "number"), key="the table of tests/slow_result.py")
    return robustness(result, GRID, cache=Path(folder) / "cache", top=2, **options)


if __name__ == "__main__":
    run(sys.argv[1], pause=0.03)

"""The columns of every table from sections on; one fact a row, the same names everywhere.

`start` and `end` are offsets into the cleaned text (end excluded); `source_line` is the 1-based line of the untouched
file.
"""

from typing import Final

import pandas as pd

# Text as Python's own strings where pyarrow is installed too: Arrow's refuse half a surrogate pair, which generated and
# damaged text may hold, and taking the stop words out of the 31 reports' tokens takes twice as long with them.
pd.set_option("mode.string_storage", "python")

SECTIONS: Final = [
    "plan",
    "section",
    "level",
    "ordinal",
    "title",
    "parent",
    "kind",
    "start",
    "end",
    "page",
    "n_chars",
]
SENTENCES: Final = ["plan", "sentence", "section", "start", "end", "source_line", "text", "page"]
UNITS: Final = ["plan", "sentence", "scheme", "unit", "evidence"]
TOKENS: Final = ["plan", "sentence", "position", "term", "tag", "start", "end"]
COUNTS: Final = ["scheme", "unit", "term", "n", "per_10k", "n_sentences"]
SCORES: Final = ["unit", "term", "measure", "value", "low", "high", "p", "q", "n"]

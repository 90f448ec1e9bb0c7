"""Errors a user can mend. Each message names the file, the line or the key, and the remedy.

The command line prints the message alone, without a traceback, and exits with 2.
"""


class GuihuaError(Exception):
    """Something in the user's hands is wrong; the message says where and what to do."""


class SettingsError(GuihuaError):
    """A plan.toml has an unknown key, a missing one, or a value that cannot be."""


class PlanError(GuihuaError):
    """A plan's folder or source file is missing, changed, empty or not text."""


class MissingCorpusError(PlanError):
    """A corpus that a collection is made of has not been fetched; the message says how to."""


class LexiconError(GuihuaError):
    """A file under data/lexicons, or a user's own, has a line that cannot be read."""


class FetchError(GuihuaError):
    """A corpus cannot be fetched, or what came is not the file that data/registry.toml names."""


class FigureError(GuihuaError):
    """A figure cannot be drawn or saved as asked."""


class TokensError(GuihuaError):
    """Tables of tokens do not tell, or do not agree on, the dictionary they were cut with."""


class StoreError(GuihuaError):
    """A plan's tables in the store are missing, damaged or cannot be written, or a cluster cannot build them."""

"""Tables that take long to compute, kept on disk by all that they depend on."""

import functools
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from joblib import Memory

from src.utils import paths
from src.utils.measures.checkpoints import code_version

KEPT_BYTES: Final = 2**29
"""What the results may take on disk; those not used for longest go first."""

P = ParamSpec("P")
R = TypeVar("R")


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, whose results are kept under .cache/measures.

    A result is found again only where the arguments (by content), the function's name, the code of the rooms it may
    come from, the lexicons and the versions of the packages beneath are the same (checkpoints.code_version). A damaged
    result is computed anew. For functions of plans, words and measures that depend on nothing but their arguments.
    """
    memory = Memory(paths.CACHE / "measures", verbose=0)
    memory.reduce_size(bytes_limit=KEPT_BYTES)
    call = memory.cache(_call)

    @functools.wraps(function)
    def found(*arguments: P.args, **options: P.kwargs) -> R:
        result: R = call(code_version(), function, arguments, options)
        return result

    return found


def _call(version: str, function: Callable[..., R], arguments: tuple[object, ...], options: dict[str, object]) -> R:
    """Compute; the version is there to be part of what joblib keys by."""
    return function(*arguments, **options)

"""Tables that take long to compute, kept on disk by all that they depend on."""

import functools
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from joblib import Memory

from src.utils import paths
from src.utils.measures.checkpoints import code_version
from src.utils.measures.contents import content_hash

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
    call = memory.cache(_call, ignore=["function", "arguments", "options"])
    name = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def found(*arguments: P.args, **options: P.kwargs) -> R:
        key = content_hash(code_version(), name, arguments, sorted(options.items()))
        result: R = call(key, function, arguments, options)
        return result

    return found


def _call(key: str, function: Callable[..., R], arguments: tuple[object, ...], options: dict[str, object]) -> R:
    """Compute; the key is there to be all that joblib keys by."""
    return function(*arguments, **options)

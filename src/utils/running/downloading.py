"""Fetch one file over HTTP: resumed where it broke off, tried again where the line drops, never longer than allowed.

Standard library only. urllib takes a proxy from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or from the system's settings.
"""

import contextlib
import errno
import http.client
import os
import re
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Protocol

from src.utils.errors import FetchError


class Tell(Protocol):
    """Told how many bytes are there, and how many there will be (None where unknown)."""

    def __call__(self, there: int, *, total: int | None) -> None:
        """Take the two numbers."""


TIMEOUT_SECONDS = 30.0  # without a single byte
TRIES = 4
PAUSE_SECONDS = 1.0  # before the second try; each further pause is longer by as much
CHUNK = 1 << 16


class _BrokenOffError(Exception):
    """The transfer stopped for a reason that may pass; the message says which."""


def quoted(address: str) -> str:
    """Encode an address as HTTP wants it: a Chinese path per cent, a Chinese host in IDNA.

    >>> quoted("https://example.org/报告 1.txt")
    'https://example.org/%E6%8A%A5%E5%91%8A%201.txt'
    """
    parts = urllib.parse.urlsplit(address)
    host = parts.netloc.encode("idna").decode("ascii") if not parts.netloc.isascii() else parts.netloc
    path = urllib.parse.quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    return urllib.parse.urlunsplit((parts.scheme, host, path, urllib.parse.quote(parts.query, safe="=&%/:+,"), ""))


def download(address: str, part: Path, *, size: int | None, limit: int, tell: Tell) -> None:
    """Bring the file at an address to `part`, going on from what is there already.

    size: its bytes where known. limit: more bytes than these are refused. Raises FetchError, one line, for an address
    that does not answer, says no, or sends too much, and for a full disk; what came until then stays in `part`.
    """
    reason = ""
    for attempt in range(TRIES):
        time.sleep(PAUSE_SECONDS * attempt)
        have = _length(part)
        if size is not None and have == size:
            return
        if have > (limit if size is None else size):
            part.unlink()
        try:
            _receive(address, part, limit, tell)
            return
        except _BrokenOffError as broken:
            reason = str(broken)
    kept = _length(part)
    raise FetchError(
        f"{address}: {reason}, {TRIES} times. Is this machine online? Behind a proxy, set HTTPS_PROXY. "
        + (f"The {kept:,} bytes that came are kept: run it again to go on. " if kept else "")
        + "Or get the file by hand and give it with --from."
    )


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _receive(address: str, part: Path, limit: int, tell: Tell) -> None:
    """One try. Raises _BrokenOffError where another may succeed, FetchError where none will."""
    have = _length(part)
    headers = {"User-Agent": "guihua", "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        request = urllib.request.Request(quoted(address), headers=headers)
        opener = urllib.request.build_opener()  # anew, so that it sees the proxy that is set now
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            begin = _begin(response.status, response.headers, have)
            length = response.headers.get("Content-Length", "")
            total = begin + int(length) if length.isdigit() else None
            there = begin
            if total is None or total <= limit:
                there = _store(response, part, begin, limit, partial(tell, total=total))
    except urllib.error.HTTPError as error:
        error.close()
        raise _refusal(address, part, error) from error
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(_because(error)) from error
    except ValueError as error:
        raise FetchError(f"{address}: not an address that can be fetched ({error}).") from error
    if max(there, total or 0) > limit:
        raise FetchError(f"{address}: sends more than the {limit:,} bytes that are due. It is another file.")
    if total is not None and there < total:
        raise _BrokenOffError(f"the connection ended after {there:,} of {total:,} bytes")


def _begin(status: int, headers: Message, have: int) -> int:
    """The offset at which the answer begins: what was asked for, or 0 where the server sends the whole."""
    if status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
    if found is None or int(found[1]) != have:
        raise _BrokenOffError("the server sent another part than was asked for")
    return have


def _store(response: http.client.HTTPResponse, part: Path, begin: int, limit: int, tell: Callable[[int], None]) -> int:
    """Write what comes after the first `begin` bytes, till just over the limit; returns how many bytes there are."""
    there = begin
    with _writing(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        os.truncate(part, begin)
    with part.open("ab") as file:
        tell(there)
        while there <= limit and (chunk := response.read(CHUNK)):
            there += len(chunk)
            with _writing(part):
                file.write(chunk)
                file.flush()
            tell(there)
    return there


@contextlib.contextmanager
def _writing(part: Path) -> Iterator[None]:
    """Tell a disk that cannot be written from a network that does not answer: both are OSErrors."""
    try:
        yield
    except OSError as error:
        raise cannot_write(part.parent, error) from error


def _refusal(address: str, part: Path, error: urllib.error.HTTPError) -> Exception:
    """What an answer of 400 and above means: to try again, or to give up."""
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.unlink(missing_ok=True)  # longer than the file: what is there is not the beginning of it
        return _BrokenOffError("the server has no more of the file than is here, yet it is not the file")
    if error.code in (http.HTTPStatus.REQUEST_TIMEOUT, http.HTTPStatus.TOO_MANY_REQUESTS) or error.code >= 500:
        return _BrokenOffError(f"the server answers {error.code} ({error.reason})")
    return FetchError(
        f"{address}: the server answers {error.code} ({error.reason}). The file may have moved: get it elsewhere and "
        "give it with --from; its sha256 in data/registry.toml tells whether it is the same."
    )


def _because(error: Exception) -> str:
    """A network error in plain words."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    if isinstance(cause, socket.gaierror):
        return "the name of the server cannot be looked up"
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection ({cause.reason or cause})"
    if isinstance(cause, ConnectionRefusedError):
        return "the server refuses the connection"
    if isinstance(cause, http.client.IncompleteRead | http.client.RemoteDisconnected | ConnectionError):
        return "the connection ended early"
    return f"no connection ({cause})"


def cannot_write(folder: Path, error: OSError) -> FetchError:
    """The error for a folder that cannot be written, with the remedy."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return FetchError(f"{folder}: the disk is full. Make room and run it again; what came is kept.")
    return FetchError(
        f"{folder}: cannot be written ({error.strerror or error}). Give yourself the right to write there."
    )

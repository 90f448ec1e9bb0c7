"""The user's own words: a text file in jieba's format, of which every wrong line is named and every right one used."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from src.utils import paths
from src.utils.errors import LexiconError
from src.utils.lexicons import Entry
from src.utils.plans.settings import PlanSettings

DEFAULT_FILE: Final = "dictionary.txt"
"""Read from the plan's folder where plan.toml names no other (`[words] dictionary = [...]`)."""

DEFAULT_TAG: Final = "n"

HIGHEST_FREQUENCY: Final = 10**7
"""A higher frequency would, in jieba, change how unrelated words are cut."""

TAGS: Final = frozenset(
    re.findall(
        "[a-z]+",
        "a ad ag an b c d df dg e eng f g h i j k l m mg mq n ng nr nrfg nrt ns nt nz o p q r rg rr rz s t tg u ud ug "
        "uj ul uv uz v vd vg vi vn vq x y z zg",
    )
)
"""The parts of speech of jieba's tag set."""

_MADE_BY_EDITORS: Final = ("utf-16", (b"\xff\xfe", b"\xfe\xff"))
_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9.,]*(?:[eE][0-9]+)?")
_COMMENT: Final = re.compile(r"(?:^|[\s\u3000])#(.*)$")


class Problem(NamedTuple):
    """A line of a user's dictionary that is wrong or changes nothing: where, what, and what to do.

    used: whether its term is kept whole all the same.
    """

    file: str
    line: int
    entry: str
    problem: str
    remedy: str
    used: bool

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.entry or '(nothing)'}: {self.problem}; {self.remedy}."


class UserDictionary(NamedTuple):
    """The entries that are used, in the order of the files, and the lines that are wrong."""

    entries: list[Entry]
    problems: list[Problem]


def user_dictionary_files(settings: PlanSettings) -> list[Path]:
    """The files that plan.toml names, or dictionary.txt in the plan's folder where there is one.

    Raises LexiconError for a file that plan.toml names and that is not there.
    """
    if not settings.words.dictionary:
        usual = settings.folder / DEFAULT_FILE
        return [usual] if usual.is_file() else []
    files = [settings.folder / name for name in settings.words.dictionary]
    for file in files:
        if not file.is_file():
            raise LexiconError(
                f"{settings.folder.name}/{settings.file.name}, words.dictionary: there is no file {file.name!r} in its "
                "folder; put it there or take its name out."
            )
    return files


def read_user_dictionaries(files: list[Path], known: Mapping[str, str] | None = None) -> UserDictionary:
    """Read dictionaries in jieba's format: a line `word [frequency] [tag]`, comments after `#`.

    The columns stand apart by white space, or by tabs alone where a line has one, so that a term may hold spaces. The
    tag is n where none is given, the comment the entry's reason. The frequency is checked and then left: the segmenter
    finds the one that keeps the term whole. known: terms of other layers -> the layer.

    Every wrong line is a Problem: bytes that are not UTF-8, more than three columns, a frequency that is no number or
    beyond 1 to 10**7, a tag that jieba does not have, a term without letter or digit, an empty line, a term that stands
    in an earlier line or in another layer. All other lines are used; and of the wrong ones those whose term is clear.
    Raises LexiconError for a file that cannot be read at all.
    """
    found = UserDictionary([], [])
    places: dict[str, str] = {}
    for file in files:
        name = _shown(file)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise LexiconError(f"{name}: cannot be read ({error.strerror}); check the file's permissions.") from error
        for number, line in _lines(data, name, found.problems):
            entry, problems = _parse(line, name, number)
            found.problems.extend(problems)
            if entry is None:
                continue
            known_layer = (known or {}).get(entry.term)
            if entry.term in places:
                problem = f"stands in {places[entry.term]} already"
                found.problems.append(Problem(name, number, entry.term, problem, "delete one of the two", used=False))
                continue
            if known_layer is not None:
                problem = f"stands in the layer {known_layer} too"
                remedy = f"delete the line, unless the tag {entry.tag} is wanted, which wins"
                found.problems.append(Problem(name, number, entry.term, problem, remedy, used=True))
            places[entry.term] = entry.source
            found.entries.append(entry)
    return found


def _shown(file: Path) -> str:
    """The file as it is named to the user: from the project's folder on, else its folder and its name."""
    return file.relative_to(paths.ROOT).as_posix() if file.is_relative_to(paths.ROOT) else "/".join(file.parts[-2:])


def _lines(data: bytes, name: str, problems: list[Problem]) -> Iterator[tuple[int, str]]:
    """Number the lines that can be decoded; each that cannot is a problem of its own.

    A file all of whose Chinese is GB18030 (as editors on Chinese Windows save it) is read as that, and said to be.
    """
    encoding, marks = _MADE_BY_EDITORS
    if data.startswith(marks):
        data = data.decode(encoding, errors="replace").encode("utf-8")
    rows = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    decoded = [_decoded(row, "utf-8") for row in rows]
    if rows[-1] == b"":
        decoded.pop()
    bad = [number for number, line in enumerate(decoded, start=1) if line is None]
    if bad and all(line is None or line.isascii() for line in decoded):
        as_gb = [_decoded(row, "gb18030") for row in rows[: len(decoded)]]
        if None not in as_gb:
            remedy = "save it as UTF-8"
            problems.append(Problem(name, bad[0], as_gb[bad[0] - 1] or "", "the file is in GB18030", remedy, used=True))
            decoded, bad = as_gb, []
    for number, line in enumerate(decoded, start=1):
        if number in bad:
            shown = rows[number - 1].decode("utf-8", errors="replace")
            problems.append(Problem(name, number, shown, "not UTF-8", "save the file as UTF-8", used=False))
        elif line is not None:
            yield number, line


def _decoded(row: bytes, encoding: str) -> str | None:
    try:
        return row.decode(encoding)
    except UnicodeDecodeError:
        return None


def _parse(line: str, name: str, number: int) -> tuple[Entry | None, list[Problem]]:
    """One line to its entry, None where it has none, and what is wrong with it."""
    comment = _COMMENT.search(line)
    said = line[: comment.start()] if comment else line
    if not said.strip():
        empty = Problem(name, number, "", "an empty line", "delete it", used=False)
        return None, [] if comment else [empty]
    columns = [part.strip() for part in said.strip(" \u3000").split("\t")] if "\t" in said else said.split()
    while columns and not columns[-1]:
        columns.pop()
    refusal = _refusal(columns)
    if refusal:
        return None, [Problem(name, number, said.strip(), *refusal, used=False)]
    term, *rest = columns
    problems = []
    if rest and _NUMBER.fullmatch(rest[0]):
        frequency = rest.pop(0)
        if not (frequency.isdecimal() and len(frequency) < 10 and 1 <= int(frequency) <= HIGHEST_FREQUENCY):
            remedy = "leave the frequency out: the segmenter finds the one that keeps the term whole"
            problem = f"the frequency {frequency:.20} is not a whole number from 1 to {HIGHEST_FREQUENCY:,}"
            problems.append(Problem(name, number, term, problem, remedy, used=True))
    tag = rest[0] if rest else DEFAULT_TAG
    if tag not in TAGS:
        remedy = f"write one that jieba has (ns a place, nt a body, nz a proper name, n, v); {DEFAULT_TAG} is taken"
        problems.append(Problem(name, number, term, f"there is no tag {tag!r}", remedy, used=True))
        tag = DEFAULT_TAG
    reason = comment[1].strip() if comment else ""
    return Entry(term, tag, reason or "in the user's dictionary", f"{name}, line {number}"), problems


def _refusal(columns: list[str]) -> tuple[str, str] | None:
    """Why a line cannot be used, and the remedy; None where it can."""
    if not columns[0]:
        return "it begins with a tab and has no term", "write the term first"
    if len(columns) > 3:
        return f"{len(columns)} columns", "write term, frequency, tag; put a tab after a term that holds spaces"
    term, *rest = columns
    if not any(character.isalnum() for character in term):
        return "the term has neither letter nor digit", "delete the line"
    if "\ufffd" in term or any(ord(character) < 32 for character in term):
        return "a character that is damaged", "write the term anew"
    numbers = [_NUMBER.fullmatch(part) is not None for part in rest]
    tags = [re.fullmatch("[a-z]+", part) is not None for part in rest]
    if (numbers, tags) in (([], []), ([True], [False]), ([False], [True]), ([True, False], [False, True])):
        return None
    return (
        f"{' '.join(rest)!r} is not a frequency (a whole number) and a tag (small Latin letters)",
        "write term, frequency, tag; put a tab after a term that holds spaces",
    )

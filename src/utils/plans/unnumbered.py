"""Headings without an ordinal: known by the format, by their position, or because a notice names them."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from src.utils.plans.headings import (
    ALONE,
    HAN_NUMERAL,
    LEAD,
    MAX_RUN_IN,
    MAX_TITLE,
    ORDINAL,
    RUNNING_TEXT,
    Heading,
    Line,
    Marks,
    normalise_title,
)
from src.utils.plans.series import LONG_LINE, MIN_LEADS

_ANNOUNCEMENT = re.compile(
    f"(?:抓好|做好|做了|推进|突出)(?:以下)?{HAN_NUMERAL}(?:个|大)?(?:方面|项)的?(?:重点)?(?:工作|任务)$"
)


def marked_headings(lines: Sequence[Line], found: Mapping[int, Heading], marks: Marks) -> dict[int, Heading]:
    """Unnumbered headings that the format marks: by a heading style, or by a bold opening that is used throughout."""
    if not marks.styled and not marks.bold:
        return {}
    styled, leads = {}, {}
    begun = min(found, default=0)
    for at, line in enumerate(lines):
        if at in found or marks.covers(line.start):
            continue
        if line.start in marks.styled and len(line.text) <= MAX_TITLE and at >= begun:
            style = marks.styled[line.start]
            styled[at] = Heading(LEAD, "", line.text.rstrip("：:。"), line.start, line.end, style=style)
        elif line.start in marks.bold and at > begun:
            lead = _lead(line, marks.bold[line.start])
            if lead is not None:
                leads[at] = lead
    return styled | (leads if len(leads) >= MIN_LEADS else {})


def _lead(line: Line, bold_end: int) -> Heading | None:
    """The heading that a bold opening is, if it is the first sentence or the whole of a short line."""
    bold = line.text[: bold_end - line.start].rstrip()
    title = bold.rstrip("。：:").strip()
    rest = line.text[len(bold) :].lstrip()
    stops = bold[-1:] in "。：:" or rest[:1] in "。：:"
    if not 2 <= len(title) <= MAX_RUN_IN or RUNNING_TEXT.search(title) or ORDINAL.match(title):
        return None
    if line.text.rstrip()[-1] in "：:" or _ANNOUNCEMENT.search(title):
        return None  # it announces what follows
    if not rest:
        return Heading(LEAD, "", title, line.start, line.end)
    if not stops:
        return None
    after = line.start + len(bold) + (len(line.text) - len(bold) - len(rest)) + (rest[:1] in "。：:")
    return Heading(LEAD, "", title, line.start, after, form="run-in")


_NO_TITLE = re.compile(
    r"[，。；：！？、,;:|]|^[—–-]|^\d{4}年\d{1,2}月|^(?:附|图|表|注|来源)"
    r"|(?:局|厅|部|委|会|委员会|办公室|政府|省长|市长|主席)(?:[ \u3000].*)?$"
)


def standing_alone(lines: Sequence[Line], found: Mapping[int, Heading], marks: Marks) -> dict[int, Heading]:
    """Unnumbered titles known by their position: a short line without a stop between paragraphs that all have theirs.

    Looked for only where the document has no numbered heading of a wide kind.
    """
    alone = {}
    for at, (line, later) in enumerate(pairwise(lines)):
        text = line.text.strip()
        before = lines[at - 1].text if at else ""
        follows = len(later.text) > LONG_LINE or at + 1 in found
        if at in found or marks.covers(line.start) or not 4 <= len(text) <= 25 or _NO_TITLE.search(text):
            continue
        if before[-1:] in ("。", "！", "：") and follows and RUNNING_TEXT.search(before):
            alone[at] = Heading(ALONE, "", text, line.start, line.end)
    return alone


_NAMED = re.compile("《([^《》]{4,60})》")


def enclosed_titles(lines: Sequence[Line]) -> dict[int, Heading]:
    """The titles of the documents that one notice issues together; none where it issues one, whose title is the plan's.

    A notice names what it encloses (《…》《…》…现印发给你们); each begins with its title on a line of its own.
    """
    issuing = next((at for at, line in enumerate(lines) if "印发" in line.text and _NAMED.search(line.text)), None)
    if issuing is None:
        return {}
    names = {normalise_title(name) for name in _NAMED.findall(lines[issuing].text)}
    titles: dict[str, int] = {}
    for at, line in enumerate(lines[issuing + 1 :], start=issuing + 1):
        if (name := normalise_title(line.text)) in names:
            titles.setdefault(name, at)
    if len(titles) < 2:
        return {}
    return {
        at: Heading(-1, "", lines[at].text.strip(), lines[at].start, lines[at].end, form="enclosed")
        for at in titles.values()
    }

"""Word and Excel files that are the same bytes on each run: their zip without times."""

import io
import re
import zipfile
from datetime import datetime
from typing import Final

EPOCH: Final = datetime(1980, 1, 1)  # the first moment a zip file can name
_WRITTEN: Final = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")  # openpyxl puts the time of saving here


def repacked(content: bytes) -> bytes:
    """The same members in the same order, each of them and the document itself dated EPOCH."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 0
            moment = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
            content = old.read(name)
            new.writestr(member, _WRITTEN.sub(rb"\g<1>" + moment, content) if name == "docProps/core.xml" else content)
    return packed.getvalue()

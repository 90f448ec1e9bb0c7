"""Reading single parts of a DOCX without unpacking it: sizes are checked before and while a part is read."""

import io
import zipfile
import zlib
from pathlib import Path

from lxml import etree

from src.utils.errors import PlanError

MAX_PART_BYTES = 50_000_000
MAX_RATIO = 1000  # what deflate makes of nothing but zeros; Word's own XML shrinks 5 to 60 times
MAX_DIRECTORY_BYTES = 10_000_000
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_END_OF_DIRECTORY = b"PK\x05\x06"


class Archive:
    """The parts of a zipped document, each read whole or refused by name."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        end = content.rfind(_END_OF_DIRECTORY, -66_000)
        if end >= 0 and int.from_bytes(content[end + 12 : end + 16], "little") > MAX_DIRECTORY_BYTES:
            raise PlanError(f"{path}: the archive's list of files is too long for a document. Save it anew with Word.")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            self.names = {info.filename for info in self._zip.infolist()}
        except _BROKEN as error:
            raise PlanError(f"{path}: not a whole .docx: it is cut off or damaged. Fetch it anew.") from error

    def read(self, name: str) -> bytes:
        """One part's bytes; the declared size is checked before, the real one while reading."""
        info = self._zip.getinfo(name)
        if info.flag_bits & 1:
            raise PlanError(f"{self.path}: protected by a password. Save it without one.")
        if info.file_size > MAX_PART_BYTES or info.file_size > MAX_RATIO * max(info.compress_size, 1024):
            raise self._too_large(name)
        try:
            with self._zip.open(info) as part:
                content = part.read(MAX_PART_BYTES + 1)
        except _BROKEN as error:
            raise PlanError(f"{self.path}: {name} in it is cut off or damaged. Fetch the file anew.") from error
        if len(content) > MAX_PART_BYTES:
            raise self._too_large(name)
        return content

    def xml(self, name: str) -> etree._Element:
        """One part parsed; document types, and with them entities, are refused."""
        # Word's strict variant differs in the names of its namespaces alone.
        content = self.read(name).replace(
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        )
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            said = str(error).partition("\n")[0][:120]
            raise PlanError(f"{self.path}: {name} in it is damaged ({said}). Fetch the file anew.") from error
        if root.getroottree().docinfo.doctype:
            raise PlanError(f"{self.path}: {name} in it declares a document type, which no Word file does. Not read.")
        return root

    def _too_large(self, name: str) -> PlanError:
        return PlanError(
            f"{self.path}: {name} in it unpacks to more than {MAX_PART_BYTES // 1_000_000} MB or grows more than "
            f"{MAX_RATIO} times: not a plan. Save its text alone."
        )

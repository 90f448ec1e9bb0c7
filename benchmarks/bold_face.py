"""Make the bold faces of data/fonts from the bold Noto CJK faces of Debian's package fonts-noto-cjk (OFL).

    apt-get download fonts-noto-cjk=1:20220127+repack1-1
    dpkg-deb -x fonts-noto-cjk_*.deb FOLDER
    python benchmarks/bold_face.py FOLDER/usr/share/fonts/opentype/noto

Takes the Simplified Chinese faces of NotoSansCJK-Bold.ttc and NotoSerifCJK-Bold.ttc with the characters of GB 2312, of
all county names, of the project's lexicons and plans, and all Latin letters and signs, as far as the regular face has
them. Half a minute; the same bytes each time with the same fontTools.
"""

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from src.utils.figures.style import BOLD, FACES, FAMILIES, covered  # noqa: E402
from src.utils.files import write_whole  # noqa: E402
from src.utils.plans.gazetteer import divisions  # noqa: E402

SOURCES = {"sans": "Sans", "serif": "Serif"}
FIRST_CHINESE = 0x2E80
KEPT = {0, 13, 14}  # copyright and licence, as the Open Font License asks
NOT_NEEDED = ["vhea", "vmtx", "VORG", "BASE"]  # for columns of text


def wanted(face: str) -> list[int]:
    """The code points of a face."""
    cells = [bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF)]
    texts = [cell.decode("gb2312", "ignore") for cell in cells] + [division.name for division in divisions().values()]
    written = [*(ROOT / "data" / "lexicons").glob("*.csv"), *(ROOT / "data" / "plans").glob("*/source.txt")]
    texts += [path.read_text(encoding="utf-8-sig") for path in written]
    regular = covered(FACES[face])
    chinese = {ord(char) for text in texts for char in text}
    return sorted(code for code in regular if code in chinese or code < FIRST_CHINESE)


def simplified(collection: Path, kind: str) -> TTFont:
    """The face whose glyphs are those of mainland China."""
    for font in TTCollection(collection).fonts:
        if font["name"].getDebugName(4) == f"Noto {kind} CJK SC Bold":
            font.recalcTimestamp = False
            return font
    raise SystemExit(f"{collection.name}: no Noto {kind} CJK SC Bold in it")


def bold(face: str, folder: Path) -> TTFont:
    """A bold face, renamed: it is a modified version."""
    kind = SOURCES[face]
    font = simplified(folder / f"Noto{kind}CJK-Bold.ttc", kind)
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True, name_IDs=["*"])
    options.drop_tables += NOT_NEEDED
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=wanted(face))
    chosen.subset(font)
    family = FAMILIES[face]
    names = {1: family, 2: "Bold", 3: f"{family} Bold", 4: f"{family} Bold", 6: BOLD[face].stem}
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in KEPT and record.langID == 0x409]
    for number, name in names.items():
        table.setName(name, number, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [names[6]]
    top[0].FullName, top[0].FamilyName, top[0].Weight = names[4], family, "Bold"
    return font


if __name__ == "__main__":
    for name, path in BOLD.items():
        output = io.BytesIO()
        bold(name, Path(sys.argv[1])).save(output)
        print(write_whole(path, output.getvalue()).name, len(output.getvalue()), "bytes")

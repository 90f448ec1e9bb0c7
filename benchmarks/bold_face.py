"""Make data/fonts/GuihuaSans-Bold.otf from the variable Noto Sans CJK of the package manimgx-fonts-cjk (OFL).

    pip install --no-deps --target FOLDER manimgx-fonts-cjk==2026.9.26.post1
    python benchmarks/bold_face.py FOLDER/manimgx_fonts_cjk/NotoSansCJK-VF.otf.ttc

Takes the Simplified Chinese face at weight 700 with the characters of GB 2312, of all county names, of the project's
lexicons and plans, and all Latin letters and signs, as far as the regular face has them. Half a minute; the same bytes
each time with the same fontTools.
"""

import io
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from src.utils.figures.style import BOLD, FACES, covered  # noqa: E402
from src.utils.files import write_whole  # noqa: E402
from src.utils.plans.gazetteer import divisions  # noqa: E402

WEIGHT = 700
FIRST_CHINESE = 0x2E80
NAMES = {1: "Guihua Sans", 2: "Bold", 3: "Guihua Sans Bold", 4: "Guihua Sans Bold", 6: "GuihuaSans-Bold"}
KEPT = {0, 13, 14}  # copyright and licence, as the Open Font License asks


def wanted() -> list[int]:
    """The code points of the face."""
    cells = [bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF)]
    texts = [cell.decode("gb2312", "ignore") for cell in cells] + [division.name for division in divisions().values()]
    written = [*(ROOT / "data" / "lexicons").glob("*.csv"), *(ROOT / "data" / "plans").glob("*/source.txt")]
    texts += [path.read_text(encoding="utf-8-sig") for path in written]
    regular = covered(FACES["sans"])
    chinese = {ord(char) for text in texts for char in text}
    return sorted(code for code in regular if code in chinese or code < FIRST_CHINESE)


def simplified(collection: Path) -> TTFont:
    """The face whose glyphs are those of mainland China."""
    for font in TTCollection(collection).fonts:
        if font["name"].getDebugName(4) == "Noto Sans CJK SC":
            font.recalcTimestamp = False
            return font
    raise SystemExit(f"{collection.name}: no Noto Sans CJK SC in it")


def reopened(font: TTFont) -> TTFont:
    """The font as it would be read from a file."""
    buffer = io.BytesIO()
    font.save(buffer)
    return TTFont(io.BytesIO(buffer.getvalue()), recalcTimestamp=False)


def bold(collection: Path) -> TTFont:
    """The bold face, renamed: it is a modified version."""
    options = subset.Options(hinting=False, layout_features=["kern"], notdef_outline=True, name_IDs=["*"])
    options.drop_tables += ["vhea", "vmtx", "VORG", "VVAR", "BASE"]
    font = simplified(collection)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=wanted())
    chosen.subset(font)
    made = reopened(instancer.instantiateVariableFont(reopened(font), {"wght": WEIGHT}))
    table = made["name"]
    table.names = [record for record in table.names if record.nameID in KEPT and record.langID == 0x409]
    for number, name in NAMES.items():
        table.setName(name, number, 3, 1, 0x409)
    return made


if __name__ == "__main__":
    output = io.BytesIO()
    bold(Path(sys.argv[1])).save(output)
    print(write_whole(BOLD, output.getvalue()).name, len(output.getvalue()), "bytes")

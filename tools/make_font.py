"""Cut the Chinese font for figures: Big5 level 1 (5,401 characters), Latin, Greek, signs.

The full font is NotoSansTC_400Regular.ttf in the npm package @expo-google-fonts/noto-sans-tc:

    npm pack @expo-google-fonts/noto-sans-tc    (and unpack it)
    python tools/make_font.py package/400Regular/NotoSansTC_400Regular.ttf
"""

import contextlib
import sys
from pathlib import Path

from fontTools import subset

FONT = Path(__file__).parent.parent / "gan_lesson" / "fonts" / "NotoSansTC-Regular-subset.ttf"


def big5_level_1():
    """The 5,401 common Traditional characters, and Big5's symbols and punctuation before them."""
    for high in range(0xA1, 0xC7):
        for low in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            with contextlib.suppress(UnicodeDecodeError):
                yield bytes([high, low]).decode("big5")


def main(source):
    characters = set(big5_level_1()) | {chr(code) for code in range(0x20, 0x180)}
    symbols = (0x0391, 0x03D0), (0x2000, 0x2070), (0x2190, 0x2300), (0x25A0, 0x2600)
    characters |= {chr(code) for first, end in symbols for code in range(first, end)} | set("✓✗")
    options = subset.Options(layout_features=[], hinting=False, name_IDs=["*"])
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(characters))
    cutter.subset(font)
    subset.save_font(font, FONT, options)
    print(f"{FONT.name}: {FONT.stat().st_size / 1e6:.1f} MB, {len(font.getBestCmap())} characters")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The signed colour scale: one diverging palette for light pages and one for dark ones.

Zero is the page itself. Blue is above, red below, and the same magnitude is equally strong on both
sides: both ends have one OKLab lightness, and between them and the page colours are interpolated
linearly in OKLab, so lightness is monotone on each side. Text on a colour keeps a contrast of at
least 4.5. `static/css/palette.css` is written from here: `python -m app.web.palette`.

OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020). Contrast: WCAG 2.2.
"""

from dataclasses import dataclass
from math import cos, radians, sin
from pathlib import Path

LEVELS = 64
"""Steps of strength on each side of zero."""

CONTRAST = 4.5
STYLESHEET = Path(__file__).parents[2] / "static" / "css" / "palette.css"

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Theme:
    """The page and ink of one theme; the lightness, chroma and hues of the two ends; and blue and
    red dark or light enough for words on the page.
    """

    paper: str
    ink: str
    end_lightness: float
    end_chroma: float
    words: tuple[str, str]
    blue_hue: float = 256.0
    red_hue: float = 26.0


LIGHT = Theme(
    paper="#fdfdfb",
    ink="#1b1d21",
    end_lightness=0.48,
    end_chroma=0.185,
    words=("#0b5fc0", "#b3262b"),
)
DARK = Theme(
    paper="#15171a",
    ink="#e3e5e8",
    end_lightness=0.70,
    end_chroma=0.155,
    words=("#77b0fa", "#f28e88"),
)


@dataclass(frozen=True, slots=True)
class Swatch:
    """A background and the text colour that reads on it, as `#rrggbb`."""

    background: str
    text: str


def level_class(level: int) -> str:
    """The CSS class of a level, -LEVELS to LEVELS: `p17`, `n3`, and nothing for zero."""
    return "" if level == 0 else f"p{level}" if level > 0 else f"n{-level}"


def swatch(theme: Theme, level: int) -> Swatch:
    """The colours of a level, -LEVELS to LEVELS, in one theme."""
    strength = abs(level) / LEVELS
    hue = radians(theme.blue_hue if level > 0 else theme.red_hue)
    end = (
        theme.end_lightness,
        theme.end_chroma * cos(hue),
        theme.end_chroma * sin(hue),
    )
    start = _oklab(_from_hex(theme.paper))
    mixed = (
        start[0] + strength * (end[0] - start[0]),
        start[1] + strength * (end[1] - start[1]),
        start[2] + strength * (end[2] - start[2]),
    )
    background = theme.paper if level == 0 else _to_hex(_linear(mixed))
    return Swatch(background, _readable(background, theme.ink))


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    brighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def lightness(colour: str) -> float:
    """OKLab lightness of a `#rrggbb` colour, 0 to 1."""
    return _oklab(_from_hex(colour))[0]


def stylesheet() -> str:
    """The whole of `static/css/palette.css`."""
    lines = [
        "/* Written by `python -m app.web.palette`; change the colours there. */",
        ":root {",
        f"  --paper: light-dark({LIGHT.paper}, {DARK.paper});",
        f"  --ink: light-dark({LIGHT.ink}, {DARK.ink});",
        f"  --plus: {_pair(LEVELS)[0]};",
        f"  --minus: {_pair(-LEVELS)[0]};",
        f"  --plus-text: light-dark({LIGHT.words[0]}, {DARK.words[0]});",
        f"  --minus-text: light-dark({LIGHT.words[1]}, {DARK.words[1]});",
        "}",
    ]
    for sign in (1, -1):
        for step in range(1, LEVELS + 1):
            background, text = _pair(sign * step)
            name = level_class(sign * step)
            lines.append(f".{name} {{ background: {background}; color: {text}; }}")
    return "\n".join(lines) + "\n"


def _pair(level: int) -> tuple[str, str]:
    """A level's background and text colour, each for both themes."""
    light, dark = swatch(LIGHT, level), swatch(DARK, level)
    return (
        f"light-dark({light.background}, {dark.background})",
        f"light-dark({light.text}, {dark.text})",
    )


def _readable(background: str, ink: str) -> str:
    """The page's ink where it has enough contrast, otherwise black or white."""
    if contrast(background, ink) >= CONTRAST:
        return ink
    return max(("#000000", "#ffffff"), key=lambda text: contrast(background, text))


def _luminance(colour: str) -> float:
    red, green, blue = _from_hex(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _from_hex(colour: str) -> Triple:
    """Linear-light red, green and blue, each 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _decode(red), _decode(green), _decode(blue)


def _to_hex(colour: Triple) -> str:
    return "#" + "".join(f"{round(255 * _encode(min(max(part, 0.0), 1.0))):02x}" for part in colour)


def _decode(value: float) -> float:
    """From sRGB's curve to linear light."""
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _encode(value: float) -> float:
    """From linear light to sRGB's curve."""
    return float(value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055)


def _oklab(rgb: Triple) -> Triple:
    red, green, blue = rgb
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(lab: Triple) -> Triple:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


if __name__ == "__main__":
    STYLESHEET.write_text(stylesheet(), encoding="utf-8")

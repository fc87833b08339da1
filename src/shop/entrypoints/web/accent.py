"""The shop's accent colour, adjusted so that text in it and on it can be read."""

from collections.abc import Iterable
from typing import Final

_Color = tuple[int, int, int]

MIN_CONTRAST: Final = 4.6
"""WCAG 2 requires 4.5 for text; the rest covers rounding."""
_STEPS: Final = 50
_BLACK: Final[_Color] = (0, 0, 0)
_WHITE: Final[_Color] = (255, 255, 255)
_LIGHT_GROUND: Final[_Color] = (244, 244, 242)
_DARK_GROUND: Final[_Color] = (37, 42, 40)
"""The backgrounds on which an accent is hardest to read: `--raised` of `tokens.css`, light and dark."""


def accent_style(color: str) -> str:
    """Return the style sheet that sets the accent's tokens, for light and dark pages. `color` is `#rrggbb`."""
    given = _parsed(color)
    light = _tokens(given, _LIGHT_GROUND, _BLACK)
    dark = _tokens(given, _DARK_GROUND, _WHITE)
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def contrast(one: _Color, other: _Color) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _tokens(given: _Color, ground: _Color, toward: _Color) -> str:
    """Return the tokens for pages on `ground`: `given`, shaded `toward` black or white until it is readable."""
    soft = _mixed(ground, given, 0.12)
    accent = next(
        each
        for each in _shades(given, toward)
        if min(contrast(each, ground), contrast(each, soft)) >= MIN_CONTRAST
    )
    strong = _mixed(accent, toward, 0.3)
    on_accent = max((_WHITE, _BLACK), key=lambda each: min(contrast(each, accent), contrast(each, strong)))
    colors = {"accent": accent, "accent-strong": strong, "on-accent": on_accent, "accent-soft": soft}
    return " ".join(f"--{name}: {_as_hex(value)};" for name, value in colors.items())


def _shades(color: _Color, toward: _Color) -> Iterable[_Color]:
    return (_mixed(color, toward, step / _STEPS) for step in range(_STEPS + 1))


def _mixed(color: _Color, other: _Color, share: float) -> _Color:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def _luminance(color: _Color) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parsed(color: str) -> _Color:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _as_hex(color: _Color) -> str:
    return f"#{bytes(color).hex()}"

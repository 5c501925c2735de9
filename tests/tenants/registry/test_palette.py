"""Colours for letters."""

import pytest

from tenants.registry import palette
from tenants.registry.policy import Brand

HUES = range(0, 361, 5)
CHROMAS = (0, 0.04, 0.085, 0.13)
AA = 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize(
    ("oklch", "hexadecimal"),
    [
        ((0.0, 0.0, 0.0), "#000000"),
        ((1.0, 0.0, 0.0), "#ffffff"),
        ((0.51975, 0.17686, 142.495), "#008000"),
        ((0.627955, 0.257683, 29.2339), "#ff0000"),
        ((0.452014, 0.313214, 264.052), "#0000ff"),
    ],
)
def test_known_colours_come_out_right(oklch: tuple[float, float, float], hexadecimal: str) -> None:
    """CSS Color 4: named colours and their oklch values."""
    assert palette.srgb(*oklch) == hexadecimal


def test_no_tenant_can_make_a_letter_unreadable() -> None:
    """design: "Contrast cannot be broken": white on a button, a code on its ground, light and dark."""
    for hue in HUES:
        for chroma in CHROMAS:
            colours = palette.of(Brand(hue=hue, chroma=chroma))

            assert contrast("#ffffff", colours["brand"]) >= AA
            assert contrast(colours["brand"], colours["soft"]) >= AA
            assert contrast(colours["brand_dark"], colours["soft_dark"]) >= AA
            assert contrast("#0f1c1b", colours["brand_dark"]) >= AA


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

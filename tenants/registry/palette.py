"""A tenant's colours as sRGB, for letters: mail programs know no oklch and no custom properties.

The lightnesses are those of the design's tokens (static/css/tokens.css), so contrast holds for
every hue here too.
"""

from functools import lru_cache
from math import cos, radians, sin
from typing import Final

from tenants.registry.policy import Brand

# Role: lightness, and the share of the chroma, as `--brand` and `--soft` have them light and dark.
_ROLES: Final = {
    "brand": (0.46, 1.0),
    "soft": (0.955, 0.28),
    "brand_dark": (0.8, 1.0),
    "soft_dark": (0.295, 0.45),
}
_LINEAR_BELOW: Final = 0.0031308  # IEC 61966-2-1: where the sRGB curve begins


@lru_cache(maxsize=1024)
def of(brand: Brand) -> dict[str, str]:
    """The roles `brand`, `soft`, `brand_dark` and `soft_dark` as `#rrggbb`."""
    return {
        role: srgb(lightness, brand.chroma * share, brand.hue)
        for role, (lightness, share) in _ROLES.items()
    }


def srgb(lightness: float, chroma: float, hue_degrees: float) -> str:
    """CSS Color 4 §9.3, oklch to sRGB, each channel clipped to what can be shown."""
    a = chroma * cos(radians(hue_degrees))
    b = chroma * sin(radians(hue_degrees))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in channels)


def _encoded(channel: float) -> float:
    value = min(1.0, max(0.0, channel))
    if value <= _LINEAR_BELOW:
        return 12.92 * value
    return float(1.055 * value ** (1 / 2.4) - 0.055)

"""The watermark svwm-1: the published vector, and what a picture survives (protocol §10)."""

import io
from collections.abc import Callable
from functools import cache
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.devices import watermark
from tests.devices.watermark import Extracted, Plane
from tests.vectors.zkp.known import FOLDER, VECTORS, un

KNOWN = VECTORS["watermark"]
KEY, DESC = un(KNOWN["extract"]["key"]), un(KNOWN["extract"]["desc"])


def test_the_layout_is_the_published_one() -> None:
    """protocol §10: one xorshift32 stream gives permutation, dither and mask."""
    plan = watermark.layout()

    assert plan.perm[:8].tolist() == KNOWN["perm_first8"]
    assert sha256(plan.perm.astype("<u4").tobytes()).hexdigest() == KNOWN["perm_sha256_u32le"]
    words = sha256(plan.words.astype("<u4").tobytes()).hexdigest()
    assert words == KNOWN["dither_sha256_u32le_of_raw_words"]
    assert plan.mask == un(KNOWN["mask"])


def test_the_payload_and_its_code_are_the_published_ones() -> None:
    """protocol §10: 40 bytes with a CRC-32, RS(80,40)."""
    payload = watermark.payload_of(KEY, DESC)

    assert payload == un(KNOWN["payload"])
    assert watermark.codeword_of(payload) == un(KNOWN["rs_codeword"])


def test_the_published_picture_gives_its_key() -> None:
    """protocol §10: extraction, BER of 24,576."""
    rgb = np.asarray(Image.open(FOLDER / "vector-image.png").convert("RGB"))

    assert sha256(rgb.tobytes()).hexdigest() == KNOWN["image_rgb_sha256"]
    assert watermark.extract(rgb) == Extracted(KEY, DESC, KNOWN["extract"]["ber"]["error_bits"])


def test_the_published_cover_becomes_the_published_picture() -> None:
    """protocol §10: embedding, pixel for pixel."""
    y, x = np.mgrid[0:512, 0:512]
    grey = (96 + (x >> 2) - (y >> 3)).astype(np.uint8)
    marked = watermark.embed(np.stack([grey] * 3, axis=-1), KEY, DESC)

    assert sha256(marked.tobytes()).hexdigest() == KNOWN["image_rgb_sha256"]


def _picture(values: Plane) -> Plane:
    return np.asarray(np.clip(values, 0, 255).astype(np.uint8))


def _texture() -> Plane:
    y, x = np.mgrid[0:1024, 0:1024] / 1024
    noise = np.random.default_rng(7).normal(0, 6, (1024, 1024, 3))
    waves = 128 + 60 * np.sin(9 * x + 4 * y * y) + 40 * np.cos(23 * y - 5 * x)
    tint = np.stack([waves, waves * 0.9 + 12, 255 - waves * 0.7], axis=-1)
    return _picture(tint + noise)


def _landscape() -> Plane:
    y, x = np.mgrid[0:800, 0:1200]
    sky = 90 + y / 800 * 120 + 25 * np.sin(x / 90) * np.cos(y / 70)
    hills = np.where(y > 500 + 60 * np.sin(x / 160), 70 + 30 * np.sin(x / 17 + y / 23), sky)
    return _picture(np.stack([hills, hills * 0.95, 60 + hills * 0.7], axis=-1))


def _board() -> Plane:
    # The hardest cover. Squares of 16 px lose the key when halved or cropped, of 24 px they do not.
    y, x = np.mgrid[0:768, 0:1024]
    return _picture(np.stack([np.where((x // 32 + y // 32) % 2, 255, 0)] * 3, axis=-1))


COVERS: dict[str, Callable[[], Plane]] = {
    "texture": _texture,
    "landscape": _landscape,
    "checkerboard": _board,
    "white": lambda: np.full((1024, 1024, 3), 255, np.uint8),
    "black": lambda: np.zeros((1024, 1024, 3), np.uint8),
}


@cache
def marked(cover: str) -> Plane:
    return watermark.embed(COVERS[cover](), KEY, DESC)


def _file(image: Image.Image, kind: str, **options: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def _jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    return lambda image: _file(image, "JPEG", quality=quality)


def _scaled(factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.resize(
        (round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS
    )


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "PNG": lambda image: _file(image, "PNG"),
    "JPEG q95": _jpeg(95),
    "JPEG q90": _jpeg(90),
    "JPEG q80": _jpeg(80),
    "JPEG q50": _jpeg(50),
    "WebP q80": lambda image: _file(image, "WEBP", quality=80),
    "x 0.75": _scaled(0.75),
    "x 0.5": _scaled(0.5),
    "x 0.75, q80": lambda image: _jpeg(80)(_scaled(0.75)(image)),
    "x 1.5": _scaled(1.5),
    "blur 0.8": lambda image: image.filter(ImageFilter.GaussianBlur(0.8)),
    "crop 2 px": lambda image: image.crop((2, 2, image.width, image.height)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("cover", COVERS)
def test_a_copy_still_gives_the_key(cover: str, change: str) -> None:
    """protocol §10, the table: each change that it says a picture survives, with real files."""
    copy = CHANGES[change](Image.fromarray(marked(cover)))
    found = watermark.extract(np.asarray(copy))

    assert found is not None
    assert (found.image_key, found.desc) == (KEY, DESC)
    if change == "PNG":
        assert found.error_bits == 0


@pytest.mark.parametrize("cover", COVERS)
def test_a_turned_picture_gives_nothing_rather_than_something_wrong(cover: str) -> None:
    """protocol §10, the table: rotate 1° is lost; the page tells so before any request."""
    turned = Image.fromarray(marked(cover)).rotate(1, Image.Resampling.BICUBIC)

    assert watermark.extract(np.asarray(turned)) is None


@pytest.mark.parametrize("cover", COVERS)
def test_an_unmarked_picture_gives_no_key(cover: str) -> None:
    """protocol §10: "No key from 45 unmarked/random images"."""
    assert watermark.extract(COVERS[cover]()) is None


@pytest.mark.parametrize("cover", ["texture", "landscape"])
def test_the_mark_is_not_seen(cover: str) -> None:
    """protocol §10: PSNR 42.3 to 42.7 dB against the cover mapped to [10, 245]."""
    mapped = 10 + COVERS[cover]().astype(np.float64) * 235 / 255
    error = float(np.mean((marked(cover) - mapped) ** 2))

    assert 10 * np.log10(255**2 / error) > 42


def test_marking_again_leaves_only_the_new_key() -> None:
    """protocol §10: rotation may reuse the cover."""
    again = watermark.embed(marked("texture"), bytes(32), DESC)
    found = watermark.extract(again)

    assert found is not None
    assert found.image_key == bytes(32)

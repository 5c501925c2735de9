"""The watermark svwm-1 in numpy, written from the protocol's text (§10): embeds and extracts.

The server never sees a picture. This is a second reading beside the browser's, and what measures
the table of what a picture survives.
"""

import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from reedsolo import (  # type: ignore[import-untyped]  # it has no types of its own
    ReedSolomonError,
    RSCodec,
)

VERSION: Final = "svwm-1"
DELTA: Final = 20
SIDE: Final = 512
SLOTS: Final = 24_576
_BLOCKS: Final = SIDE // 8
_CODE_BYTES: Final = 80
_BITS: Final = 8 * _CODE_BYTES
_SEED: Final = 0x53564D31
# (u, v), u horizontal.
_COEFFICIENTS: Final = ((1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2))
_ROUNDS: Final = 6
_GAIN: Final = 1.15
_RS: Final = RSCodec(40)

Plane = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Layout:
    """The public layout: where each slot is, its dither, and the mask of the code."""

    perm: Plane
    words: Plane
    mask: bytes

    @property
    def dither(self) -> Plane:
        return self.words / 2**32


@cache
def layout() -> Layout:
    state = _SEED

    def step() -> int:
        nonlocal state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        return state

    perm = list(range(SLOTS))
    for i in range(SLOTS - 1, 0, -1):
        j = step() % (i + 1)
        perm[i], perm[j] = perm[j], perm[i]
    words = [step() for _ in range(SLOTS)]
    mask = bytes(step() & 255 for _ in range(_CODE_BYTES))
    return Layout(np.array(perm), np.array(words, dtype=np.uint64), mask)


def payload_of(image_key: bytes, desc: bytes) -> bytes:
    body = b"\x01" + desc + image_key
    return body + zlib.crc32(body).to_bytes(4, "big")


def codeword_of(payload: bytes) -> bytes:
    return bytes(_RS.encode(payload))


def _bits_of(codeword: bytes) -> Plane:
    masked = bytes(a ^ b for a, b in zip(codeword, layout().mask, strict=True))
    return np.unpackbits(np.frombuffer(masked, dtype=np.uint8))


@cache
def _axis(length: int, wanted: int) -> Plane:
    """From `length` samples to `wanted`: box area average down, linear and clamped up."""
    weights = np.zeros((wanted, length))
    scale = length / wanted
    for i in range(wanted):
        if length > wanted:
            start, end = i * scale, (i + 1) * scale
            for j in range(int(start), min(length, int(np.ceil(end)))):
                weights[i, j] = max(0.0, min(end, j + 1) - max(start, j)) / scale
        else:
            at = min(max((i + 0.5) * scale - 0.5, 0.0), length - 1.0)
            low = int(at)
            high = min(low + 1, length - 1)
            weights[i, low] += 1 - (at - low)
            weights[i, high] += at - low
    return weights


def _resampled(plane: Plane, width: int, height: int) -> Plane:
    rows, columns = plane.shape
    return np.asarray(_axis(rows, height) @ plane @ _axis(columns, width).T)


@cache
def _dct() -> Plane:
    k, n = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    matrix = np.sqrt(2 / 8) * np.cos(np.pi * (2 * n + 1) * k / 16)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix)


def _blocks(plane: Plane) -> Plane:
    return plane.reshape(_BLOCKS, 8, _BLOCKS, 8).transpose(0, 2, 1, 3)


def _coefficients(rgb: Plane) -> Plane:
    """All slots' coefficients, by index (block, c)."""
    values = rgb.astype(np.float64)
    luma = 0.299 * values[..., 0] + 0.587 * values[..., 1] + 0.114 * values[..., 2]
    spectrum = _dct() @ _blocks(_resampled(luma, SIDE, SIDE)) @ _dct().T
    picked = [spectrum[:, :, v, u] for u, v in _COEFFICIENTS]
    return np.stack(picked, axis=-1).reshape(SLOTS)


def embed(cover: Plane, image_key: bytes, desc: bytes) -> Plane:
    """The cover (h, w, 3; 8 bit) with the key in it."""
    height, width, _ = cover.shape
    plan = layout()
    bits = np.resize(_bits_of(codeword_of(payload_of(image_key, desc))), SLOTS)
    offset = plan.dither + bits / 2
    rgb = 10 + cover.astype(np.float64) * 235 / 255
    for _ in range(_ROUNDS):
        found = _coefficients(_eight_bit(rgb))[plan.perm]
        wanted = DELTA * (np.round(found / DELTA - offset) + offset)
        moves = np.zeros(SLOTS)
        moves[plan.perm] = wanted - found
        spectrum = np.zeros((_BLOCKS, _BLOCKS, 8, 8))
        for c, (u, v) in enumerate(_COEFFICIENTS):
            spectrum[:, :, v, u] = moves.reshape(_BLOCKS, _BLOCKS, -1)[:, :, c]
        change = (_dct().T @ spectrum @ _dct()).transpose(0, 2, 1, 3).reshape(SIDE, SIDE)
        rgb = rgb + _GAIN * _resampled(change, width, height)[..., None]
    return _eight_bit(rgb)


def _eight_bit(rgb: Plane) -> Plane:
    return np.clip(np.floor(rgb + 0.5), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Extracted:
    image_key: bytes
    desc: bytes
    error_bits: int

    @property
    def percent(self) -> float:
        return 100 * self.error_bits / SLOTS


def extract(rgb: Plane) -> Extracted | None:
    """What the picture carries; None where nothing whole is found."""
    plan = layout()
    likelihood = np.cos(2 * np.pi * (_coefficients(rgb)[plan.perm] / DELTA - plan.dither))
    sums = np.bincount(np.arange(SLOTS) % _BITS, weights=likelihood)
    masked = np.packbits(sums < 0).tobytes()
    received = bytes(a ^ b for a, b in zip(masked, plan.mask, strict=True))
    try:
        payload = bytes(_RS.decode(received)[0])
    except ReedSolomonError:
        return None
    if payload[0] != 1 or zlib.crc32(payload[:36]).to_bytes(4, "big") != payload[36:]:
        return None
    sent = np.resize(_bits_of(codeword_of(payload)), SLOTS)
    return Extracted(payload[4:36], payload[1:4], int(((likelihood < 0) != sent).sum()))

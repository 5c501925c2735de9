"""Identifiers made here: time-ordered primary keys and unguessable public ids."""

import os
import secrets
import time
import uuid

# 32 symbols without 0, 1, I and O: read aloud and typed without mistakes.
READABLE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def uuid7() -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits.

    Made in the application because `uuidv7()` exists only from Postgres 18 on and 15 is supported.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    value = value & ~(0xC000 << 48) | 0x8000 << 48
    return uuid.UUID(int=value)


def unguessable(byte_count: int = 32) -> str:
    """URL-safe text that carries `byte_count` random bytes (32: 256 bits)."""
    return secrets.token_urlsafe(byte_count)


def reference() -> str:
    """A short request reference such as `7F3K-29QD` (40 bits): shown to people, found in logs."""
    symbols = "".join(READABLE_ALPHABET[byte % 32] for byte in os.urandom(8))
    return f"{symbols[:4]}-{symbols[4:]}"

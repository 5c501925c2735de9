"""Argon2id for what people choose; the only place that knows the parameters.

m = 19 MiB, t = 2, p = 1 (OWASP's minimum, some 8 ms of one core). PyNaCl's libsodium costs half of
what argon2-cffi's wheel does for the same output. Verifiers are PHC strings, so imported ones with
other parameters verify too and are replaced at their next use.
"""

from functools import lru_cache
from typing import Final

from nacl import pwhash
from nacl.exceptions import CryptoError

MEMORY_BYTES: Final = 19 * 1024 * 1024
PASSES: Final = 2
_CURRENT: Final = f"$argon2id$v=19$m={MEMORY_BYTES // 1024},t={PASSES},p=1$"


def make(secret: str) -> str:
    """A new verifier of `secret`."""
    return pwhash.argon2id.str(secret.encode(), opslimit=PASSES, memlimit=MEMORY_BYTES).decode(
        "ascii"
    )


def matches(secret: str, verifier: str | None) -> bool:
    """Whether `secret` made `verifier`. None does the same work and is False (EN02, BF17)."""
    subject = verifier if verifier is not None else _nobody()
    try:
        is_right = pwhash.verify(subject.encode(), secret.encode())
    except CryptoError:
        return False
    return bool(is_right) and verifier is not None


def is_outdated(verifier: str) -> bool:
    """True if the verifier was made with other parameters than today's."""
    return not verifier.startswith(_CURRENT)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return make("nobody bears this password")

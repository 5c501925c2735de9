"""What one Argon2id costs on this machine at this moment: half of a sign-in, and none of ours."""

import resource
from dataclasses import dataclass

from nacl.pwhash import argon2id

MEMORY_BYTES = 19 * 1024 * 1024
PASSES = 2
TIMES = 20


@dataclass(frozen=True, slots=True)
class HashCost:
    """Milliseconds of CPU: computing, and the kernel's part, which maps 19 MiB for each hash."""

    user_ms: float
    kernel_ms: float


def measure() -> HashCost:
    """The mean of a few verifications with Signet's library and parameters."""
    verifier = argon2id.str(b"a password", opslimit=PASSES, memlimit=MEMORY_BYTES)
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(TIMES):
        argon2id.verify(verifier, b"a password")
    after = resource.getrusage(resource.RUSAGE_SELF)
    return HashCost(
        (after.ru_utime - before.ru_utime) / TIMES * 1e3,
        (after.ru_stime - before.ru_stime) / TIMES * 1e3,
    )

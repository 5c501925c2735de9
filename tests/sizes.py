"""How large randomised tests are, and the seed they begin with.

SIGNET_TEST_SIZE is `small` (seconds, part of `make test`) or `soak` (`make soak`: the size of a
release). SIGNET_TEST_SEED repeats a run.
"""

import os
from collections.abc import Callable
from typing import Final

SIZE: Final = os.environ.get("SIGNET_TEST_SIZE", "small")
assert SIZE in {"small", "soak"}, "SIGNET_TEST_SIZE is small or soak"
IS_SOAK: Final = SIZE == "soak"
SEED: Final = int(os.environ.get("SIGNET_TEST_SEED", "20261124"))

Record = Callable[[str, object], None]


def sized(small: int, soak: int) -> int:
    """The number for this run."""
    return soak if IS_SOAK else small

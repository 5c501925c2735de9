"""Where generated secrets go: a file for its owner alone, never written over."""

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from identity.kernel.secrets import Secret


class SecretsFile:
    """Opened before anything is applied, so that no secret is made which cannot be kept."""

    def __init__(self, path: Path) -> None:
        """Create the file (0600). Raises FileExistsError, or OSError where it cannot be made."""
        self.path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, secrets: Mapping[str, Secret]) -> None:
        """Write `name: secret` lines as YAML and make them durable."""
        plain = {name: secret.reveal() for name, secret in secrets.items()}
        with os.fdopen(os.dup(self._handle), "w") as file:
            file.write("# Shown once: Signet keeps digests only.\n")
            yaml.safe_dump(plain, file, sort_keys=True, allow_unicode=True)
            file.flush()
            os.fsync(file.fileno())

    def close(self, *, is_kept: bool) -> None:
        """Let go of the file; remove it where it holds nothing."""
        os.close(self._handle)
        if not is_kept:
            self.path.unlink(missing_ok=True)


def is_readable_by_others(path: Path) -> bool:
    """True if somebody other than the file's owner may read it."""
    return bool(path.stat().st_mode & 0o044)

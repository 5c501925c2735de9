"""Where things lie under DATA_DIR, and how a secret is made there once."""

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]

# The kernel takes 107 bytes for a Unix socket's path (unix(7)); the name Postgres appends is 14.
SOCKET_FOLDER_MAX_BYTES = 107 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one DATA_DIR. Two supervisors never share one."""

    data_dir: Path

    @property
    def secrets(self) -> Path:
        """0700: keys and database passwords."""
        return self.data_dir / "secrets"

    @property
    def log(self) -> Path:
        return self.data_dir / "log"

    @property
    def run(self) -> Path:
        """Locks and what one process tells another."""
        return self.data_dir / "run"

    @property
    def postgres(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def socket_folder(self) -> Path:
        """Of the embedded Postgres: beside its data, or in /tmp where that path is too long or has
        characters that a list of folders in its configuration gives a meaning to."""
        beside = self.data_dir / "socket"
        is_short = len(os.fsencode(beside)) <= SOCKET_FOLDER_MAX_BYTES
        if is_short and not set(str(beside)) & set(",\"'\\"):
            return beside
        return Path("/tmp") / f"signet-{sha256(os.fsencode(beside)).hexdigest()[:16]}"  # noqa: S108

    @property
    def demo_sign_ins(self) -> Path:
        return self.data_dir / "demo.json"

    @property
    def plan(self) -> Path:
        """What `prepare` tells the supervisor."""
        return self.run / "plan.json"

    def make(self) -> None:
        """Afterwards the folders exist, closed to other users of the machine."""
        for folder in (self.data_dir, self.secrets, self.log, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def from_environment() -> Places:
    """The places of this process: DATA_DIR, or `var` in the checkout."""
    return Places(Path(os.environ.get("DATA_DIR") or CHECKOUT / "var").expanduser().resolve())


def made_once(folder: Path, name: str, fresh: str | None = None) -> str:
    """The secret kept in `folder`/`name` (0600). The first caller's `fresh` value stays for good;
    without one, 256 random bits are taken."""
    path = folder / name
    if path.exists():
        return path.read_text().strip()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    value = fresh or secrets.token_urlsafe(32)
    unfinished = folder / f".{name}.{os.getpid()}"
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, not a rename: of two processes that start at once, one wins and both read it.
        path.hardlink_to(unfinished)
    except FileExistsError:
        return path.read_text().strip()
    else:
        return value
    finally:
        unfinished.unlink()

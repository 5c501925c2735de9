"""Log lines: JSON in production, readable in development; with the request id, without secrets."""

import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor

REDACTED: Final = "[redacted]"
# Parts of names whose values never reach a log, however they came into an event.
SECRET_WORDS: Final = (
    "authorization", "assertion", "cookie", "credential", "passphrase", "password", "private",
    "secret", "sealed", "token", "verifier",
)  # fmt: skip
SECRET_NAMES: Final = frozenset({"code", "otp", "pin", "key", "api_key", "client_assertion"})


# Without the values of variables: one of them may be the password that was being checked.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


class StandardError(logging.Handler):
    """Writes to what standard error is when a line comes, not when logging was set up."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
        except Exception:  # noqa: BLE001 - logging's own rule: a log line never ends the work
            self.handleError(record)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Replace the values of fields named like secrets, at any depth."""
    for name in event:
        event[name] = _redacted(name, event[name])
    return event


def _redacted(name: str, value: Any) -> Any:
    lowered = name.lower()
    if name != "event" and (
        lowered in SECRET_NAMES or any(word in lowered for word in SECRET_WORDS)
    ):
        return REDACTED
    if isinstance(value, dict):
        return {key: _redacted(str(key), inner) for key, inner in value.items()}
    return value


def configure(*, is_json: bool, level: str = "INFO") -> None:
    """Afterwards the loggers of structlog, Django and every library write to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    renderers: list[Processor] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer()]
        if is_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        _without_request,
                        *renderers,
                    ],
                }
            },
            "handlers": {"stderr": {"()": StandardError, "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Each request a line would repeat what the proxy writes.
                "django.server": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
                # A line for each sweep, every five seconds.
                "celery.beat": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_request(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Any:
    # Django hands the request object along; its text holds the query string.
    request = event.pop("request", None)
    if request is not None and hasattr(request, "path"):
        event["path"] = request.path
        event["method"] = request.method
    return event

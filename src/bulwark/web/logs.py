"""Structured logs that cannot carry a secret.

Only named fields are logged, never a whole request, answer or exception text of the wire: the server's own error
documents echo what was sent to it. A traceback is kept (it names code, not values).
"""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TYPE_CHECKING, Literal, TextIO, cast

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger


class _Unfailing:
    """Standard error, and nothing when it cannot be written: a full disk under the log stops no page."""

    def write(self, text: str) -> None:
        """Write, or lose the line."""
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush, or lose what was buffered."""
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def configure(*, form: Literal["console", "json"], level: str) -> None:
    """Set up logging for this process; lines go to standard error."""
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    numeric = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_exception_text,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Unfailing())),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(numeric, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s")


def _without_exception_text(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace an exception by its frames: its text may quote what a person typed."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[2] is not None:
        frames = []
        trace = info[2]
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_filename.rpartition('/src/')[2]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["error"] = info[0].__name__
        event["frames"] = frames[-12:]
    return event

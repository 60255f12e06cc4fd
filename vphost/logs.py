"""Logging: one line of JSON per event on stderr, the standard library's loggers included.

Tokens never reach the log: the access log omits query strings, and whatever looks like a token is
cut out of every text, because the message of an exception may quote an address.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_TOKEN = re.compile(
    r"((?:token|signature)=)[^&\s\"']+|eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*"
    r"|\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]+|\bpi_[A-Za-z0-9]+_secret_[A-Za-z0-9]+"
    r"|\bvph_[a-z2-7]+\.[A-Za-z0-9_-]+"
)
MAX_TEXT = 4000
Line = MutableMapping[str, Any]


def redacted(text: str) -> str:
    """Return a text without anything that looks like a token, at most MAX_TEXT characters long."""
    return _TOKEN.sub(lambda found: (found[1] or "") + "[redacted]", text)[:MAX_TEXT]


def redact(_logger: Any, _method: str, line: Line) -> Line:
    """Cut tokens out of every text of a log line (a structlog processor)."""
    for key, value in line.items():
        if isinstance(value, str):
            line[key] = redacted(value)
    return line


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send all logging of the process to a stream (stderr) as JSON lines.

    level: debug, info, warning or error.
    """
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level, *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(),
        ],
    ))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("tornado.general").setLevel(logging.WARNING)
    # At lower levels these drivers log whole database commands and signed requests.
    for name in ("pymongo", "botocore"):
        logging.getLogger(name).setLevel(logging.WARNING)

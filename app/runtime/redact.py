"""Keeps the queries of URLs out of logs: they hold signatures and tokens, of ours and of others."""

from __future__ import annotations

import logging
import re
from typing import Final

# the loggers of the servers that the app runs under, which log requests as they came
_SERVERS: Final = ("werkzeug", "gunicorn.error", "gunicorn.access", "waitress", "granian", "_granian")


class RedactQueries(logging.Filter):
    """Cuts each message at its first question mark; what follows the last quote, such as a status, stays.

    A malformed request line may have blanks anywhere, so only its end is known.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; every record is logged."""
        record.msg, record.args = re.sub(r'\?.*(?=")|\?.*', "?…", record.getMessage(), flags=re.DOTALL), ()
        return True


def queries(text: str) -> str:
    """Return the text with the query of every URL in it cut."""
    return re.sub(r"\?[^\s'\"<>)]+", "?…", text)


def protect_server_logs() -> None:
    """Redact what servers log."""
    for name in _SERVERS:
        logging.getLogger(name).addFilter(RedactQueries())

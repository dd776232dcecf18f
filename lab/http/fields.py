"""Parses header lines by HTTP's grammar, for heads, trailers and responses; a line that does not match is no header.

https://www.rfc-editor.org/rfc/rfc9112#section-5 and https://www.rfc-editor.org/rfc/rfc9110#section-5.5
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BufferedIOBase
from typing import Final

# bounds only what is kept in memory: AWS's runtime client sends an error of up to 1 MB in a header, gateways take less
HEAD_BYTES: Final = 2 * 1024 * 1024
_NAME: Final = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TOKEN: Final = re.compile(_NAME)
# a bare CR, or a NUL, is what others may take for the end of the line
_LINE: Final = re.compile(rf"({_NAME}):([^\r\n\0]*)\r?\n")
_FOLD: Final = re.compile(r"[ \t]([^\r\n\0]*)\r?\n")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Refusal(Exception):
    """The request cannot be taken, and the connection is to be closed: who wrote what follows is not known."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class EndsEarly(Exception):
    """The client stopped sending before its request was complete."""


def read_lines(source: BufferedIOBase) -> list[bytes]:
    """Return the lines up to an empty one, without it; raise EndsEarly, or Refusal (431) above ``HEAD_BYTES``."""
    lines: list[bytes] = []
    left = HEAD_BYTES
    while (line := source.readline(left + 1)) not in (b"\r\n", b"\n"):
        left -= len(line)
        if left < 0:
            raise Refusal(431)
        if not line.endswith(b"\n"):
            raise EndsEarly
        lines.append(line)
    return lines


def fields(lines: Iterable[bytes]) -> list[tuple[str, str]]:
    """Return names and values, a folded value in one line; raise Refusal (400) at a line that is no header."""
    found: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("iso-8859-1")
        if match := _LINE.fullmatch(text):
            found.append((match[1], match[2].strip(" \t")))
        elif found and (match := _FOLD.fullmatch(text)):
            name, value = found[-1]
            found[-1] = name, " ".join(filter(None, (value, match[1].strip(" \t"))))
        else:
            raise Refusal(400)
    return found


def is_token(name: str) -> bool:
    """Return whether this can be the name of a header."""
    return _TOKEN.fullmatch(name) is not None


def without_controls(value: str) -> str:
    """Return a value with spaces in place of what would end its line, or be invisible in it."""
    return _CONTROL.sub(" ", value)


def is_value(value: str) -> bool:
    """Return whether this can be sent as the value of a header: latin-1, and no controls."""
    return _CONTROL.search(value) is None and all(ord(character) < 256 for character in value)

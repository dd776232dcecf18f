"""Translates everything that decoders raise on broken bytes into two errors of our own."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app.core.errors import TooCostly, UndecodableImage

# What Pillow was seen to raise on garbage; a Warning only where warnings are errors.
_ON_GARBAGE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
    zlib.error,
)


@contextmanager
def decoding(format: str) -> Iterator[None]:
    """Raise UndecodableImage, or TooCostly when memory ran out, in place of what the block raised."""
    try:
        yield
    except MemoryError as exc:
        raise TooCostly("the image needs more memory than there is") from exc
    except _ON_GARBAGE as exc:
        raise UndecodableImage(f"the {format.upper()} data is broken or ends early") from exc
    except Exception as exc:
        # Pillow's DecompressionBombError derives from Exception alone, and a cold start would pay for importing it.
        if type(exc).__module__.partition(".")[0] != "PIL":
            raise
        raise UndecodableImage(f"the {format.upper()} data cannot be decoded") from exc

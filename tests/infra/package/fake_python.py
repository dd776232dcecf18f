"""Stands in for a Python of a chosen version, as a Python or a pyenv shim on PATH."""

from __future__ import annotations

from pathlib import Path

PYTHON_3_13 = '[[3, 13, 5], "cpython-313", "f30d0d0a"]'
PYTHON_3_12 = '[[3, 12, 1], "cpython-312", "cb0d0d0a"]'


def fake_python(path: Path, description: str = PYTHON_3_13, *, status: int = 0) -> Path:
    """Write a program that prints ``description``, which is what ``inspect_interpreter`` asks for, and exits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{description}'\nexit {status}\n")
    path.chmod(0o755)
    return path

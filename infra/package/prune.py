"""Deletes installed files that never run on Lambda. Nothing that decodes, encodes or converts images is deleted."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

from app.core.formats import FORMATS
from infra.package.elf import dependencies, is_elf

# Decoders are what untrusted bytes reach in Pillow: only those of our formats ship, and Mpo's, which Jpeg's imports.
_CODECS: Final = "|".join(["Mpo", *(format.plugin for format in FORMATS.values() if format.plugin)])

_PATTERNS: Final = (
    # Command lines, tests, type information
    r"bin/.*|[^/]+/__main__\.py|.*/tests/.*|.*\.pyi|.*/py\.typed",
    r"charset_normalizer/cli/.*|idna/(cli|codec)\.py|requests/help\.py",
    r"click/(shell_completion|_termui_impl|_winconsole)\.py",
    # Development servers
    r"werkzeug/debug/.*|werkzeug/(_reloader|testapp)\.py",
    r"werkzeug/middleware/(dispatcher|http_proxy|lint|profiler|shared_data)\.py",
    # Optional features that nothing here imports. Jinja stays whole, and so do the test clients: what waits at a
    # cold start works for whoever uses it later, in a shell too
    r"urllib3/contrib/.*/.*|urllib3/contrib/[a-z]+\.py|urllib3/http2/connection\.py",
    # Compiled parts of the charset detector; requests only imports it, and the pure Python modules suffice
    r"charset_normalizer/\w+\.[^/]*\.so",
    # METADATA stays: importlib.metadata.version() and Amazon Inspector read it
    r"[^/]+\.dist-info/(?!METADATA$).*",
    rf"PIL/(?!({_CODECS})ImagePlugin\.)\w+ImagePlugin\.py",
    r"PIL/(Bdf|Pcf)?FontFile\.py|PIL/(Gd|Wal)ImageFile\.py|PIL/(Tar|Container)IO\.py",
    r"PIL/(PSDraw|PdfParser|Image(Draw2|Grab|Morph|Qt|Show|Tk|Win)|_tkinter_finder|report)\.py",
    # Text rendering and Tk. ImageDraw imports ImageFont.py, which works without _imagingft
    r"PIL/_imaging(ft|morph|tk)\..*",
)
_UNUSED: Final = re.compile("|".join(_PATTERNS))


def is_unused(name: str) -> bool:
    """Return whether the installed file of this name, relative to the tree, never runs."""
    return _UNUSED.fullmatch(name) is not None


def unreachable_libraries(tree: Path) -> list[Path]:
    """Return libraries bundled with wheels (``*.libs``) that no module in ``tree`` needs, directly or indirectly."""
    binaries = {path: path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file() and ".so" in path.name}
    needed = {path: dependencies(data).libraries for path, data in binaries.items() if is_elf(data)}
    bundled = {path.name: path for path in needed if path.parent.name.endswith(".libs")}
    reached: set[Path] = set()
    pending = [path for path in needed if path.name not in bundled]
    while pending:
        path = pending.pop()
        if path not in reached:
            reached.add(path)
            pending += [bundled[name] for name in needed[path] if name in bundled]
    return [path for path in bundled.values() if path not in reached]


def prune(tree: Path) -> None:
    """Delete everything that never runs from a directory of installed wheels, and directories left empty."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_file() and is_unused(PurePosixPath(path.relative_to(tree)).as_posix()):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for path in tree.glob("*.dist-info/METADATA"):
        path.write_bytes(path.read_bytes().partition(b"\n\n")[0] + b"\n")  # after the headers comes the README
    for path in unreachable_libraries(tree):
        path.unlink()

"""Says which installed files never run on Lambda. What decodes, encodes or converts an image is never among them."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

from app.formats import FORMATS
from infra.package.elf import is_elf, needs

# Decoders are the part of Pillow that strangers' bytes reach: only those of our formats ship. JPEG imports Mpo.
_CODECS: Final = "|".join(["Mpo", *(format.plugin for format in FORMATS.values() if format.plugin)])

_PATTERNS: Final = (
    # Command lines, tests, types
    r"bin/.*|[^/]+/__main__\.py|.*/tests/.*|.*\.pyi|.*/py\.typed",
    r"charset_normalizer/cli/.*|idna/(cli|codec)\.py|requests/help\.py",
    r"click/(shell_completion|_termui_impl|_winconsole|testing)\.py|flask/testing\.py",
    # Development servers
    r"werkzeug/debug/.*|werkzeug/(_reloader|testapp)\.py",
    r"werkzeug/middleware/(dispatcher|http_proxy|lint|profiler|shared_data)\.py",
    # Extras that are off unless something asks for them
    r"jinja2/(ext|meta|nativetypes|sandbox)\.py|urllib3/contrib/.*/.*|urllib3/contrib/[a-z]+\.py|urllib3/http2/connection\.py",
    # Guesses the charset of text, which we never fetch; there it works without being compiled
    r"charset_normalizer/\w+\.[^/]*\.so",
    # METADATA stays: importlib.metadata.version() reads it, and so does Amazon Inspector's scan of the function.
    r"[^/]+\.dist-info/(?!METADATA$).*",
    rf"PIL/(?!({_CODECS})ImagePlugin\.)\w+ImagePlugin\.py",
    r"PIL/(Bdf|Pcf)?FontFile\.py|PIL/(Gd|Wal)ImageFile\.py|PIL/(Tar|Container)IO\.py",
    r"PIL/(PSDraw|PdfParser|Image(Draw2|Grab|Morph|Qt|Show|Tk|Win)|_tkinter_finder|report)\.py",
    # Text and Tk windows, with the font libraries below; ImageDraw needs ImageFont.py, which does without them
    r"PIL/_imaging(ft|morph|tk)\..*",
)
_UNUSED: Final = re.compile("|".join(_PATTERNS))


def is_unused(name: str) -> bool:
    """Say whether the installed file of this name, relative to the tree, never runs."""
    return _UNUSED.fullmatch(name) is not None


def unneeded_libraries(tree: Path) -> list[Path]:
    """Return the libraries bundled with wheels (``*.libs``) that no module in ``tree`` needs, even through others."""
    binaries = {path: path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file() and ".so" in path.name}
    wanted = {path: needs(data).libraries for path, data in binaries.items() if is_elf(data)}
    bundled = {path.name: path for path in wanted if path.parent.name.endswith(".libs")}
    reached: set[Path] = set()
    ahead = [path for path in wanted if path.name not in bundled]
    while ahead:
        path = ahead.pop()
        if path not in reached:
            reached.add(path)
            ahead += [bundled[name] for name in wanted[path] if name in bundled]
    return [path for path in bundled.values() if path not in reached]


def prune(tree: Path) -> None:
    """Delete from a directory of installed wheels everything that never runs, empty directories too."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_file() and is_unused(PurePosixPath(path.relative_to(tree)).as_posix()):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for path in tree.glob("*.dist-info/METADATA"):
        path.write_bytes(path.read_bytes().partition(b"\n\n")[0] + b"\n")  # the rest is the project's README
    for path in unneeded_libraries(tree):
        path.unlink()

"""Reads the recipes of CONTRIBUTING.md and carries them out on a copy of the project."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parent.parent.parent
_RECIPE: Final = re.compile(r"^### (?P<title>.+?)\n(?P<text>.*?)(?=^### |^## |\Z)", re.DOTALL | re.MULTILINE)
# the first line of a block says where it goes; a comment in Python, YAML or Markdown
_BLOCK: Final = re.compile(
    r"^```\w+\n(?:#|<!--) (?P<path>[\w./-]+)(?:, (?P<place>below|instead of) (?P<line>.+?))?(?: -->)?\n"
    r"(?P<code>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
_ENOUGH_S: Final = 600


class Block(msgspec.Struct, frozen=True):
    """One piece of code: a new file, or lines that go below a line, or in place of it."""

    path: str
    place: str
    line: str
    code: str

    @property
    def lines_of_code(self) -> int:
        """Count the lines but for blank ones and docstrings."""
        lines = [line for line in self.code.splitlines() if line.strip()]
        return len(lines) - sum(_docstring_lines(self.code)) if self.path.endswith(".py") else len(lines)


class Recipe(msgspec.Struct, frozen=True):
    """One recipe: its title, its words, and its blocks in order."""

    title: str
    text: str
    blocks: tuple[Block, ...]

    @property
    def named(self) -> list[str]:
        """Return the paths of the line that begins with ``Files:``."""
        found = re.search(r"^Files: (.*(?:\n.+)*)", self.text, flags=re.MULTILINE)
        return re.findall(r"`([^`]+)`", found[1]) if found else []


class Tree(msgspec.Struct, frozen=True):
    """A copy of the project."""

    root: Path

    def python(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run this Python in the copy, which must succeed."""
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def pytest(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run tests of the copy, which must pass."""
        return self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run this Python in the copy, with no settings but ``variables`` and a storage directory."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MONOLAMBDA_")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**environ, "MONOLAMBDA_STORAGE": str(self.root / "var"), **variables},
            capture_output=True,
            text=True,
            timeout=_ENOUGH_S,
            check=False,
        )


def recipes(text: str | None = None) -> list[Recipe]:
    """Return the recipes of CONTRIBUTING.md, or of ``text``."""
    text = (ROOT / "CONTRIBUTING.md").read_text() if text is None else text
    section = text.partition("\n## Recipes\n")[2]
    return [Recipe(found["title"], found["text"], tuple(_blocks(found["text"]))) for found in _RECIPE.finditer(section)]


def recipe(title: str) -> Recipe:
    """Return one of them."""
    return next(each for each in recipes() if each.title == title)


def apply(recipe: Recipe, root: Path) -> None:
    """Put every block where it says below ``root``; the line it names must be there once."""
    for block in recipe.blocks:
        _put(root / block.path, block)


def _blocks(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        yield Block(found["path"], found["place"] or "", found["line"] or "", found["code"])


def _put(file: Path, block: Block) -> None:
    if not block.place:
        assert not file.exists(), f"{block.path} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.code)
        return
    lines = file.read_text().splitlines(keepends=True)
    places = [number for number, text in enumerate(lines) if text.strip() == block.line]
    assert len(places) == 1, f"{block.path}: expected one line {block.line!r}, found {len(places)}"
    (place,) = places
    kept = lines[: place + 1] if block.place == "below" else lines[:place]
    file.write_text("".join([*kept, block.code, *lines[place + 1 :]]))


def _docstring_lines(code: str) -> Iterator[int]:
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a part of a statement has no docstring
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
            first = node.body[0]
            yield (first.end_lineno or first.lineno) - first.lineno + 1

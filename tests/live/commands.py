"""The commands of the README and of the pages, typed one after another in a shell that remembers its variables."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from tests.support.project_copy import ROOT

_BLOCK: Final = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
# only ends what hangs: some commands build and deploy
_ENOUGH_S: Final = 600


class Command(msgspec.Struct, frozen=True):
    """One command as it is written, and all that the page says before it."""

    text: str
    before: str

    @property
    def program(self) -> str:
        """Return the first word that is no assignment."""
        return next(word for word in self.text.split() if not re.match(r"\w+=", word))


def pages() -> list[str]:
    """Return every page that may tell a reader to type something, by its path in the project."""
    own = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
    return [*own, *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


def commands(page: str) -> list[Command]:
    """Return the commands of a page's ``sh`` blocks in order, without comments."""
    text = (ROOT / page).read_text()
    found = []
    for block in _BLOCK.finditer(text):
        for line in block[1].replace("\\\n", "").splitlines():
            if line.strip() and not line.startswith("#"):
                found.append(Command(line, text[: block.start()] + block[1].partition(line.strip())[0]))
    return found


def example(page: str, begin: str) -> list[str]:
    """Return the lines of the ``text`` block that begins so, up to one that leaves the rest out."""
    blocks = re.findall(r"^```text\n(.*?)^```", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if block.startswith(begin)]
    return [line for line in block.splitlines() if line.strip() not in ("", "...")]


def strict(curl: str) -> str:
    """Return a curl command that is silent, fails on an answer of 400 and above, and does not wait for ever."""
    return re.sub(r"^curl ", "curl --silent --show-error --fail --max-time 20 ", curl)


class Shell:
    """A shell in one directory; what a command assigns is there for the next one."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self.directory = directory
        self._environ = environ
        self._state = directory / ".shell"
        self._state.touch()

    def run(self, text: str) -> str:
        """Run one command and return what it printed; it must succeed, and a curl must not complain either."""
        script = f'. "{self._state}"\nset -a\n{text}\ncode=$?\nexport -p > "{self._state}"\nexit $code'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.directory,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=_ENOUGH_S,
            check=False,
        )
        assert done.returncode == 0, f"{text}: {done.stdout}{done.stderr}"
        assert not (text.startswith("curl ") and done.stderr), f"{text}: {done.stderr}"
        return done.stdout

    def parse(self, text: str) -> None:
        """Check that a shell understands the command, and run nothing."""
        done = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), f"{text}: {done.stderr}"

    def variables(self) -> dict[str, str]:
        """Return the environment that the next command would have."""
        pairs = self.run("env -0").split("\0")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)

"""Every command of the README and of the pages in docs/ works as it is written, from a copy of the project."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image

from bench import cli as bench_cli
from lab import cli as lab_cli
from tests.live.commands import Command, Shell, commands, example, pages, strict
from tests.support.app_server import flask_run, running
from tests.support.origin import Origin, ok
from tests.support.project_copy import ROOT, copy_tracked

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")) and not os.environ.get("CI"),
    reason="the examples are curl commands, whose answers jq takes apart",
)

# what each image that a command leaves behind must be: format, width, height
PROMISED = {
    "out.jpg": ("JPEG", 480, 360),
    "out.webp": ("WEBP", 480, 360),
    "small.webp": ("WEBP", 480, 360),
    "square.jpg": ("JPEG", 200, 200),
    "remote.jpg": ("JPEG", 480, 360),
    "original.jpg": ("JPEG", 1200, 900),
    "big.jpg": ("JPEG", 480, 360),
}
IMAGE = re.compile(r"-o (\S+\.(?:jpg|webp))")
# what some commands must print
PRINTED = {
    "curl localhost:5000/status": '"status":"ok"',
    "curl localhost:5000/healthz": "ok\n",
    "curl localhost:5000/images/ID": '"width":1200',
    "curl localhost:5000/status/JOB": '"status":',
    "curl 'localhost:5000/info?id=ID&colors=1'": '"blurhash":',
    "curl 'localhost:5000/srcset?id=ID&widths=320,640'": "320w",
}
# what some commands must print, as a page shows it: its path, and how the block begins
SHOWN = {"python -m lab simulate --rate 10 100 1000 10000 50000": ("docs/simulate.md", "rate /s")}
# They need an AWS account, or a file of AWS, so they are only parsed. tests/stand runs those of zappa against a local
# AWS, and an `aws` with an endpoint of the lab is run here.
NEEDS_AWS = re.compile(r"(^|[(|] ?)(\w+=\S+ )*(aws|zappa)\b(?!.*--endpoint-url)|//ip-ranges\.amazonaws\.com/")
# They take minutes or do not end, write what the project keeps, or install from the network: their arguments are read,
# and no more.
ONLY_READ: dict[str, Callable[[list[str]], object]] = {
    "python -m lab run": lambda rest: lab_cli.parser(["run"]).parse_args(["run", *rest]),
    "python -m lab report": lambda rest: lab_cli.parser(["report"]).parse_args(["report", *rest]),
    "python -m lab serve --package": lambda rest: lab_cli.parser(["serve"]).parse_args(["serve", "--package", *rest]),
    "python -m lab validate": lambda rest: lab_cli.parser(["validate"]).parse_args(["validate", *rest]),
    "python -m lab tour": lambda rest: lab_cli.parser(["tour"]).parse_args(["tour", *rest]),
    "python -m lab tune": lambda rest: lab_cli.parser(["tune"]).parse_args(["tune", *rest]),
    "python -m bench": bench_cli.parse,
    "pip install -r": lambda rest: [(ROOT / name).read_text() for name in rest],
}
# what only `make setup` installs
NEEDS_SETUP = (
    *("python -m lab serve", "python -m lab invoke", "python -m lab run", "python -m lab simulate"),
    *("python -m lab validate", "python -m lab tune", "python -m lab tour", "python -m lab replay"),
    *("python -m bench", "pytest", "aws"),
)
ENVIRONMENT = ("python", "pip", "zappa", "flask", "pytest", "aws")


class Reader:
    """Somebody who types what a page says: in a fresh copy, with two photos at hand."""

    def __init__(self, directory: Path, photo: bytes, origin: Origin, stack: ExitStack) -> None:
        self.root = copy_tracked(directory / "project")
        (self.root / ".venv").symlink_to(sys.prefix)
        for name in ("photo.jpg", "big.jpg"):
            (self.root / name).write_bytes(photo)
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("MONOLAMBDA_", "VIRTUAL"))}
        self.shell = Shell(self.root, environ)
        self._scratch = directory
        self._origin = origin
        self._stack = stack
        # what stands on the page: what it is here
        self._here: dict[str, str] = {"https://example.com": origin.url("")}

    def type(self, command: Command) -> None:
        """Run the command, or as much of it as can be run here."""
        words = without_comment(command.text)
        if any(words.startswith(start) for start in NEEDS_SETUP):
            assert "make setup" in command.before, f"{words}: say `make setup` first"
        if command.program in ENVIRONMENT:
            assert ". .venv/bin/activate" in command.before, f"{words}: activate the environment first"
        start = next((start for start in ONLY_READ if words.startswith(start)), None)
        if NEEDS_AWS.search(words):
            self.shell.parse(words)
        elif start:
            ONLY_READ[start](shlex.split(words)[len(start.split()) :])
        elif command.program == "make":
            self._make(words)
        elif words.startswith("python -m lab serve"):
            self._serve_lab()
        elif command.program == "pytest":
            self.shell.run(f"{self._one_file(words)} --collect-only")
        else:
            self._run(words)

    def _one_file(self, words: str) -> str:
        """Return the command with one file for a folder, whose files draw pictures as soon as they are imported."""
        (folder,) = (word for word in words.split() if (self.root / word).is_dir())
        smallest = min((self.root / folder).glob("test_*.py"), key=lambda path: path.stat().st_size)
        return words.replace(folder, str(smallest.relative_to(self.root)))

    def _run(self, words: str) -> None:
        if "localhost:5000" in words and "localhost:5000" not in self._here:
            self._serve_app()
        printed = self.shell.run(self._as_here(words))
        assert PRINTED.get(words, "") in printed, f"{words}: {printed}"
        if words in SHOWN:
            assert not_printed(*SHOWN[words], printed) == []
        for name, pattern in (("ID", r'"images":\[\{"id":"(\w+)"'), ("JOB", r'"job":"(\w+)"')):
            found = re.search(pattern, printed)
            if found:
                self._here[name] = found[1]
        for name in IMAGE.findall(words):
            with Image.open(self.root / name) as image:
                image.load()
                assert (image.format, *image.size) == PROMISED[name], words

    def _as_here(self, words: str) -> str:
        for there, here in self._here.items():
            words = re.sub(rf"(?<!\w){re.escape(there)}(?!\w)", here, words)
        return strict(words)

    def _make(self, words: str) -> None:
        printed = self.shell.run(words.replace("make", "make --dry-run", 1))
        assert printed
        if words == "make run":
            self._serve_app()

    def _serve_app(self) -> None:
        """Start the app with the settings that the shell has by now."""
        settings = {name: value for name, value in self.shell.variables().items() if name.startswith("MONOLAMBDA_")}
        settings |= {"MONOLAMBDA_SOURCE_NETWORKS": "127.0.0.0/8"}
        folder = self._scratch / f"server-{len(list(self._scratch.iterdir()))}"
        folder.mkdir()
        server = self._stack.enter_context(running(flask_run, folder, **settings))
        self._here["localhost:5000"] = server.host

    def _serve_lab(self) -> None:
        addresses = self._stack.enter_context(lab(self.root))
        assert list(addresses) == ["app", "live page", "Invoke API"]
        self._here["http://127.0.0.1:8001"] = addresses["Invoke API"]


def without_comment(text: str) -> str:
    return text.partition("  #")[0].strip()


def not_printed(page: str, begin: str, printed: str) -> list[str]:
    """Return the lines of an example that a command did not print."""
    lines = printed.splitlines()
    return [line for line in example(page, begin) if line not in lines]


@contextmanager
def lab(root: Path) -> Iterator[dict[str, str]]:
    """Run ``python -m lab serve`` on free ports until the end, and yield the addresses it prints."""
    command = [sys.executable, "-m", "lab", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(3)]
            yield dict(re.split(r"\s{2,}", line.strip()) for line in lines)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.mark.parametrize("page", [page for page in pages() if commands(page)])
def test_every_command_works(page: str, large_photo: bytes, tmp_path: Path) -> None:
    with Origin() as origin, ExitStack() as stack:
        origin.routes["/photo.jpg"] = ok(large_photo)
        reader = Reader(tmp_path, large_photo, origin, stack)
        for command in commands(page):
            reader.type(command)
        assert len(origin.requests) == sum("https://example.com" in command.text for command in commands(page))


def test_the_readme_and_the_pages_have_commands() -> None:
    assert len([command for command in commands("README.md") if command.program == "curl"]) == 5
    assert len([command for command in commands("docs/routes.md") if command.program == "curl"]) >= 15
    written = [command.text for page in pages() for command in commands(page)]
    assert set(PRINTED) <= set(written)
    assert set(SHOWN) <= {without_comment(text) for text in written}
    assert {name for text in written for name in IMAGE.findall(text)} == set(PROMISED)


EXAMPLES = [
    ("docs/cost.md", "1,000,000 requests", "cost --requests 1e6 --memory 1024 --duration 120"),
    ("docs/cost.md", "lab: --memory", "cost --memory 64 --gateway soap"),
]


@pytest.mark.parametrize(("page", "begin", "arguments"), EXAMPLES, ids=[arguments for *_, arguments in EXAMPLES])
def test_what_a_page_shows_is_what_is_printed(page: str, begin: str, arguments: str) -> None:
    command = [sys.executable, "-m", "lab", *arguments.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert not_printed(page, begin, done.stdout + done.stderr) == []


def test_a_page_that_skips_a_step_is_found(large_photo: bytes, tmp_path: Path) -> None:
    with Origin() as origin, ExitStack() as stack:
        reader = Reader(tmp_path, large_photo, origin, stack)
        with pytest.raises(AssertionError, match="activate the environment first"):
            reader.type(Command("python -m lab cost", "Do this:"))
        with pytest.raises(AssertionError, match="say `make setup` first"):
            reader.type(Command("python -m lab run", ". .venv/bin/activate"))
        with pytest.raises(AssertionError, match="No rule to make target"):
            reader.type(Command("make tea", ""))
        with pytest.raises(AssertionError, match="404"):
            reader.type(Command("curl localhost:5000/nothing", ""))
        with pytest.raises(AssertionError, match="unexpected EOF"):
            reader.type(Command("aws s3 ls $(", ". .venv/bin/activate make setup"))
        with pytest.raises(SystemExit):
            reader.type(Command("python -m lab run --quickly", ". .venv/bin/activate make setup"))

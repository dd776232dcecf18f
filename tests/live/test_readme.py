"""Every command of the README's block is typed as it stands there, against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.support.app_server import ROOT, Server
from tests.support.origin import Origin, ok

pytestmark = pytest.mark.skipif(
    not shutil.which("curl") and not os.environ.get("CI"), reason="the README's examples are curl commands"
)

# what each file that a command leaves behind must be: format, width, height
PROMISED = {
    "out.jpg": ("JPEG", 480, 360),
    "out.webp": ("WEBP", 480, 360),
    "square.jpg": ("JPEG", 200, 200),
    "remote.jpg": ("JPEG", 480, 360),
    "original.jpg": ("JPEG", 1200, 900),
    "big.jpg": ("JPEG", 480, 360),
}


def commands() -> list[str]:
    """Return the commands of the block behind the marker, without their comments."""
    text = (ROOT / "README.md").read_text()
    block = re.search(r"run by tests/live/test_readme\.py -->\n```sh\n(.*?)```", text, flags=re.DOTALL)
    assert block
    return [line for line in block[1].splitlines() if line and not line.startswith("#")]


def typed(command: str, directory: Path) -> str:
    """Run the command as a shell does and return what it printed; it must say nothing of an error."""
    curl = command.replace("curl ", "curl --silent --show-error --fail --max-time 20 ", 1)
    done = subprocess.run(["sh", "-c", curl], cwd=directory, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, ""), f"{command}: {done.stderr}"
    return done.stdout


def test_readme_commands(server: Server, large_photo: bytes, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(large_photo)
    image_id, checked, printed = "", set(), {}
    with Origin() as origin:
        origin.routes["/photo.jpg"] = ok(large_photo)
        for command in commands():
            real = (
                command.replace("localhost:5000", server.host)
                .replace("https://example.com", origin.url(""))
                .replace("ID", image_id)
            )
            printed[command] = typed(real, tmp_path)
            if command.endswith("/upload"):
                image_id = json.loads(printed[command])["images"][0]["id"]
            for name in re.findall(r"-o (\S+\.(?:jpg|webp))", command):
                with Image.open(tmp_path / name) as image:
                    image.load()
                    assert (image.format, *image.size) == PROMISED[name], command
                (tmp_path / name).unlink()
                checked.add(name)
        assert len(origin.requests) == 1
    assert checked == set(PROMISED)
    assert json.loads(printed["curl localhost:5000/status"])["status"] == "ok"
    assert printed["curl localhost:5000/healthz"] == "ok\n"
    assert json.loads(printed["curl localhost:5000/images/ID"])["width"] == 1200


def test_block_is_not_empty() -> None:
    assert len(commands()) >= 10

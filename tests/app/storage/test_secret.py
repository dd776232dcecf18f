from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.storage.secret import local_secret

SCRIPT = """
import sys
from pathlib import Path
from app.storage.secret import local_secret
print("ready", flush=True)
sys.stdin.readline()
print(local_secret(Path(sys.argv[1])))
"""


def test_the_secret_is_generated_once(tmp_path: Path) -> None:
    first = local_secret(tmp_path / "new" / "storage")
    assert len(first) == 64
    assert set(first) <= set("0123456789abcdef")
    assert local_secret(tmp_path / "new" / "storage") == first
    assert local_secret(tmp_path / "other") != first


def test_only_the_owner_can_read_the_secret_and_no_other_file_is_left(tmp_path: Path) -> None:
    local_secret(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_an_existing_secret_is_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("chosen by hand\n")
    assert local_secret(tmp_path) == "chosen by hand"


def test_processes_that_start_together_agree_on_one_secret(tmp_path: Path) -> None:
    for turn in range(3):
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / str(turn))]
        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = {process.communicate(timeout=60)[0].strip() for process in processes}
        assert answers == {(tmp_path / str(turn) / "secret").read_text()}


def test_ids_follow_the_secret(make_container: Callable[..., Any], tmp_path: Path) -> None:
    one = make_container().services.images.identify(b"data")
    assert make_container().services.images.identify(b"data") == one
    assert make_container(storage=str(tmp_path / "other")).services.images.identify(b"data") != one
    assert make_container(secret="given to this one").services.images.identify(b"data") != one


def test_an_empty_secret_file_makes_no_ids(make_container: Callable[..., Any], tmp_path: Path) -> None:
    from app.core.errors import StorageUnavailable

    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "secret").write_text("\n")
    with pytest.raises(StorageUnavailable):
        make_container().services.images.identify(b"data")

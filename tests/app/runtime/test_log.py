from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from app.runtime.log import Log


def lines(level: str, *entries: tuple[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    stream = io.StringIO()
    log = Log(level, stream=stream)
    for at, fields in entries:
        log.write(at, fields)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object() -> None:
    assert lines("info", ("info", {"route": "/a\nb", "ms": {"total": 1.5}, "code": None, "é": "\ud800"})) == [
        {"level": "info", "route": "/a\nb", "ms": {"total": 1.5}, "code": None, "é": "\ud800"}
    ]


def test_values_without_a_json_form_are_written_as_text() -> None:
    assert lines("info", ("info", {"error": ValueError("broken")}))[0]["error"] == "broken"


@pytest.mark.parametrize(("level", "written"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_lines_below_the_level_are_left_out(level: str, written: int) -> None:
    assert len(lines(level, *[(at, {}) for at in ("debug", "info", "warning", "error")])) == written


def test_a_full_disk_below_the_log_fails_no_request() -> None:
    with open("/dev/full", "w") as stream, open(os.devnull, "w") as elsewhere:
        Log("info", stream=stream).write("info", {"event": "a request"})
        with pytest.raises(OSError, match="No space left"):
            stream.flush()
        os.dup2(elsewhere.fileno(), stream.fileno())  # so that it can be closed


def test_a_bug_is_written_with_its_traceback() -> None:
    stream = io.StringIO()
    try:
        raise KeyError("inner words")
    except KeyError as exc:
        Log("error", stream=stream).bug(exc, request_id="r")
    line = json.loads(stream.getvalue())
    assert (line["level"], line["event"], line["request_id"]) == ("error", "bug", "r")
    assert line["trace"].endswith("KeyError: 'inner words'\n")
    assert "test_log.py" in line["trace"]


class Pieces(io.StringIO):
    """Keeps every write apart, as the operating system would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.flushed = 0

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)

    def flush(self) -> None:
        self.flushed = len(self.pieces)


def test_threads_do_not_write_into_each_others_lines() -> None:
    stream = Pieces()
    log = Log("info", stream=stream)
    threads = [threading.Thread(target=log.write, args=("info", {"n": n})) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(piece)["n"] for piece in stream.pieces) == [0, 1, 2, 3]
    assert all(piece.endswith("}\n") for piece in stream.pieces)
    assert stream.flushed == 4


def test_the_default_stream_is_the_current_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Log("info").write("info", {"event": "x"})
    written = capsys.readouterr()
    assert (json.loads(written.err)["event"], written.out) == ("x", "")

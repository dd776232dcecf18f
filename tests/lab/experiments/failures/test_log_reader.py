"""The log streams, by request."""

from __future__ import annotations

from pathlib import Path

from lab.experiments.failures import log_reader

LOG = """START RequestId: one Version: $LATEST
{"level":"debug","event":"begin","request_id":"one","route":"GET /a"}
RequestId: one Error: Runtime exited with error: exit status 3
Runtime.ExitError
END RequestId: one
REPORT RequestId: one\tDuration: 1.00 ms\tBilled Duration: 1 ms\tStatus: error\tError Type: Runtime.ExitError\t
START RequestId: two Version: $LATEST
{"level":"info","event":"request","request_id":"two","route":"GET /b","status":500}
END RequestId: two
REPORT RequestId: two\tDuration: 1.00 ms\tBilled Duration: 1 ms\tInit Duration: 4.00 ms\t
START RequestId: three Version: $LATEST
[ERROR] RuntimeError: no
{"not": "ours"
END RequestId: three
REPORT RequestId: three\tDuration: 1.00 ms\tBilled Duration: 1 ms\t
"""


def test_logs_are_read_by_request(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(LOG)
    requests = log_reader.read(tmp_path)
    assert {key: (each.runs, each.route, each.failures) for key, each in requests.items()} == {
        "one": (1, "GET /a", ("Runtime.ExitError",)),
        "two": (1, "GET /b", ("500",)),
        "three": (1, "", ("raised",)),
    }
    assert log_reader.read(tmp_path, debug=False)["one"].route == ""


def test_a_request_that_ran_in_several_containers_is_one(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "logs" / f"{name}.log").write_text("START RequestId: one Version: $LATEST\n")
    assert log_reader.read(tmp_path)["one"].runs == 3

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measurement.process_tree import tree_use
from tests.support.waiting import wait_until

BUSY = """
import subprocess, sys, threading, time
if sys.argv[1:]:
    child = subprocess.Popen([sys.executable, "-c", open(sys.argv[1]).read()])
held = bytearray(50_000_000)
files = [open("/dev/null") for _ in range(10)]
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
end = time.process_time() + 0.3
while time.process_time() < end:
    pass
time.sleep(60)
"""


def test_the_children_of_a_process_count_with_it(tmp_path: Path) -> None:
    script = tmp_path / "busy.py"
    script.write_text(BUSY)
    with subprocess.Popen([sys.executable, str(script), str(script)]) as process:
        try:
            wait_until(lambda: tree_use(process.pid).cpu_s >= 0.6 and tree_use(process.pid).threads >= 4)
            use = tree_use(process.pid)
            assert use.resident > 100_000_000
            assert use.files >= 2 * (3 + 10)
            (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            alone = tree_use(int(child))
            assert 0.2 <= alone.cpu_s < use.cpu_s
            assert alone.threads < use.threads
        finally:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            subprocess.run(["kill", *children, str(process.pid)], check=False)

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import app.sources.fetcher
from app.config import Limits
from app.sources import Fetcher, check_url, host_allowed
HEAVY = {"requests", "urllib3", "idna", "certifi", "http.cookiejar"}
remote = Fetcher(Limits(), networks=("127.0.0.0/8",))
remote.stats()
host_allowed("http://example.com/", ("example.com",))
print(sorted(HEAVY & set(sys.modules)))
remote.warm()
print(sorted(HEAVY - set(sys.modules)))
remote.close()
"""


def test_requests_is_imported_when_first_needed() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]

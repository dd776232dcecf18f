"""How many files a process may have open."""

from __future__ import annotations

import subprocess
import sys

from tests.support.project_copy import ROOT

RAISE = """
import resource
from serve.open_files import raise_file_limit

most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))
raise_file_limit()
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most))
"""


def test_as_many_as_the_system_allows() -> None:
    done = subprocess.run([sys.executable, "-c", RAISE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr

"""``python -m infra.audit``: looks every pinned package up in a database of known vulnerabilities.

pip-audit does it. Arguments are handed on to it, such as ``--vulnerability-service osv``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
# it has every pin of the others
REQUIREMENTS: Final = ROOT / "requirements-dev.txt"
NOT_AUDITED: Final = 2
# in the last line of pip-audit without a connection: an exception of its HTTP client, or advice after a time
_UNREACHABLE: Final = ("requests.exceptions.", "your network may be blocking")


def main(arguments: Sequence[str], requirements: Path = REQUIREMENTS) -> int:
    """Print what is known; return 1 for a vulnerability, 2 when nothing could be looked up."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "report.json")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--require-hashes"]
        command += ["--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", str(report)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        if not report.exists():
            print(_reason(done.stderr.strip()))
            return NOT_AUDITED
        packages = json.loads(report.read_text())["dependencies"]
    found = [line for package in packages for line in _vulnerabilities(package)]
    print(*found, f"audit: {len(packages)} packages, {len(found)} known vulnerabilities", sep="\n")
    return 1 if found else 0


def _reason(errors: str) -> str:
    """Return why nothing was looked up: the last line of what pip-audit printed, or all of it."""
    last = errors.rpartition("\n")[2]
    if any(text in last for text in _UNREACHABLE):
        return f"audit: the database cannot be reached from here, so nothing was looked up: {last}"
    return f"audit: pip-audit failed, so nothing was looked up:\n{errors}"


def _vulnerabilities(package: dict[str, Any]) -> Iterator[str]:
    for each in package.get("vulns", ()):
        fixed = ", ".join(each["fix_versions"]) or "none yet"
        yield f"{package['name']} {package['version']}: {each['id']}, fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

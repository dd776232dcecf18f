from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.package.build import ROOT
from tests.infra.package.fake_python import PYTHON_3_12, fake_python


def test_check_prints_a_message_for_a_wrong_python_and_succeeds_for_a_right_one(tmp_path: Path) -> None:
    wrong = fake_python(tmp_path / "wrong", PYTHON_3_12)
    command = [sys.executable, "-m", "infra.package", "--check"]
    refused = subprocess.run([*command, "--python", wrong], cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "Python 3.12.1" in refused.stderr
    assert "Traceback" not in refused.stderr
    right = fake_python(tmp_path / "right")
    subprocess.run([*command, "--python", right], cwd=ROOT, check=True)

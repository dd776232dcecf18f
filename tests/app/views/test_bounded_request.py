from __future__ import annotations

import subprocess
import sys

from tests.support.app_server import ROOT

SCRIPT = """
import sys
from werkzeug.test import EnvironBuilder
from app.views.bounded_request import BoundedRequest
print("app.views.form" in sys.modules)
body = {"method": "POST", "data": {"w": "40"}, "content_type": "multipart/form-data"}
print(BoundedRequest(EnvironBuilder(**body).get_environ()).form["w"])
print("app.views.form" in sys.modules)
"""


def test_the_parser_is_imported_with_the_first_form() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "40", "True"]

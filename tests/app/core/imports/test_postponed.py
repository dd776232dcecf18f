"""On Lambda, imports that an image request does not need wait until something uses them, and then work as ever."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from app.core.imports.postponed import POSTPONED, PostponedImports
from tests.support import first_image, later_uses
from tests.support.on_lambda import THIS_TREE, VARIABLES

ROOT = Path(__file__).parents[4]
# a directory in memory, where Linux has one: a disk takes longer to sync the images of all tests than they take
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 512 * 1024 * 1024


def test_a_first_image_loads_what_is_pinned(tmp_path: Path) -> None:
    of_packages, others = first_image.loaded(THIS_TREE, tmp_path)
    assert of_packages == first_image.pinned()
    assert others - first_image.known() == set()


def test_nothing_that_waits_is_pinned() -> None:
    """Before Python 3.13 linecache imports tokenize, and logging linecache."""
    assert {*first_image.pinned(), *first_image.known()} & {*POSTPONED, "subprocess"} == {"tokenize"}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> later_uses.Results:
    return later_uses.results(THIS_TREE, tmp_path_factory.mktemp("later"))


@pytest.mark.parametrize("use", later_uses.USES)
def test_what_waited_works_when_it_is_used(use: str, used: later_uses.Results) -> None:
    assert used.get(use) in ((200, True), (201, True))


def test_a_server_off_lambda_imports_as_ever(tmp_path: Path) -> None:
    script = "import json, sys, wsgi; print(json.dumps('jinja2.environment' in sys.modules))"
    variables = {"MONOLAMBDA_STORAGE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) is True


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory on the path, for modules of the test's own."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_what_fails_is_tried_again(package: Path) -> None:
    (package / "failing_module.py").write_text("import the_missing_one\nvalue = 1\n")
    with PostponedImports(["failing_module"]):
        import failing_module  # type: ignore[import-not-found]
    with pytest.raises(ModuleNotFoundError, match="the_missing_one"):
        _ = failing_module.value
    (package / "the_missing_one.py").write_text("")
    assert failing_module.value == 1


def test_a_name_that_is_not_there_is_said_to_be_missing(package: Path) -> None:
    (package / "small_module.py").write_text("value = 1\n")
    with PostponedImports(["small_module"]):
        import small_module  # type: ignore[import-not-found]
    with pytest.raises(AttributeError, match="'small_module' has no attribute 'other'"):
        _ = small_module.other


def test_importers_get_the_real_thing_once_it_is_there(package: Path) -> None:
    (package / "errors_module.py").write_text("class OursError(Exception):\n    pass\n")
    (package / "importer_module.py").write_text("from errors_module import OursError as Renamed\n")
    with PostponedImports(["errors_module"]):
        import importer_module  # type: ignore[import-not-found]
    assert not isinstance(importer_module.Renamed, type)
    error = importer_module.Renamed()
    import errors_module  # type: ignore[import-not-found]

    assert type(error) is errors_module.OursError
    assert importer_module.Renamed is errors_module.OursError


def test_other_threads_get_the_real_module(package: Path) -> None:
    (package / "shared_module.py").write_text("value = [1]\n")
    code = "from shared_module import value"
    mine: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    with PostponedImports(["shared_module"]), ThreadPoolExecutor(1) as pool:
        exec(code, mine)
        assert type(mine["value"]).__name__ == "NameStandIn"
        pool.submit(exec, code, theirs).result()
    assert theirs["value"] == [1]
    assert mine["value"] is theirs["value"]


def test_the_http_suite_passes_through_the_handler(tmp_path: Path) -> None:
    """Run the tests of views and events in a process that started as Lambda does, where imports wait until then."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.as_on_lambda", "--no-header", "--tb=short"]
    command += ["-o", "tmp_path_retention_policy=none"]
    # an event has its whole body, however slowly a client sent it
    slow = "tests/app/views/test_observe.py::test_what_follows_a_refusal_is_read_for_a_limited_time"
    where = ["tests/app/views", "tests/app/events", f"--deselect={slow}"]
    variables = {**os.environ, **VARIABLES, "MONOLAMBDA_STORAGE": str(tmp_path)}
    # a container has little of it, often 64 MB
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES
    with TemporaryDirectory(dir=MEMORY if in_memory else None) as directory:
        command += [*where, f"--basetemp={directory}/tests"]
        done = subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=600, check=False
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    (waiting,) = re.findall("^waiting: (.*)$", done.stdout, re.MULTILINE)
    assert {"flask.app.cli", "flask.app.Environment", "werkzeug.wrappers.request.FormDataParser"} <= {*waiting.split()}

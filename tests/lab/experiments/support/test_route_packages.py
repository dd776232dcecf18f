"""A zip per route holds only what its route needs."""

from __future__ import annotations

import py_compile
import zipfile
from pathlib import Path

import pytest

from lab.experiments.support import route_packages
from lab.experiments.support.invocations import http_event
from lab.experiments.support.route_packages import BuildTrees, Route


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> BuildTrees:
    """Return a tree of a made-up app whose one route needs only two of its files."""
    directory = tmp_path_factory.mktemp("place")
    python = route_packages.running_python()
    made = BuildTrees(directory=directory, python=python, environment={"STORED": str(directory / "stored")}, level=1)
    tree: Path = made.split
    tree.mkdir()
    (tree / "used.py").write_text("from pathlib import Path\nword = Path(__file__).with_name('word.txt').read_text()\n")
    (tree / "word.txt").write_text("word")
    (tree / "unused.py").write_text("")
    (tree / "later.py").write_text("")
    (tree / "one_route.py").write_text(ROUTE)
    # bytecode without its source, as of wheels; a folder without ``__init__`` is found only if the zip has it
    for name in ("near", "space/far"):
        source = directory / "empty.py"
        source.write_text("")
        py_compile.compile(str(source), str(tree / f"{name}.pyc"), doraise=True)
    return made


ROUTE = """
class Map:
    def iter_rules(self):
        return []

class app:
    url_map = Map()

def handler(event, context):
    import near, os, space.far, used
    if os.path.exists(os.environ["STORED"]):
        import later
    else:
        open(os.environ["STORED"], "w").close()
    return {"statusCode": 500 if event["path"] == "/broken" else 200}
"""


def test_the_zip_of_a_route_holds_the_files_that_serving_it_opens(place: BuildTrees) -> None:
    route = Route(name="one", module="any", events=[http_event("GET", "/")])
    route_packages.package_route(place, route, {})
    with zipfile.ZipFile(place.directory / "one.zip") as archive:
        archive_bytes = archive.read("modules.bin")
        assert sorted(archive.namelist()) == [
            *("later.py", "modules.bin", "one_route.py", "space/far.pyc", "used.py", "word.txt")
        ]
    assert b"near" in archive_bytes


def test_a_route_that_fails_its_examples_is_not_packaged(place: BuildTrees) -> None:
    route = Route(name="broken", module="any", events=[http_event("GET", "/broken")])
    with pytest.raises(Exception, match="does not serve its own route"):
        route_packages.package_route(place, route, {})

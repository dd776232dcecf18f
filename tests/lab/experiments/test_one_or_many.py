"""The quick run of ``one_or_many``: containers are counted, and packages are what they claim to be."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.experiments.tools import route_packages
from lab.experiments.tools.findings import Finding
from lab.experiments.tools.invoking import http_event
from lab.experiments.tools.layouts import MANY, ONE
from lab.experiments.tools.route_packages import Place, Route
from tests.lab.experiments.cells import median, spread

Run = Callable[[str], Finding]


@pytest.mark.parametrize("layout", [ONE, MANY])
def test_a_burst_starts_a_container_for_each_request(finding: Run, layout: str) -> None:
    """They would be fewer with ``new_container_when_busy`` off."""
    found = finding("one_or_many")
    assert median(found, layout, "burst: containers started") == median(found, layout, "burst: requests") == 4


def test_both_got_the_same_traffic(finding: Run) -> None:
    found = finding("one_or_many")
    assert median(found, ONE, "sparse: requests") == median(found, MANY, "sparse: requests")


def test_containers_of_one_function_serve_every_route(finding: Run) -> None:
    """A function for each route cannot start fewer containers than there are routes."""
    found = finding("one_or_many")
    assert median(found, MANY, "functions") == 3
    assert median(found, MANY, "sparse: containers started") >= 3


def test_a_route_s_zip_is_smaller_than_the_whole(finding: Run) -> None:
    found = finding("one_or_many")
    assert spread(found, MANY, "zip").most < median(found, ONE, "zip")


def test_the_record_names_functions(finding: Run) -> None:
    samples = finding("one_or_many").samples
    assert len({sample.function for sample in samples}) == 3
    assert all(sample.container and sample.status == 200 for sample in samples)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return a tree in which only two files of a made-up app are needed for its one route."""
    directory = tmp_path_factory.mktemp("place")
    python = route_packages.running_python()
    made = Place(directory=directory, python=python, environment={}, level=1)
    tree: Path = made.split
    tree.mkdir()
    (tree / "used.py").write_text("from pathlib import Path\nword = Path(__file__).with_name('word.txt').read_text()\n")
    (tree / "word.txt").write_text("word")
    (tree / "unused.py").write_text("")
    (tree / "one_route.py").write_text(ROUTE)
    return made


ROUTE = """
class Map:
    def iter_rules(self):
        return []

class app:
    url_map = Map()

def handler(event, context):
    import used
    return {"statusCode": 500 if event["path"] == "/broken" else 200}
"""


def test_a_route_s_zip_holds_what_serving_it_opens(place: Place) -> None:
    route = Route(name="one", module="any", events=[http_event("GET", "/")])
    packed = route_packages.pack_route(place, route, {})
    with zipfile.ZipFile(place.directory / "one.zip") as archive:
        assert sorted(archive.namelist()) == ["one_route.py", "used.py", "word.txt"]
    assert packed.files == 3


def test_a_route_that_does_not_serve_its_examples_is_not_packed(place: Place) -> None:
    route = Route(name="broken", module="any", events=[http_event("GET", "/broken")])
    with pytest.raises(Exception, match="does not serve what it is for"):
        route_packages.pack_route(place, route, {})

"""The documentation against the code: every setting, option, error and route has its line, and each example works."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest
from flask.testing import FlaskClient
from PIL import ImageOps
from werkzeug.test import TestResponse

from app import create_app, options
from app.container import Container
from app.core import config, errors
from docs import generate
from docs.tables import TABLES, with_tables
from tests.support import drawing, profiles
from tests.support.http_client import put

ROOT = Path(__file__).parent.parent
# a border to trim, an author to keep, a profile to convert
PHOTO = drawing.encoded(
    ImageOps.expand(drawing.photo(620, 460), 10, "white"),
    "JPEG",
    exif=drawing.author("A. Nother"),
    icc_profile=profiles.rgb(),
)
MOVING = drawing.animation("GIF", drawing.moving(), duration=50)
# what an example needs beside it to be seen
FLAT = "width=80&height=20&fit=cover"
STAMPED = "width=320&watermark={id}"
NEEDS = {
    "aspect": "width=320",
    "background": "width=80&height=80&fit=contain",
    "dpr": "width=80",
    "fit": "width=80&height=80",
    "focal": FLAT,
    "gravity": FLAT,
    "progressive": "format=jpeg",
    "upscale": "width=700",
    "lossless": "format=webp",
    "watermark": "width=320",
    "watermark_gravity": STAMPED,
    "watermark_opacity": STAMPED,
    "watermark_scale": STAMPED,
}


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of every table row of a page, by the first code word in it."""
    found = {}
    for line in (ROOT / page).read_text().splitlines():
        name = re.search(r"`([^`]+)`", line)
        if line.startswith("|") and name:
            found[name[1]] = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    return found


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return generate.files()


def test_nothing_generated_is_stale(generated: dict[str, str]) -> None:
    assert generate.stale(generated) == [], "run `make docs`"


def test_all_generated_files_are_listed(generated: dict[str, str]) -> None:
    names = set(generated)
    assert {"README.md", "docs/settings.md", "docs/options.md", "docs/errors.md", "docs/bench.md"} <= names
    assert {"docs/experiments.md", "docs/experiments.html"} <= names
    assert any(name.startswith("docs/charts/bench-") for name in names)
    assert any(name.startswith("docs/charts/lab-") for name in names)


def test_every_table_has_a_page(generated: dict[str, str]) -> None:
    text = "".join(generated.values())
    for name in TABLES:
        assert f"<!-- {name}:begin -->\n|" in text


def test_a_table_that_was_changed_by_hand_is_written_again() -> None:
    page = "# T\n<!-- errors:begin -->\n| by hand |\n<!-- errors:end -->\n"
    assert "| 404 | `not_found` |" in with_tables(page)
    assert "by hand" not in with_tables(page)


@pytest.mark.parametrize("name", config.Settings.__struct_fields__)
def test_setting_has_meaning_default_and_unit(name: str) -> None:
    cells = rows("docs/settings.md")[f"MONOLAMBDA_{name.upper()}"]
    metas = get_type_hints(config.Settings, include_extras=True)[name].__metadata__
    default = getattr(config.Settings(), name)
    assert cells[1]
    assert cells[2] == next((meta.extra["unit"] for meta in metas if meta.extra), "")
    assert isinstance(default, bool | str | tuple) or cells[2], "a number needs its unit"
    again = config.from_environ({f"MONOLAMBDA_{name.upper()}": cells[3].strip("`")} if cells[3] else {})
    assert getattr(again, name) == default


@pytest.mark.parametrize("name", options.TYPES)
def test_option_has_an_example_that_works(client: Callable[..., FlaskClient], name: str) -> None:
    cells = rows("docs/options.md")[name]
    aliases = options.describe(name).aliases
    assert cells[1] == ", ".join(f"`{alias}`" for alias in aliases)
    assert cells[2]
    assert cells[3]
    http = client()
    example = cells[4].strip("`")
    image_id = put(http, MOVING if name in ("page", "frames") else PHOTO)
    if name == "watermark":
        example = f"watermark={image_id}"  # an id that exists
    needed = NEEDS.get(name, "").format(id=image_id)
    answer = http.get(f"/resize?id={image_id}&{needed}&{example.replace('#', '%23')}")
    assert answer.status_code == 200, answer.text
    plain = http.get(f"/resize?id={image_id}&{needed}")
    assert _look(answer) != _look(plain), "an example that changes nothing shows nothing"


def _look(answer: TestResponse) -> tuple[bytes, str | None]:
    return answer.data, answer.headers.get("Content-Disposition")


@pytest.mark.parametrize("leaf", list(errors.leaves()), ids=lambda leaf: leaf.code)
def test_error_has_its_line(leaf: type[errors.ServiceError]) -> None:
    cells = rows("docs/errors.md")[leaf.code]
    assert cells[0] == str(leaf.status)
    assert cells[2] == leaf.title
    assert (cells[3] != "") == (leaf.retry_after is not None)


def test_error_tree_is_drawn_as_it_is() -> None:
    drawn = set(re.findall(r"(\d{3}) (\w+)$", errors.__doc__ or "", flags=re.MULTILINE))
    assert drawn == {(str(leaf.status), leaf.code) for leaf in errors.leaves()}


def path_of(rule: str) -> str:
    """Return a route as the README writes it."""
    return rule.replace("<image_id>", "{id}").replace("<job_id>", "{job}")


ROUTE_TABLES = ["README.md", "docs/routes.md"]


def route_rows(page: str) -> list[str]:
    return re.findall(r"^\| `[A-Z].*$", (ROOT / page).read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("page", ROUTE_TABLES)
def test_every_route_has_its_line(make_container: Callable[..., Container], page: str) -> None:
    for rule in create_app(make_container()).url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        path = path_of(rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert [line for line in route_rows(page) if _tells(line, method, path)], f"{method} {path}"


def _tells(line: str, method: str, path: str) -> bool:
    """Say whether a row names the route, as `GET /x` or as `GET` and `POST /x`."""
    return bool(re.search(rf"`{method}(` and `[A-Z]+)* {re.escape(path)}`", line))


@pytest.mark.parametrize("page", ROUTE_TABLES)
def test_no_line_names_a_route_that_is_not_there(make_container: Callable[..., Container], page: str) -> None:
    known = {path_of(rule.rule) for rule in create_app(make_container()).url_map.iter_rules()}
    listed = {path for line in route_rows(page) for path in re.findall(r"`[A-Z]+ (/[^`]*)`", line)}
    assert listed
    assert listed <= known

"""The documentation against the code: every setting, option, error and route has its line, and each example works."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest
from flask.testing import FlaskClient
from PIL import ImageOps
from werkzeug.test import TestResponse

from app import config, create_app, errors, options
from app.container import Container
from bench.report import generated
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
def generator() -> ModuleType:
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_table_is_stale(generator: ModuleType) -> None:
    pages = list(generator.pages())
    assert {ROOT / "README.md", ROOT / "docs/settings.md", ROOT / "docs/options.md", ROOT / "docs/errors.md"} <= set(
        pages
    )
    for page in pages:
        assert generator.render(page.read_text()) == page.read_text(), f"{page.name}: run make docs"


def test_every_table_has_a_page(generator: ModuleType) -> None:
    text = "".join(page.read_text() for page in generator.pages())
    for name in generator.TABLES:
        assert f"<!-- {name}:begin -->\n|" in text


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


def test_every_route_is_in_the_readme(make_container: Callable[..., Container]) -> None:
    text = (ROOT / "README.md").read_text()
    table = re.findall(r"^\| `[A-Z].*$", text, flags=re.MULTILINE)
    for rule in create_app(make_container()).url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        path = path_of(rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert [line for line in table if _tells(line, method, path)], f"{method} {path}"


def _tells(line: str, method: str, path: str) -> bool:
    """Say whether a row names the route, as `GET /x` or as `GET` and `POST /x`."""
    return bool(re.search(rf"`{method}(` and `[A-Z]+)* {re.escape(path)}`", line))


def test_readme_names_no_route_that_is_not_there(make_container: Callable[..., Container]) -> None:
    known = {path_of(rule.rule) for rule in create_app(make_container()).url_map.iter_rules()}
    told = set(re.findall(r"^\| `[A-Z]+ (/[^`]*)`", (ROOT / "README.md").read_text(), flags=re.MULTILINE))
    assert told
    assert told <= known


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_measured_figures_are_those_the_bench_wrote() -> None:
    assert generated.is_current(), "run `python -m bench readme`"

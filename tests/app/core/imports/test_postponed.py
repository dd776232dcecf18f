"""On Lambda, imports that an image request does not need wait until something uses them, and then work as ever."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.core.imports.postponed import POSTPONED, PostponedImports
from tests.support import drawing

ROOT = Path(__file__).parents[4]
ON_LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "monolambda-dev",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "MONOLAMBDA_SECRET": "s" * 32,
    "MONOLAMBDA_PUBLIC": "true",
    "MONOLAMBDA_LOG_LEVEL": "error",
}
# what a request for an image loads, beside the standard library and the app: a new version of a package that loads
# more makes every cold start longer, so it is looked at before it gets a line here
MODULES = {
    "PIL": "Image ImageFile ImageMode JpegImagePlugin JpegPresets _binary _deprecate _imaging _util _version",
    "apig_wsgi": "compat",
    "blinker": "_utilities base",
    "flask": (
        "app blueprints config ctx globals helpers json json.provider json.tag logging sansio sansio.app "
        "sansio.blueprints sansio.scaffold sessions signals typing wrappers"
    ),
    "markupsafe": "_speedups",
    "msgspec": "_core _utils _version json msgpack structs",
    "werkzeug": (
        "_internal datastructures datastructures.accept datastructures.auth datastructures.cache_control "
        "datastructures.csp datastructures.etag datastructures.file_storage datastructures.headers "
        "datastructures.mixins datastructures.range datastructures.structures exceptions http local routing "
        "routing.converters routing.exceptions routing.map routing.matcher routing.rules sansio sansio.http "
        "sansio.request sansio.response sansio.utils security urls user_agent utils wrappers wrappers.request "
        "wrappers.response wsgi"
    ),
}
LOADED = {*MODULES, *(f"{package}.{name}" for package, names in MODULES.items() for name in names.split())}

# msgspec uses typing_extensions where it is installed; on Lambda it is not
KNOWN = {*sys.stdlib_module_names, "typing_extensions"}

# before Python 3.13 linecache imports it, and logging linecache
ANYWAY = {"tokenize"} if sys.version_info < (3, 13) else set()

START = """
import json, sys
before = set(sys.modules)
import wsgi
from measurement.lambda_context import LambdaContext
from tests.support.http_events import rest

def ask(method, path, **parts):
    answer = wsgi.handler(rest(method, path, **parts), LambdaContext())
    return answer["statusCode"], answer["body"]
"""


def top(module: str) -> str:
    return module.partition(".")[0]


def on_lambda(script: str, tmp_path: Path, *arguments: str) -> Any:
    """Run the script in a new process that takes itself for a container, and return what it prints as JSON."""
    variables = {**ON_LAMBDA, "MONOLAMBDA_STORAGE": str(tmp_path / "storage"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", START + script, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def photo_file(tmp_path: Path) -> str:
    path = tmp_path / "photo.jpg"
    path.write_bytes(drawing.encoded(drawing.photo(160, 120), "JPEG"))
    return str(path)


def test_an_image_request_loads_no_other_module(tmp_path: Path, photo_file: str) -> None:
    script = """
ask("POST", "/resize", query="w=40", body=open(sys.argv[1], "rb").read())
ours = ("app", "tests", "wsgi", "measurement")
print(json.dumps([name for name in set(sys.modules) - before if not name.startswith(ours)]))
"""
    found = set(on_lambda(script, tmp_path, photo_file))
    loaded = {name for name in found if top(name) not in KNOWN}
    assert loaded - LOADED == set()
    assert LOADED - loaded == set()
    assert found & {*POSTPONED, "subprocess"} <= ANYWAY


LATER = {
    "a page": """
status, page = ask("GET", "/")
result = [status, "<form" in page]
""",
    "a multipart form": """
data = open(sys.argv[1], "rb").read()
head = b'--b\\r\\nContent-Disposition: form-data; name="file"; filename="a.jpg"\\r\\n\\r\\n'
body = head + data + b"\\r\\n--b--\\r\\n"
status, _ = ask("POST", "/upload", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
result = [status, True]
""",
    "an error in a template": """
import flask, jinja2
with wsgi.app.app_context():
    try:
        flask.render_template_string("{% if %}")
    except jinja2.TemplateSyntaxError as exc:
        result = [200, isinstance(exc, jinja2.TemplateError)]
""",
    "a template that is not there": """
import flask
from jinja2 import TemplateNotFound
with wsgi.app.app_context():
    try:
        flask.render_template("none.html")
    except TemplateNotFound as exc:
        result = [200, exc.name == "none.html"]
""",
    "a part of a package": """
import jinja2.sandbox
result = [200, jinja2.sandbox.SandboxedEnvironment().from_string("{{ 6 * 7 }}").render() == "42"]
""",
    "a subclass": """
from flask.templating import Environment
class Ours(Environment):
    pass
import flask.templating
result = [200, isinstance(Ours(wsgi.app), flask.templating.Environment)]
""",
    "the test client": """
answer = wsgi.app.test_client().get("/healthz")
result = [answer.status_code, answer.text.strip() == "ok"]
""",
    "a command": """
import click
@wsgi.app.cli.command("greet")
@click.argument("name")
def greet(name):
    click.echo(f"Hello {name}")
done = wsgi.app.test_cli_runner().invoke(args=["greet", "Ada"])
result = [200, done.output == "Hello Ada\\n"]
""",
    "Flask's own session, forged": """
import flask
wsgi.app.secret_key = "for this test only"
wsgi.app.add_url_rule("/session", view_func=lambda: dict(flask.session))
client = wsgi.app.test_client()
client.set_cookie("session", "forged.by.hand")
answer = client.get("/session")
result = [answer.status_code, answer.get_json() == {}]
""",
    "names of EXIF tags": """
from PIL import ExifTags, Image
ask("POST", "/resize", query="w=40", body=open(sys.argv[1], "rb").read())
exif = Image.Exif()
exif[ExifTags.Base.Orientation] = 6
image = Image.new("RGB", (4, 2))
image.getexif().load(exif.tobytes())
result = [200, dict(image.getexif()) == {274: 6} and Image.ExifTags.TAGS[274] == "Orientation"]
""",
    "a TIFF": """
from io import BytesIO
from PIL import Image
out = BytesIO()
Image.open(sys.argv[1]).save(out, "TIFF")
status, _ = ask("POST", "/resize", query="w=40&format=tiff", body=out.getvalue())
result = [status, True]
""",
    "the OpenAPI document": """
status, document = ask("GET", "/openapi.json")
result = [status, json.loads(document)["openapi"].startswith("3.1")]
""",
    "a status in words": """
answer = wsgi.app.response_class("late", "404 Not Here")
result = [200, answer.status_code == 404]
""",
    "a program that Pillow starts": """
ask("POST", "/resize", query="w=40", body=open(sys.argv[1], "rb").read())
from PIL import JpegImagePlugin
done = JpegImagePlugin.subprocess.run([sys.executable, "-c", "print(6 * 7)"], stdout=JpegImagePlugin.subprocess.PIPE)
import subprocess
result = [200, done.stdout == b"42\\n" and isinstance(done, subprocess.CompletedProcess)]
""",
    "eight threads at once": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    answers = list(pool.map(lambda _: ask("GET", "/docs"), range(8)))
result = [answers[0][0], len(set(answers)) == 1]
""",
    "every name that waited": """
import flask.app, werkzeug
from app.core.imports.postponed import NameStandIn
def stand_ins():
    values = [value for module in (flask.app, flask, werkzeug) for value in vars(module).values()]
    return [value for value in values if type(value) is NameStandIn]
waited = stand_ins()
for value in waited:
    value.real()
result = [200, len(waited) > 4 and stand_ins() == []]
""",
}


@pytest.mark.parametrize("use", LATER)
def test_what_waited_works_when_it_is_used(use: str, tmp_path: Path, photo_file: str) -> None:
    script = f"{LATER[use]}\nprint(json.dumps(result))"
    status, is_right = on_lambda(script, tmp_path, photo_file)
    assert status in (200, 201)
    assert is_right


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


def test_the_http_suite_passes_through_the_handler() -> None:
    """Run the tests of views and events in a process that imported the app as Lambda does."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.as_on_lambda", "--no-header", "--tb=short"]
    where = ["tests/app/views", "tests/app/events", "--ignore=tests/app/views/test_fuzz.py"]
    # an event has its whole body, however slowly a client sent it
    where.append("--deselect=tests/app/views/test_observe.py::test_what_follows_a_refusal_is_read_for_a_limited_time")
    done = subprocess.run([*command, *where], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout

"""Uses of what waits at a cold start, each a script that leaves a status and whether all is right in ``result``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tests.support import drawing
from tests.support.on_lambda import Installed

Results = dict[str, tuple[int, bool]]

USES: Final = {
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
document = json.loads(document)
described = [schema["description"] for schema in document["components"]["schemas"].values() if "title" in schema]
result = [status, document["openapi"].startswith("3.1") and len(described) > 20]
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

# Each use has a fork of its own, so that none finds what another one has already replaced.
_RUNNER: Final = """
import json, os, sys
import wsgi
from measurement.lambda_context import LambdaContext
from tests.support.http_events import rest

def ask(method, path, **parts):
    answer = wsgi.handler(rest(method, path, **parts), LambdaContext())
    return answer["statusCode"], answer["body"]

def use(name, script):
    names = dict(globals())
    exec(script, names)
    with open(sys.argv[2], "a") as file:
        file.write(json.dumps([name, names["result"]]) + "\\n")

for name, script in json.load(sys.stdin).items():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    try:
        use(name, script)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    os._exit(0)
"""


def results(installed: Installed, directory: Path) -> Results:
    """Return the status of each use and whether all was right; one that failed is missing, and says why on stderr."""
    photo, found = directory / "photo.jpg", directory / "results"
    photo.write_bytes(drawing.encoded(drawing.photo(160, 120), "JPEG"))
    found.touch()
    installed.run(_RUNNER, str(photo), str(found), storage=directory / "storage", stdin=json.dumps(USES))
    return {name: (status, right) for name, (status, right) in map(json.loads, found.read_text().splitlines())}

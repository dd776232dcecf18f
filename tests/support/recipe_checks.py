"""A check for each recipe; it fails on a project without the recipe."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.recipes import Tree

_CLIENT: Final = """
import json, wsgi
from tests.support import drawing
http = wsgi.app.test_client()
def png(color, size=(40, 30)):
    return drawing.encoded(drawing.opened(drawing.flat(*color)).resize(size), "PNG")
"""

_PPM: Final = """
made = http.post("/resize?format=ppm", data=png((10, 20, 30)))
print(json.dumps([made.status_code, made.mimetype, http.post("/info", data=made.data).json["format"]]))
"""


def output_format(tree: Tree) -> None:
    assert _answer(tree, _PPM) == [200, "image/x-portable-pixmap", "ppm"]


_INVERT: Final = """
print(json.dumps(drawing.opened(http.post("/resize?invert=true", data=png((10, 20, 30))).data).getpixel((5, 5))))
"""


def option(tree: Tree) -> None:
    assert _answer(tree, _INVERT) == [245, 235, 225]


_ERASE: Final = """
from tests.support.use_cases import upload
image_id = upload(wsgi.container)
print(json.dumps([wsgi.handler({"erase": image_id}, None), wsgi.container.services.images.size(image_id)]))
"""


def event_kind(tree: Tree) -> None:
    done = tree.python("-c", _CLIENT + _ERASE)
    assert json.loads(done.stdout) == [{"status": 200}, None]
    assert '"kind":"erasure"' in done.stderr


_STORE: Final = """
image_id = http.post("/upload", data=png((10, 20, 30)), headers={"Accept": "application/json"}).json["images"][0]["id"]
kept = http.get(f"/resize?id={image_id}&width=20").headers["X-Cache"], http.get(f"/images/{image_id}").status_code
print(json.dumps([*kept, http.get("/status", headers={"Accept": "application/json"}).json["storage"]]))
"""


def storage_backend(tree: Tree) -> None:
    variables = {"MONOLAMBDA_STORAGE": "memory://", "MONOLAMBDA_SECRET": "s" * 16}
    assert _answer(tree, _STORE, **variables) == ["miss", 200, {"kind": "memory", "ok": True, "failures": 0}]
    done = tree.pytest("tests/app/storage/test_storage.py", "-k", "memory")
    assert "passed" in done.stdout


_LIMIT: Final = """
answers = [http.post("/resize?width=9", data=png((10, 20, 30), size)) for size in [(100, 10), (10, 101)]]
print(json.dumps([answers[0].status_code, answers[1].json["code"], answers[1].json["detail"]]))
"""


def limit(tree: Tree) -> None:
    found = _answer(tree, _LIMIT, MONOLAMBDA_MAX_SOURCE_SIDE="100")
    assert found == [200, "too_many_pixels", "the source is longer than 100 pixels"]


def log_field(tree: Tree) -> None:
    done = tree.python("-c", f"{_CLIENT}http.get('/healthz'); wsgi.handler({{'warm': 1}}, None)")
    request, event = [json.loads(line) for line in done.stderr.splitlines()]
    assert request.get("media_type") == "text/plain"
    assert "media_type" not in event


def experiment(tree: Tree) -> None:
    tree.python("-m", "lab", "run", "in_turn", "--quick", "--out", "found.json")
    found = json.loads((tree.root / "found.json").read_text())["experiments"]["in_turn"]
    assert found["holds"] is True
    assert found["verdict"] == "5 requests in turn started 1 container(s)."


_FORMATS: Final = """
found = http.get("/formats").get_json(silent=True) or {"read": [], "written": []}
print(json.dumps(["image/bmp" in found["read"], "avif" in found["written"], "bmp" in found["written"]]))
"""


def route(tree: Tree) -> None:
    assert _answer(tree, _FORMATS) == [True, True, False]
    tree.pytest("tests/test_docs.py", "-k", "route")


_SIGN: Final = """
import base64, hashlib, hmac
from app.access import signing
from app.core.errors import SignatureInvalid
def signature(version, digest):
    mac = hmac.digest(b"key", f"{version}\\n/resize\\nid=1&width=20".encode(), digest)
    return "web." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
def accepted(s):
    try:
        return signing.verify({"web": b"key"}, "/resize", [("width", "20"), ("id", "1"), ("s", s)], now=0) is None
    except SignatureInvalid:
        return False
pairs = [("v1", "sha256"), ("v2", "sha512"), ("v2", "sha256"), ("v3", "sha512")]
ours = signing.sign("web", b"key", "/resize", [("id", "1"), ("width", "20")])
print(json.dumps([ours == signature("v2", "sha512"), [accepted(signature(*each)) for each in pairs]]))
"""


def signing_change(tree: Tree) -> None:
    assert _answer(tree, _SIGN) == [True, [True, True, False, False]]


_TRACED: Final = """
print(json.dumps(http.get("/status", headers={"Accept": "application/json"}).json["container"]["traced_mb"]))
"""


def late_import(tree: Tree) -> None:
    assert _answer(tree, _TRACED) == 0
    tree.pytest("tests/app/test_cold_start.py")
    # an import at the top of the module must be noticed
    view = tree.root / "app/views/status.py"
    view.write_text(view.read_text().replace("\nimport sys\n", "\nimport sys\nimport tracemalloc\n"))
    failed = tree.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/app/test_cold_start.py")
    assert failed.returncode == 1
    assert "{'tracemalloc'} == set()" in failed.stdout


def _answer(tree: Tree, script: str, **variables: str) -> Any:
    return json.loads(tree.python("-c", _CLIENT + script, **variables).stdout)


CHECKS: Final[Mapping[str, Callable[[Tree], None]]] = {
    "Add an output format": output_format,
    "Add an option": option,
    "Add an event kind": event_kind,
    "Add a storage backend": storage_backend,
    "Add a limit": limit,
    "Add a log field": log_field,
    "Add an experiment": experiment,
    "Add a route": route,
    "Change how links are signed": signing_change,
    "Add an import that must not cost a cold start": late_import,
}

"""Makes the pictures of /docs with the service itself: ``python -m docs.examples``.

They are static files, so that a stage that answers nothing without a key shows them too.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from flask.testing import FlaskClient
from PIL import Image, ImageDraw

from app import create_app, options
from app.container import Container, open_backends
from app.core import formats
from app.core.config import Platform, Settings
from app.runtime.log import Log
from docs import option_examples

FOLDER: Final = Path(__file__).parent.parent / "app" / "views" / "static" / "examples"
_SIZE: Final = (480, 320)


def scene(at: float = 0.0) -> Image.Image:
    """Return a landscape with a sun left, a house right and a white border; ``at`` is the time of day, 0..1."""
    image = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(image)
    for y in range(10, 210):
        draw.line((10, y, 469, y), fill=(70 + y // 2, 130 + y // 3, 220 - y // 8))
    sun = 70 + 300 * at, 70 - 30 * math.sin(math.pi * at)
    draw.ellipse((sun[0] - 34, sun[1] - 34, sun[0] + 34, sun[1] + 34), fill=(255, 214, 80))
    for x in range(10, 470):
        hill = 190 - 40 * math.sin(x / 75) - 12 * math.sin(x / 23)
        draw.line((x, hill, x, 309), fill=(60 + x // 12, 140 - x // 20, 70))
    draw.rectangle((330, 170, 420, 250), fill=(196, 84, 60))
    draw.polygon([(318, 170), (375, 120), (432, 170)], fill=(90, 50, 45))
    draw.rectangle((365, 205, 390, 250), fill=(60, 40, 40))
    draw.rectangle((342, 188, 360, 206), fill=(250, 240, 170))
    return image


def logo() -> Image.Image:
    """Return a white disk with a dark letter, on nothing."""
    image = Image.new("RGBA", (120, 120))
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, 116, 116), fill=(255, 255, 255, 230))
    draw.line([(30, 88), (30, 36), (60, 70), (90, 36), (90, 88)], fill=(20, 40, 90, 255), width=12)
    return image


def files() -> dict[str, bytes]:
    """Return every picture by its name, and the list of them."""
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(storage=directory, secret=32 * "s", public=True)
        container = Container(
            settings,
            Platform(),
            backends=open_backends(settings, Platform()),
            log=Log("error", stream=io.StringIO()),
        )
        with closing(container):
            return _made(create_app(container).test_client())


def write() -> None:
    """Write every picture, and remove those that are no longer made."""
    FOLDER.mkdir(exist_ok=True)
    made = files()
    for path in FOLDER.iterdir():
        if path.name not in made:
            path.unlink()
    for name, data in made.items():
        (FOLDER / name).write_bytes(data)


def _made(http: FlaskClient) -> dict[str, bytes]:
    ids = {"still": _put(http, scene()), "moving": _put(http, *(scene(step / 3) for step in range(4)))}
    mark = _put(http, logo())
    found: dict[str, bytes] = {}
    listed: dict[str, Any] = {}
    for name in options.TYPES:
        source = ids["moving" if name in ("page", "frames") else "still"]
        queries = [option_examples.query_of(name, without=each) for each in (True, False)]
        pair = [_result(http, source, query.replace("ID", mark)) for query in queries]
        found |= {picture["file"]: data for picture, data in pair}
        listed[name] = {"query": option_examples.query_of(name), "before": pair[0][0], "after": pair[1][0]}
    return found | {"examples.json": (json.dumps(listed, indent=1) + "\n").encode()}


def _put(http: FlaskClient, *frames: Image.Image) -> str:
    data = io.BytesIO()
    kind = "GIF" if len(frames) > 1 else "PNG" if frames[0].mode == "RGBA" else "JPEG"
    more = {"save_all": True, "append_images": frames[1:], "duration": 400, "loop": 0} if len(frames) > 1 else {}
    frames[0].save(data, kind, **more)
    answer = http.post("/upload", data=data.getvalue(), headers={"Content-Type": "application/octet-stream"})
    image_id: str = answer.get_json()["images"][0]["id"]
    return image_id


def _result(http: FlaskClient, image_id: str, query: str) -> tuple[dict[str, Any], bytes]:
    answer = http.get(f"/resize?id={image_id}&{query}")
    data = answer.data
    width, height = Image.open(io.BytesIO(data)).size
    suffix = next(name for name in formats.FORMATS if formats.media_type(name) == answer.mimetype)
    name = f"{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
    return {"file": name, "format": suffix, "width": width, "height": height, "bytes": len(data)}, data


if __name__ == "__main__":
    write()

"""The tuple of steps: one of them reads each option, in the promised order, and only what applies is loaded."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
from PIL import Image

from app import options
from app.imaging import steps
from app.imaging.steps import STEPS
from app.imaging.steps.step import Step
from tests.support import drawing
from tests.support.work import picture, prepared

ROOT = Path(__file__).parents[4]
# Options that no step draws, by the module that reads them.
ELSEWHERE = {
    "app/imaging/output_format.py": {"format", "quality", "lossless", "progressive", "max_bytes", "page", "frames"},
    "app/imaging/pipeline.py": {"metadata"},
    "app/views/resize.py": {"download"},
}
# Files beside the steps: what a step is, what it costs, and the search before the resize.
HELPERS = {"step", "costs", "smart_crop"}
PHOTO = drawing.encoded(drawing.photo(200, 150), "JPEG")


def unclaimed() -> list[str]:
    """Return what is wrong between the options and those who answer for them."""
    claims = Counter(name for step in STEPS for name in ((step.name,) if step.options is None else step.options))
    claims.update(name for names in ELSEWHERE.values() for name in names)
    wrong = [f"no step and no other module reads the option {name}" for name in options.TYPES if name not in claims]
    wrong += [f"two read the option {name}" for name, count in claims.items() if count > 1]
    return wrong + [f"there is no option {name}" for name in claims if name not in options.TYPES]


def test_every_option_is_read_by_one_step_or_one_other_module() -> None:
    assert unclaimed() == []


@pytest.mark.parametrize("module", ELSEWHERE)
def test_the_other_modules_do_read_them(module: str) -> None:
    text = (ROOT / module).read_text()
    assert {name for name in ELSEWHERE[module] if not re.search(rf"options\.{name}\b", text)} == set()


def test_every_file_is_a_step_or_a_helper() -> None:
    found = [module.name for module in iter_modules(steps.__path__)]
    assert sorted(found) == sorted({step.name for step in STEPS} | HELPERS)
    assert len({step.name for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_can_be_drawn(step: Step) -> None:
    module = import_module(f"app.imaging.steps.{step.name}")
    signature = inspect.signature(module.draw, eval_str=True)
    assert list(signature.parameters) == ["image", "plan"]
    assert signature.return_annotation is Image.Image
    assert hasattr(module, "prepare") == step.prepares


def test_the_order_is_the_promised_one() -> None:
    words = [word for step in STEPS for word in ((step.name,) if step.order is None else step.order)]
    assert ", ".join(words) == (
        "EXIF orientation, crop, trim, rotate, flip, flop, resize, brightness, contrast, saturation, grayscale, tint, "
        "pixelate, blur, sharpen, watermark, radius, pad, flatten"
    )


EXAMPLES: dict[str, dict[str, Any]] = {
    "trim": {"trim": 5},
    "rotate": {"rotate": 33},
    "letterbox": {"width": 50, "height": 90, "fit": "contain"},
    "color_adjust": {"tint": "red"},
    "pixelate": {"pixelate": 5},
    "blur": {"blur": 2},
    "sharpen": {"sharpen": 1},
    "watermark": {"watermark": "0" * 32},
    "radius": {"radius": 5},
    "pad": {"pad": 4},
}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_applies_when_its_options_ask_for_it(step: Step) -> None:
    plain, query = prepared(PHOTO), prepared(PHOTO, **EXAMPLES.get(step.name, {}))
    assert step.applies(query.options)
    if step.name in EXAMPLES:
        assert not step.applies(plain.options)
        assert query.cost.cpu_s > plain.cost.cpu_s or step.name in ("letterbox", "watermark")
    else:
        assert step.applies(plain.options)


LOADED = """
import json, sys
from app import imaging
from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.options import parse

data = open(sys.argv[1], "rb").read()
work = imaging.prepare(data, parse(json.loads(sys.argv[2]).items()), Limits())
print(json.dumps(sorted(name for name in sys.modules if name.startswith("PIL"))))
imaging.render(work, data, Deadline.after(60), Stopwatch())
print(json.dumps(sorted(name for name in sys.modules if name.startswith("app.imaging.steps."))))
"""


@pytest.mark.parametrize(
    ("query", "loaded"),
    [({"width": 10}, set()), ({"width": 10, "blur": 2}, {"blur"}), ({"width": 10, "pad": 2}, {"pad"})],
)
def test_only_steps_that_apply_are_loaded(query: dict[str, Any], loaded: set[str], tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    command = [sys.executable, "-c", LOADED, str(tmp_path / "photo.jpg"), json.dumps(query)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    pillow, names = map(json.loads, done.stdout.splitlines())
    assert pillow == [], "nothing is drawn before the cost is known"
    found = {name.rpartition(".")[2] for name in names}
    assert found == {"step", "costs", "resize", "srgb", "flatten"} | loaded


def edge() -> bytes:
    """Return a picture whose transparent half has another color, which must never be seen."""
    image = Image.new("RGBA", (40, 40), (0, 255, 0, 0))
    image.paste((200, 40, 40, 255), (0, 0, 20, 40))
    return drawing.encoded(image, "PNG")


@pytest.mark.parametrize("query", [{"blur": 3}, {"sharpen": 2}, {"pixelate": 7}, {"rotate": 20}, {"width": 23}])
def test_hidden_colors_do_not_bleed(query: dict[str, Any]) -> None:
    got = drawing.array(picture(edge(), **query))
    visible = got[got[..., 3] > 40]
    assert visible[:, 1].max() <= 60, "the green of transparent pixels shows"

"""The tests mirror the app: a module that does something is tested at its own path, or listed here with its tests."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# what is tested together, by the tests that do it
ELSEWHERE = {
    # the header that all readers return
    "tests/app/imaging/headers/test_probe.py": {"app/imaging/headers/__init__.py"},
    # what the encoders are told
    "tests/app/imaging/codecs/test_encode.py": {"app/imaging/codecs/output.py"},
    # figures that mean something only as a sum, which is compared with what was measured
    "tests/app/imaging/cost/test_estimate.py": {
        "app/imaging/cost/encode.py",
        "app/imaging/cost/rates.py",
        "app/imaging/steps/costs.py",
    },
    # the way of one image from bytes to bytes
    "tests/app/imaging/test_pipeline.py": {"app/imaging/draw.py", "app/imaging/work.py"},
    # steps: what all of them are, and what two of them share
    "tests/app/imaging/steps/test_steps.py": {"app/imaging/steps/step.py"},
    "tests/app/imaging/steps/test_letterbox.py": {"app/imaging/steps/canvas.py"},
    "tests/app/imaging/test_icc.py": {"app/imaging/steps/srgb.py"},
    # a part of the start
    "tests/app/test_container.py": {"app/imaging/warm.py"},
    # GET and POST have a file each; the blueprints are put together as the app is
    "tests/app/views/test_resize_get.py": {"app/views/resize.py"},
    "tests/app/test_app.py": {"app/views/__init__.py"},
}
LISTED = {module for modules in ELSEWHERE.values() for module in modules}


def does_something(module: Path) -> bool:
    """Say whether a module has a function or a class with one."""
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse((ROOT / module).read_text())))


def mirrored(module: Path) -> Path:
    name = module.parent.name if module.stem == "__init__" else module.stem
    return Path("tests", module.parent, f"test_{name}.py")


MODULES = [path.relative_to(ROOT) for path in sorted((ROOT / "app").rglob("*.py"))]


@pytest.mark.parametrize("module", [module for module in MODULES if does_something(module)], ids=str)
def test_a_module_has_its_tests(module: Path) -> None:
    assert (ROOT / mirrored(module)).is_file() != (module.as_posix() in LISTED), f"expected {mirrored(module)}"


def test_what_is_listed_is_there() -> None:
    assert sorted(LISTED - {module.as_posix() for module in MODULES}) == []
    assert [tests for tests in ELSEWHERE if not (ROOT / tests).is_file()] == []

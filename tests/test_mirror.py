"""Every module with a function, outside lab and bench, has its tests at the mirrored path, or is listed with them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# modules that are tested in another place, by that place
ELSEWHERE = {
    # the header that every reader returns
    "tests/app/imaging/headers/test_probe.py": {"app/imaging/headers/__init__.py"},
    # what crop cuts away
    "tests/app/imaging/steps/test_crop.py": {"app/imaging/crop_edges.py"},
    # a header in a bitstream
    "tests/app/imaging/headers/test_av1.py": {"app/imaging/headers/av1_sequence.py"},
    # what the encoders are told
    "tests/app/imaging/codecs/test_encode.py": {"app/imaging/codecs/output.py"},
    # numbers, which mean something only in an estimate
    "tests/app/imaging/cost/test_estimate.py": {"app/imaging/cost/rates.py"},
    "tests/app/imaging/cost/test_decode.py": {"app/imaging/cost/frame.py"},
    # one image, from bytes to bytes
    "tests/app/imaging/test_pipeline.py": {"app/imaging/draw.py", "app/imaging/work.py"},
    # the class of the steps
    "tests/app/imaging/steps/test_steps.py": {"app/imaging/steps/step.py"},
    "tests/app/imaging/test_icc.py": {"app/imaging/steps/srgb.py"},
    "tests/app/container/test_container.py": {"app/container/services.py", "app/imaging/warm.py"},
    # GET and POST have a file each
    "tests/app/views/test_resize_get.py": {"app/views/resize.py"},
    "tests/app/test_app.py": {"app/views/__init__.py"},
    # the document is one thing
    "tests/app/openapi/test_openapi.py": {
        "app/openapi/bodies.py",
        "app/openapi/document.py",
        "app/openapi/operations.py",
        "app/openapi/parameters.py",
        "app/openapi/problems.py",
        "app/openapi/responses.py",
        "app/openapi/service.py",
        "app/views/openapi.py",
    },
    "tests/app/views/test_pages.py": {"app/openapi/reference.py"},
    # the server as it is started
    "tests/live/test_serve_start.py": {"serve/__main__.py"},
    # the package as it is built
    "tests/infra/package/test_main.py": {"infra/package/__main__.py"},
    "tests/infra/package/test_assemble.py": {"infra/package/build_step.py"},
    # packages as they start, beside each other
    "tests/bench/cold_start/test_from_package.py": {
        "measurement/bare_inbox.py",
        "measurement/packages.py",
    },
    "tests/bench/cold_start/test_first_request.py": {"measurement/bare_app.py"},
    "tests/lab/experiments/cold_start/test_cold_start.py": {"measurement/zappa_package.py"},
    # every invocation has one
    "tests/app/events/test_events.py": {"measurement/lambda_context.py"},
    # the answer to every error
    "tests/app/core/test_errors.py": {"app/core/problem.py"},
    # what a client gets within each limit, and beyond it
    "tests/serve/test_protocol.py": {"serve/limits.py"},
}
LISTED = {module for modules in ELSEWHERE.values() for module in modules}


def has_function(module: Path) -> bool:
    """Return whether the module defines a function or a method."""
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse((ROOT / module).read_text())))


def mirrored(module: Path) -> Path:
    name = module.parent.name if module.stem == "__init__" else module.stem
    return Path("tests", module.parent, f"test_{name}.py")


TOPS = ("app", "infra", "measurement", "serve")
MODULES = [path.relative_to(ROOT) for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))]


@pytest.mark.parametrize("module", [module for module in MODULES if has_function(module)], ids=str)
def test_a_module_has_tests(module: Path) -> None:
    assert (ROOT / mirrored(module)).is_file() != (module.as_posix() in LISTED), f"expected {mirrored(module)}"


def test_listed_files_exist() -> None:
    assert sorted(LISTED - {module.as_posix() for module in MODULES}) == []
    assert [tests for tests in ELSEWHERE if not (ROOT / tests).is_file()] == []

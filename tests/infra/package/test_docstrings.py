"""What is taken out is every docstring and nothing else."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from app.container import Container
from infra.package.docstrings import without_docstrings
from tests.infra.package.conftest import Files

SOURCE = '''"""About the module,
in two lines."""  # a comment
from __future__ import annotations

CONSTANT = """not a docstring"""


class Shape:
    """Ünïcode, \\""" and more."""

    def area(self) -> str:
        ("in " "parts")  # kept
        return """not
        one"""

    async def later(self) -> None:
        """Only this."""


def line() -> int:
    r"""
    Two.
    """
    "not the first"
    raise ValueError("here")


def short(): "one line"
'''


def test_docstrings_go_and_all_else_stays() -> None:
    found: dict[str, Any] = {}
    exec(compile(without_docstrings(SOURCE.encode()), "module", "exec"), found)
    shape = found["Shape"]
    assert [each.__doc__ for each in (shape, shape.area, shape.later, found["line"], found["short"])] == [None] * 5
    assert found.get("__doc__") is None
    assert found["CONSTANT"] == "not a docstring"
    assert shape().area() == "not\n        one"


def test_those_of_classes_can_be_kept() -> None:
    found: dict[str, Any] = {}
    exec(compile(without_docstrings(SOURCE.encode(), keep_classes=True), "module", "exec"), found)
    shape = found["Shape"]
    assert [each.__doc__ for each in (shape, shape.later, found["line"])] == ['Ünïcode, """ and more.', None, None]


def test_a_traceback_names_the_same_line() -> None:
    found: dict[str, Any] = {}
    exec(compile(without_docstrings(SOURCE.encode()), "module", "exec"), found)
    with pytest.raises(ValueError, match="here") as caught:
        found["line"]()
    assert SOURCE.splitlines()[caught.traceback[-1].lineno] == '    raise ValueError("here")'


@pytest.mark.parametrize("package", ["flask", "jinja2", "PIL"])
def test_real_modules_are_the_same_program(package: str) -> None:
    for path in Path(sysconfig.get_path("purelib"), package).rglob("*.py"):
        source = path.read_bytes()
        kept, expected = ast.parse(without_docstrings(source)), ast.parse(source)
        assert ast.dump(_bare(kept), include_attributes=False) == ast.dump(_bare(expected), include_attributes=False)
        assert _lines(kept) == _lines(expected)


def _bare(tree: ast.Module) -> ast.Module:
    """Take out docstrings and what stands for them in another way than the code under test does."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.value.value is not ...:
                del node.body[0]
    return tree


def _lines(tree: ast.Module) -> list[tuple[str, int]]:
    return [(type(node).__name__, node.lineno) for node in ast.walk(tree) if isinstance(node, ast.stmt)]


def test_the_package_has_no_docstring_of_a_wheel(package_files: Files) -> None:
    import flask.app

    shipped = b"".join(package_files.values())
    assert str(flask.app.Flask.__doc__)[:40].encode() not in shipped
    assert b"'app' is already registered" in shipped or b"register_blueprint" in shipped


def test_bytecode_of_the_app_has_none_of_functions_and_its_sources_have_all(package_files: Files) -> None:
    docstring = str(Container.run_job.__doc__)[:40].encode()
    with_it = {name for name, data in package_files.items() if docstring in data}
    assert with_it == {"app/container/container.py"}

"""Bytecode that Lambda's Python would not use is reported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.package.bytecode import cache_name
from infra.package.interpreters import Interpreter
from tests.infra.package.conftest import AuditChanged, Files

Edit = Callable[[bytes], bytes]


def _write_at(offset: int, new: bytes) -> Edit:
    return lambda data: data[:offset] + new + data[offset + len(new) :]


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        pytest.param(_write_at(4, bytes(4)), "not checked by hash", id="checked by date"),
        pytest.param(_write_at(4, b"\1\0\0\0"), "not checked by hash", id="not checked at all"),
        pytest.param(_write_at(0, b"\0\0\r\n"), "written by another Python", id="another Python"),
        pytest.param(
            lambda data: data.replace(b"/var/task", b"/home/you"), "does not carry its path", id="the builder's path"
        ),
    ],
)
@pytest.mark.parametrize("module", ["wsgi.py", "flask/__init__.pyc"])
def test_bytecode_that_would_not_be_used_is_reported(
    module: str, edit: Edit, problem: str, audit_changed: AuditChanged, package_python: Interpreter
) -> None:
    cached = cache_name(module, package_python.tag) if module.endswith(".py") else module
    problems = audit_changed(lambda files: files.update({cached: edit(files[cached])})).problems
    assert any(problem in each for each in problems), problems


def test_a_source_without_its_bytecode_is_reported(audit_changed: AuditChanged, package_python: Interpreter) -> None:
    def remove(files: Files) -> None:
        del files[cache_name("wsgi.py", package_python.tag)]

    assert any("missing, so every cold start" in each for each in audit_changed(remove).problems)


@pytest.mark.parametrize("name", ["app/gone.pyc", "flask/__pycache__/gone.pyc"])
def test_bytecode_without_its_source_is_reported(name: str, audit_changed: AuditChanged) -> None:
    problems = audit_changed(lambda files: files.update({name: b""})).problems
    assert any("without its source" in each for each in problems)


def test_of_the_wheels_only_bytecode_ships(package_files: Files) -> None:
    assert not [name for name in package_files if name.endswith(".py") and not name.startswith(("app/", "wsgi"))]


def test_a_source_changed_after_compilation_is_reported(audit_changed: AuditChanged) -> None:
    problems = audit_changed(lambda files: files.update({"wsgi.py": b"app = 1"})).problems
    assert any("stale" in each for each in problems)

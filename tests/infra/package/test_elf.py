from __future__ import annotations

from infra.package.elf import dependencies, machine
from tests.support.shared_library import shared_library


def test_needed_libraries_and_symbol_versions_are_read() -> None:
    assert dependencies(shared_library()).libraries == ("libother.so.1",)
    assert dependencies(shared_library(version="GLIBC_2.2.5")).symbol_versions == ("GLIBC_2.2.5",)


def test_the_processor_is_read() -> None:
    assert machine(shared_library()) == "x86_64"
    assert machine(shared_library(machine=183)) == "aarch64"

"""What a requirements file pins, and for which machines."""

from __future__ import annotations

import pytest

from infra.package import pins

TEXT = """
# This file was written by a tool
a==1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r requirements.in
b==2 ; platform_machine == 'x86_64' \\
    --hash=sha256:cc
c==3; platform_machine == 'aarch64'
d==4; sys_platform != 'linux'
e==5 ; python_full_version < '3.12'
f-g==6 ; python_version >= "3.13" and implementation_name == "cpython"  # why
"""


def test_a_pin_has_a_version_a_marker_and_hashes() -> None:
    first, second, *rest = pins.read(TEXT)
    assert (first.name, first.specifier, first.marker) == ("a", "==1", None)
    assert first.line == "a==1 --hash=sha256:aa --hash=sha256:bb"
    assert second.line == "b==2 --hash=sha256:cc"
    assert [pin.line for pin in rest] == ["c==3", "d==4", "e==5", "f-g==6"]


@pytest.mark.parametrize(("architecture", "expected"), [("x86_64", ["a", "b", "f-g"]), ("arm64", ["a", "c", "f-g"])])
def test_markers_are_evaluated_for_lambda_whatever_machine_builds(architecture: str, expected: list[str]) -> None:
    assert [pin.name for pin in pins.for_lambda(TEXT, architecture)] == expected

from __future__ import annotations

import pytest

from infra.package import lambda_runtime


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        ("GLIBC_2.34", False),
        ("GLIBC_2.35", True),
        ("GLIBC_2.4", False),
        ("GLIBC_2.2.5", False),
        ("GLIBCXX_3.4.29", False),
        ("GLIBCXX_3.4.30", True),
        ("LIBTIFF_4.6.1", False),
        ("GLIBC_PRIVATE", False),
    ],
)
def test_symbol_versions_newer_than_the_runtimes_are_missing_there(version: str, lacks: bool) -> None:
    assert lambda_runtime.lacks(version) is lacks


def test_wheel_platforms_end_at_the_runtimes_glibc() -> None:
    tags = lambda_runtime.wheel_platforms()
    assert tags[0] == "manylinux_2_34_x86_64"
    assert {"manylinux_2_17_x86_64", "manylinux2014_x86_64"} <= set(tags)


def test_wheels_for_arm64_are_those_of_aarch64() -> None:
    assert lambda_runtime.wheel_platforms("arm64")[0] == "manylinux_2_34_aarch64"

"""The package, which the function cannot change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.containers.read_only import ReadOnly
from tests.support.lab.fleet_client import MakeFleet


def can_mount(directory: Path) -> bool:
    """Try it as containers do: in a thread, so that the mount namespace ends with it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ReadOnly().protect, directory).result()


def test_the_package_is_read_only_for_the_function_alone(make_fleet: MakeFleet, tmp_path: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("a read-only mount takes root on Linux")
    client = make_fleet()
    assert b"Read-only file system" in client.invoke("write").payload
    assert client.fleet.package_is_read_only
    (client.function.package / "ours").write_text("still writable here")


def test_without_the_trait_the_package_is_writable(make_fleet: MakeFleet) -> None:
    client = make_fleet(read_only=False)
    assert client.value("write") is None
    assert not client.fleet.package_is_read_only

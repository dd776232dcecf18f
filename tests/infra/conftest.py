"""The package is built once and shared with every other directory that imports the same fixtures."""

from tests.support.packaged import (
    package_environ,
    package_python,
    package_zip,
    pytest_terminal_summary,
    unpacked_package,
)

__all__ = ["package_environ", "package_python", "package_zip", "pytest_terminal_summary", "unpacked_package"]

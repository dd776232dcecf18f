"""NOTICE names all third-party work in the package, under the license that it says itself."""

from __future__ import annotations

import re
from email import message_from_string
from pathlib import PurePosixPath

from pi_heif._lib_info import libheif_info

from infra.package import pins
from infra.package.build import ROOT
from tests.infra.package.conftest import Files

NOTICE = (ROOT / "NOTICE").read_text()
ROWS = [[cell.strip() for cell in line.strip("| ").split("|")] for line in NOTICE.splitlines() if line.startswith("|")]
DISTRIBUTIONS = {row[0]: row[1:] for row in ROWS if len(row) == 5 and row[0] not in ("name", "---")}
LIBRARIES = {row[0]: row[1:] for row in ROWS if len(row) == 4 and row[0] not in ("library", "---")}
# What a distribution says that has no license expression.
CLASSIFIERS = {"MIT License": "MIT", "BSD License": "BSD-3-Clause", "Apache Software License": "Apache-2.0"}


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def test_it_names_every_pinned_distribution_and_no_other() -> None:
    pinned = {pin.name: pin.specifier for pin in pins.read((ROOT / "requirements-lambda.txt").read_text())}
    assert {normal(name): f"=={version}" for name, (version, *_) in DISTRIBUTIONS.items()} == pinned


def test_a_distribution_has_the_license_that_it_says(package_files: Files) -> None:
    said = {}
    for name in package_files:
        if name.endswith(".dist-info/METADATA"):
            fields = message_from_string(package_files[name].decode())
            kinds = [each.rpartition(" :: ")[2] for each in fields.get_all("Classifier", []) if "License" in each]
            expression = fields["License-Expression"] or fields["License"]
            said[normal(fields["Name"])] = expression or " OR ".join(CLASSIFIERS[kind] for kind in kinds)
    assert said == {normal(name): license for name, (_, license, *_) in DISTRIBUTIONS.items()}


def test_it_names_every_library_that_wheels_bring(package_files: Files) -> None:
    brought = {PurePosixPath(name).name.partition("-")[0] for name in package_files if ".libs/" in name}
    named = {name for names in LIBRARIES for name in re.findall(r"\blib\w+", names)}
    assert brought <= named
    assert {"libheif", "libde265"} <= brought
    assert all(license and holder and home.startswith("https://") for license, holder, home in LIBRARIES.values())


def test_the_sources_of_what_is_under_the_lgpl_are_those_of_the_versions_that_ship() -> None:
    info = libheif_info()
    for library, version in (("libheif", info["libheif"]), ("libde265", info["decoders"]["libde265"].split()[-1])):
        license, _, home = LIBRARIES[library]
        assert license == "LGPL-3.0-or-later"
        assert home == f"https://github.com/strukturag/{library}/tree/v{version}"


def test_the_package_carries_it(package_files: Files) -> None:
    assert package_files["NOTICE"].decode() == NOTICE

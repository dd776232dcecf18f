"""One name means one thing, and names that were replaced by the field's words do not come back.

Each retired name is here because it is wrong wherever it appears in this project. The new name is what to use instead.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "lab", "bench", "measurement", "infra", "serve")
FOLDERS = (*PACKAGES, "tests")

IDENTIFIERS = {
    "Tools": "Services",
    "Turn": "RequestContext",
    "Asked": "ResizeRequest",
    "Wanted": "RenderSpec",
    "Order": "JobRequest",
    "Aim": "FramePlan",
    "Trip": "FetchDeadline",
    "Wire": "ConnectionContext",
    "Remote": "Fetcher",
    "PatientSocket": "DeadlineSocket",
    "PatientTLSSocket": "DeadlineTLSSocket",
    "Trips": "CurrentFetch",
    "SourceUrl": "Url",
    "dial": "connect_tcp",
    "Again": "RetryLater",
    "RetryMeant": "InvocationFailed",
    "Remembered": "TTLCache",
    "outgrows": "response_limit",
    "believe_present": "check_exists_cached",
    "Desk": "Workbench",
    "Home": "ContainerFiles",
    "Dance": "DeployLifecycle",
    "dance": "deploy_lifecycle",
}
MODULES = {
    "wiring": "container",
    "parts": "models",
    "call": "current_request",
    "turns": "orientation",
    "trip": "fetch_deadline",
    "wire": "connection_context",
    "remote": "fetcher",
    "dial": "tcp",
    "misbehave": "faults",
    "foreign": "decode_errors",
    "choice": "output_format",
    "fitting": "quality_search",
    "packing": "png_compression",
    "tilt": "rotate",
    "others": "commands",
    "colour": "color_mode",
    "colours": "css_colors",
    "tone": "color_adjust",
    "large": "oversize",
    "desk": "workbench",
    "home": "files",
    "dance": "deploy_lifecycle",
    "moves": "sqs_redrive",
    "tiny": "minimal_function",
}


def _sources(folders: Sequence[str] = FOLDERS) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "node_modules" not in path.parts)


def _identifiers(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield place and text of every name that matches; strings and comments are prose, where any word may stand."""
    for path in _sources():
        # few files have such a word at all, and to take one apart takes a hundred times as long
        if not re.search(pattern, path.read_text()):
            continue
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                if token.type == tokenize.NAME and re.search(pattern, token.string):
                    yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string


def test_no_identifier_is_a_retired_name() -> None:
    retired = _identifiers(rf"\b({'|'.join(IDENTIFIERS)})\b")
    assert [f"{place}: {name} is now {IDENTIFIERS[name]}" for place, name in retired] == []


def test_no_module_or_package_has_a_retired_name() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name} is now {MODULES[name]}"
        for path in _sources()
        for name in (*path.relative_to(ROOT).parent.parts, path.stem.removeprefix("test_"))
        if name in MODULES
    ]
    assert found == []


def test_a_class_name_means_one_thing() -> None:
    places = defaultdict(list)
    for path in _sources(PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_identifiers_spell_color_as_pillow_and_css_do() -> None:
    assert [f"{place}: {name}" for place, name in _identifiers("(?i)colour")] == []

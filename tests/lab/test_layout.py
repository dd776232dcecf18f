"""How the lab is put together, read from the code: which folder imports which, and nothing of the app or the bench."""

from __future__ import annotations

import ast
import functools
import statistics
from collections.abc import Iterator
from pathlib import Path

from measurement.stamps import ROOT
from tests.support.imports import imported

# these run in containers, where they may import the app
IN_CONTAINERS = ROOT / "lab" / "experiments" / "functions"
FILES = [
    path
    for folder in ("lab", "measurement")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if IN_CONTAINERS not in path.parents
]

# a file imports only from rows above its own, type-checking imports included: no circle is possible
ROWS = [
    ["measurement"],
    ["lab", "lab.errors", "lab.traits"],
    ["lab.file_checks"],
    ["lab.output_file", "lab.account", "lab.http", "lab.costs", "lab.recorded_traffic"],
    ["lab.containers", "lab.simulate"],
    ["lab.gateway", "lab.invoke_api", "lab.pages"],
    ["lab.local_lambda"],
    ["lab.experiments.support"],
    ["lab.experiments", "lab.report", "lab.validate", "lab.tune", "lab.tour"],
    ["lab.commands"],
    ["lab.cli"],
    ["lab.__main__"],
]
PLACES = {name: row for row, names in enumerate(ROWS) for name in names}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {module_name(path): ast.parse(path.read_text()) for path in FILES}


def part_of(module: str) -> str:
    """Return the entry of the rows that a module belongs to; fail for a new file or folder without one."""
    parts = module.split(".")
    names = [".".join(parts[:size]) for size in range(len(parts), 0, -1)]
    part = next(name for name in names if name in PLACES)
    assert part != "lab" or module == "lab", f"{module} has no place in the rows"
    return part


@functools.cache
def imports(module: str) -> frozenset[str]:
    """Return every module that a module imports, anywhere in it and also for the type checker alone."""
    return frozenset(imported(ast.walk(TREES[module]), TREES))


def test_folders_import_only_from_rows_above() -> None:
    parts = {module: part_of(module) for module in TREES}
    assert [
        f"{module} imports {name}"
        for module, here in parts.items()
        for name in imports(module) & TREES.keys()
        if parts[name] != here and PLACES[parts[name]] >= PLACES[here]
    ] == []


def test_neither_the_app_nor_the_bench_is_imported() -> None:
    assert [
        f"{module} imports {name}"
        for module in TREES
        for name in imports(module)
        if name.partition(".")[0] in {"app", "bench", "wsgi", "tests"}
        or (module.startswith("measurement") and name.partition(".")[0] == "lab")
    ] == []


def test_what_experiments_share_has_several_users() -> None:
    """Code of one experiment alone belongs into its package."""
    shared = "lab.experiments.support."
    imported_by = {name: {other for other in TREES if name in imports(other)} for name in TREES if shared in name}

    def users(module: str) -> set[str]:
        direct = {".".join(name.split(".")[:3]) for name in imported_by[module] if shared not in name}
        return direct.union(*(users(name) for name in imported_by[module] if shared in name))

    # nobody imports a script that runs in a process of its own
    assert [name for name, direct in imported_by.items() if direct and len(users(name)) < 2] == []


def test_files_and_functions_are_short() -> None:
    assert [module_name(path) for path in FILES if len(path.read_text().splitlines()) > 300] == []
    assert [(module, name) for module in TREES for name, length in functions(module) if length > 50] == []


def functions(module: str) -> Iterator[tuple[str, int]]:
    """Yield every function of a module with its number of lines."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_median_function_has_nine_lines_at_most() -> None:
    assert statistics.median(length for module in TREES for _, length in functions(module)) <= 9


def test_the_top_level_has_only_what_all_folders_use() -> None:
    modules = {path.stem for path in (ROOT / "lab").glob("*.py")}
    ours = {"cli", "errors", "file_checks", "local_lambda", "output_file", "recorded_traffic", "traits"}
    assert modules == {"__init__", "__main__", *ours}

"""The architecture, checked by reading the code: who imports whom, who reads the environment, how long things are."""

from __future__ import annotations

import ast
import functools
import statistics
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from tests.support.imports import imported

ROOT = Path(__file__).parent.parent
FILES = [*sorted((ROOT / "app").rglob("*.py")), ROOT / "wsgi.py"]

# a module imports only from rows above its own, or from the left of it in its own row
ROWS = [
    ["app.core"],
    ["app.options", "app.imaging"],
    ["app.runtime", "app.sources", "app.storage", "app.access"],
    ["app.service"],
    ["app.container"],
    ["app.openapi", "app.views", "app.events", "app.cli"],
    ["app", "wsgi"],
]
PLACES = {name: (row, column) for row, names in enumerate(ROWS) for column, name in enumerate(names)}

# who may import which part of the world outside; everybody may import what is not listed
ONLY = {
    "PIL": {"app.imaging"},
    "pi_heif": {"app.imaging"},
    "cykooz_resizer": set(),  # only its native part is loaded, by its path
    "flask": {"app", "app.views"},
    "werkzeug": {"app", "app.views"},
    "apig_wsgi": {"app.events"},
    "requests": {"app.sources"},
    "urllib3": {"app.sources", "app.storage"},  # botocore stands on it
    "socket": {"app.sources"},
    "boto3": {"app.storage", "app.runtime", "app.access"},
    "botocore": {"app.storage", "app.runtime", "app.access"},
}

# what a module may call while it is imported: makers of constants and of types, and frozen values of our own
PURE_CALLS = {
    *("re.compile", "dict.fromkeys", "frozenset", "tuple", "range", "TypeVar", "Meta", "per_pixel"),
    "threading.Lock",  # guards what a process can load only once
    *(
        "Fraction",
        "IPv4Network",
        "IPv6Network",
        "Format",
        "GatewayLimits",
        "Orientation",
        "Rate",
        "Remedy",
        "Step",
    ),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {module_name(path): ast.parse(path.read_text()) for path in FILES}
MODULES = sorted(TREES)


def part_of(module: str) -> str:
    """Return the row entry a module belongs to: ``app.storage.local`` is of ``app.storage``."""
    return module if module in PLACES else ".".join(module.split(".")[:2])


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node but those that only a type checker sees, functions included."""
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            assert isinstance(child, ast.If)
            assert not child.orelse
            continue
        yield child
        yield from at_run_time(child)


@functools.cache
def imports(module: str, *, types: bool = False) -> frozenset[str]:
    """Return what a module imports when it runs, or for its ``types`` too."""
    return frozenset(imported(ast.walk(TREES[module]) if types else at_run_time(TREES[module]), TREES))


def test_every_module_has_a_place_in_the_rows_and_in_the_design() -> None:
    assert [module for module in MODULES if part_of(module) not in PLACES] == []


def test_imports_point_up() -> None:
    assert [
        f"{module} imports {name}"
        for module in MODULES
        for name in imports(module, types=True)
        if name.partition(".")[0] == "app"
        and part_of(name) != part_of(module)
        and not PLACES[part_of(name)] < PLACES[part_of(module)]
    ] == []


# imaging from the bottom up: a module imports only from its own floor and those below, for its types too
FLOORS = [
    ["bands", "native_resampler", "tag_names", "joined_file"],
    ["plugins", "decode_errors", "cielab", "orientation", "resample"],
    ["headers"],
    ["color_mode", "icc", "completeness", "exif_block", "crop_edges"],
    ["codecs"],
    ["rotation", "resize_plan"],
    ["steps"],
    ["fit", "geometry", "output_format"],
    ["cost"],
    ["work"],
    ["draw"],
    ["metadata", "blurhash"],
    ["pipeline"],
    ["info", "appearance", "series", "warm"],
]
FLOOR_OF = {f"app.imaging.{name}": number for number, names in enumerate(FLOORS) for name in names}


def floor_of(module: str) -> int:
    return FLOOR_OF[".".join(module.split(".")[:3])]


def test_imaging_is_built_from_the_bottom_up() -> None:
    """No module of it imports the package that is made of it."""
    assert [
        f"{module} imports {other}"
        for module in MODULES
        for other in imports(module, types=True)
        if module.startswith("app.imaging.")
        and other.startswith("app.imaging")
        and (other == "app.imaging" or floor_of(other) > floor_of(module))
    ] == []


def test_there_are_no_circles() -> None:
    graph = {name: {other for other in imports(name, types=True) if other in TREES} - {name} for name in MODULES}
    TopologicalSorter(graph).prepare()  # raises a CycleError that names the modules of a circle


def test_the_use_cases_get_their_parts_as_arguments() -> None:
    modules = [module for module in MODULES if part_of(module) == "app.service"]
    row_three = {name for module in modules for name in imports(module) if part_of(name) in ROWS[2]}
    assert row_three <= {"app.storage.keys"}, "only the key layout, which is text, may be imported"


DOORS = [module for module in MODULES if part_of(module) in ("app.views", "app.events")]


def test_doors_call_use_cases_and_reach_past_none_of_them() -> None:
    past = []
    for module in DOORS:
        for node in ast.walk(TREES[module]):
            named = str(node.module) if isinstance(node, ast.ImportFrom) else ""
            reached = node.attr if isinstance(node, ast.Attribute) else ""
            if named.startswith(("app.storage", "app.sources")) or reached in ("storage", "fetcher", "admission"):
                past.append((module, named or reached))
    assert past == []


def test_libraries_for_the_outside_world_are_imported_in_one_place() -> None:
    assert [
        f"{module} imports {name}"
        for module in MODULES
        for name in imports(module)
        if part_of(module) not in ONLY.get(name.split(".")[0], {part_of(module)})
    ] == []


def test_imaging_sees_bytes_only() -> None:
    outside = {name.split(".")[0] for module in MODULES if part_of(module) == "app.imaging" for name in imports(module)}
    assert not outside & {"urllib", "http", "socket", "pathlib", "tempfile", "shutil", "subprocess", "os"}


def words_of_os(module: str) -> Iterator[str]:
    """Yield the names that a module imports from another, and those that it uses of ``os``."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield node.attr


def test_the_environment_is_read_in_one_place() -> None:
    words = {"environ", "getenv", "environb", "putenv"}
    assert [module for module in MODULES if not words.isdisjoint(words_of_os(module))] == ["wsgi"]


def is_constant(node: ast.expr | None) -> bool:
    """Say whether the expression makes a value or a type, and nothing that lives."""
    if isinstance(node, ast.Call):
        parts = [*node.args, *[keyword.value for keyword in node.keywords]]
        return ast.unparse(node.func) in PURE_CALLS and all(map(is_constant, parts))
    if isinstance(node, ast.Dict):  # an empty one is there to be filled
        return bool(node.keys) and all(map(is_constant, [key for key in node.keys if key] + node.values))
    if isinstance(node, ast.Tuple):
        return all(map(is_constant, node.elts))
    if isinstance(node, ast.BinOp):
        return is_constant(node.left) and is_constant(node.right)
    if isinstance(node, ast.UnaryOp):
        return is_constant(node.operand)
    if isinstance(node, ast.Starred | ast.Attribute):
        return is_constant(node.value)
    if isinstance(node, ast.Subscript | ast.DictComp | ast.GeneratorExp):
        calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        return all(ast.unparse(call.func) in PURE_CALLS for call in calls)
    return node is None or isinstance(node, ast.Constant | ast.Name | ast.Lambda)


def is_harmless(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
        return True
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return is_constant(statement.value)
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if is_type_checking(statement):
        return True
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)


def test_nothing_lives_at_import() -> None:
    assert [
        f"{module}:{statement.lineno}: {ast.unparse(statement)[:100]}"
        for module in MODULES
        for statement in TREES[module].body
        if module != "wsgi" and not is_harmless(statement)
    ] == []


def test_no_module_writes_a_global() -> None:
    writers = [module for module in MODULES if any(isinstance(node, ast.Global) for node in ast.walk(TREES[module]))]
    assert set(writers) <= {"wsgi"}


FUNCTIONS = [
    (f"{module}.{node.name}", node)
    for module in MODULES
    for node in ast.walk(TREES[module])
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_folder_of_the_app_is_listed_at_a_glance() -> None:
    # a folder that was moved may leave its bytecode behind
    entries = [entry for entry in (ROOT / "app").iterdir() if entry.is_file() or any(entry.glob("*.py"))]
    assert 0 < len(entries) <= 14


def test_files_are_short() -> None:
    assert [module_name(path) for path in FILES if len(path.read_text().splitlines()) > 300] == []


def test_functions_are_short() -> None:
    assert [(name, length(node)) for name, node in FUNCTIONS if length(node) > 50] == []
    assert statistics.median(length(node) for _, node in FUNCTIONS) <= 10


def test_every_module_has_a_docstring() -> None:
    assert [module for module in MODULES if not ast.get_docstring(TREES[module])] == []


def is_leaf_error(node: ast.AST) -> bool:
    """Say whether the class has a title of its own, which says what a docstring would."""
    return isinstance(node, ast.ClassDef) and "title =" in ast.unparse(node)


def test_public_names_have_docstrings() -> None:
    silent = [
        f"{module}.{node.name}"
        for module in MODULES
        for node in TREES[module].body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not (module == "app.core.errors" and is_leaf_error(node))
        and not ast.get_docstring(node)
    ]
    assert silent == []

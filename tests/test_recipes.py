"""Every recipe of CONTRIBUTING.md, carried out on a copy of the project and then tried."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.project_copy import ROOT, copy_tracked
from tests.support.recipe_checks import CHECKS
from tests.support.recipes import Recipe, Tree, apply, recipes

MOST_FILES = 3
MOST_LINES = 3
MOST_LINES_OF_A_NEW_FILE = 40
# neither is code: what a test or a page says beside a change does not count
NOT_CODE = ("tests/", "docs/", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")


def test_every_recipe_is_tried() -> None:
    assert [recipe.title for recipe in recipes()] == list(CHECKS)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a copy of the project without any recipe, which keeps its bytecode for all copies of it."""
    return Tree(copy_tracked(tmp_path_factory.mktemp("without") / "project"))


def _carry_out(these: Iterable[Recipe], without: Tree, root: Path) -> Tree:
    shutil.copytree(without.root, root, ignore=shutil.ignore_patterns("var"))
    for recipe in these:
        apply(recipe, root)
    return Tree(root)


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.title)
class TestRecipe:
    def test_its_check_fails_without_it(self, recipe: Recipe, without: Tree) -> None:
        with pytest.raises(AssertionError):
            CHECKS[recipe.title](without)

    def test_it_works(self, recipe: Recipe, without: Tree, tmp_path: Path) -> None:
        CHECKS[recipe.title](_carry_out([recipe], without, tmp_path / "project"))

    def test_it_names_its_files(self, recipe: Recipe) -> None:
        assert recipe.blocks
        assert recipe.named == list(dict.fromkeys(block.path for block in recipe.blocks))

    def test_it_is_small(self, recipe: Recipe) -> None:
        code = [block for block in recipe.blocks if not block.path.startswith(NOT_CODE)]
        assert len({block.path for block in code}) <= MOST_FILES
        for path in {block.path for block in code}:
            blocks = [block for block in code if block.path == path]
            most = MOST_LINES if all(block.place for block in blocks) else MOST_LINES_OF_A_NEW_FILE
            assert sum(block.lines_of_code for block in blocks) <= most, path

    def test_no_block_is_passed_over(self, recipe: Recipe) -> None:
        assert len(recipe.blocks) == recipe.text.count("\n```") // 2


@pytest.fixture(scope="module")
def all_carried_out(without: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a copy of the project with every recipe carried out."""
    return _carry_out(recipes(), without, tmp_path_factory.mktemp("all") / "project")


def _copy_types(root: Path) -> None:
    """Give a copy of the project what mypy knows of this one, also while `make types` writes to it."""
    for known in (ROOT / ".mypy_cache").rglob("*.db"):
        copied = root / known.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(known)) as source, closing(sqlite3.connect(copied)) as target:
            source.backup(target)


def test_lint_and_types_pass_after_all_of_them(all_carried_out: Tree) -> None:
    _copy_types(all_carried_out.root)
    all_carried_out.python("-m", "ruff", "check", ".")
    all_carried_out.python("-m", "ruff", "format", "--check", ".")
    changed = {block.path for recipe in recipes() for block in recipe.blocks if block.path.endswith(".py")}
    all_carried_out.python("-m", "mypy", *sorted(changed))


def test_layout_and_docs_are_kept_after_all_of_them(all_carried_out: Tree) -> None:
    all_carried_out.python("-m", "docs.generate")
    names = ("test_layout.py", "test_docs.py", "test_pages.py", "app/test_cold_start.py")
    all_carried_out.pytest(*(f"tests/{name}" for name in names))


NEW = """
## Recipes

### Greet

Files: `hello.py`, `docs/hello.md`

```python
# hello.py, instead of GREETING = "bye"
GREETING = "hi"
```

```markdown
<!-- docs/hello.md, below # Hello -->

Well met.
```
"""


def test_a_block_goes_where_it_says(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "hello.py").write_text('A = 1\nGREETING = "bye"\nB = 2\n')
    (tmp_path / "docs" / "hello.md").write_text("# Hello\n\nThere.\n")
    (recipe,) = recipes(NEW)
    apply(recipe, tmp_path)
    assert (tmp_path / "hello.py").read_text() == 'A = 1\nGREETING = "hi"\nB = 2\n'
    assert (tmp_path / "docs" / "hello.md").read_text() == "# Hello\n\nWell met.\n\nThere.\n"


def test_a_line_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("A = 1\n")
    (recipe,) = recipes(NEW)
    with pytest.raises(AssertionError, match=r"hello\.py: expected one line 'GREETING = \"bye\"', found 0"):
        apply(recipe, tmp_path)

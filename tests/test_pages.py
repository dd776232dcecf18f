"""The README and the pages in docs/ as a reader meets them: an index, links that lead somewhere, names that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", *(f"docs/{name}" for name in DOCS)]
FOLDERS = ("app", "bench", "docs", "infra", "lab", "measurement", "serve", "tests")
MOST_LINES = 130
MOST_WORDS_EXPLAINED = 20


def text_of(page: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)


def links(page: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", text_of(page))


def anchors(page: str) -> set[str]:
    """Return the anchors that the headings of a page get on GitHub."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= MOST_LINES


def test_the_readme_says_first_what_was_not_run_and_shows_containers_and_a_page() -> None:
    beginning = (ROOT / "README.md").read_text().partition("\n## ")[0]
    assert "Not yet run on real AWS" in beginning
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", beginning)
    assert [Path(picture).parent.name for picture in pictures] == ["charts", "screenshots"]


def test_every_page_is_in_the_index_once() -> None:
    listed = [link for link in links("docs/README.md") if link.endswith(".md") and "/" not in link]
    assert sorted(listed) == [name for name in DOCS if name != "README.md"]


@pytest.mark.parametrize("name", [name for name in DOCS if name != "README.md"])
def test_every_page_links_back_to_the_index(name: str) -> None:
    assert "](README.md)" in text_of(f"docs/{name}").partition("\n## ")[0]


@pytest.mark.parametrize("name", ["experiments.html", "replay.html"])
def test_a_html_page_links_back_to_the_index_and_is_listed_there(name: str) -> None:
    assert f"]({name})" in text_of("docs/README.md")
    beginning = (ROOT / "docs" / name).read_text().partition("<h2>")[0]
    assert '<a href="README.md">' in beginning


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in links(page):
        target, _, anchor = link.partition("#")
        path = (Path(page).parent / target) if target else Path(page)
        if not link.startswith("https://"):
            assert (ROOT / path).exists(), f"{page}: {link}"
            assert not anchor or anchor in anchors(str(path)), f"{page}: {link}"


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    text = text_of(page).partition("\n## Recipes\n")[0]  # a recipe makes its files
    for name in re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]*|\w+\.py)`", text):
        found = ROOT.glob(name) if "/" in name else (path for top in FOLDERS for path in (ROOT / top).rglob(name))
        assert name == "wsgi.py" or any(found), f"{page}: {name}"


@pytest.mark.parametrize("page", PAGES)
def test_targets_modules_and_tests_that_a_page_names_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    text = text_of(page)
    assert set(re.findall(r"`make ([a-z-]+)[^`]*`", text)) <= targets
    for module in re.findall(r"`python -m ([\w.]+)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), f"{page}: {module}"
    for name in re.findall(r"`pytest ([\w/.]+)", text):
        assert (ROOT / name).exists(), f"{page}: {name}"


def test_the_glossary_is_short() -> None:
    section = text_of("CONTRIBUTING.md").partition("\n## Glossary\n")[2].partition("\n## ")[0]
    words = re.findall(r"^\| (?!word |---)([^|]+) \|", section, flags=re.MULTILINE)
    assert 0 < len(words) <= MOST_WORDS_EXPLAINED

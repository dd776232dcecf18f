"""The HTML page."""

from __future__ import annotations

import re

from markupsafe import escape

from lab.experiments.support.findings import BASES
from lab.report.page import page
from tests.support.lab.findings import findings


def test_the_page_needs_nothing_else_and_escapes_every_word() -> None:
    text = page(findings())
    assert "Everybody says &lt;so&gt;." in text
    assert 'It held &amp; stood. <span class="basis">measured here</span>' in text
    assert all(f"<dt>{escape(basis)}</dt>" in text for basis in BASES)
    assert text.count("<svg") == 3
    assert "<script" not in text
    assert not re.search(r"""src=["']|<link|url\(""", text)
    assert re.findall(r"""<\w+ href=["'](?!#)[^>]*>""", text) == ['<a href="README.md">']
    assert "2 ms (1..9)" in text.replace("2.0", "2")

"""Puts generated text between markers of a written document."""

from __future__ import annotations


def put(text: str, block: str, name: str = "bench") -> str:
    """Return ``text`` with ``block`` between the markers; raise ValueError unless each is there once, in order."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if (text.count(begin), text.count(end)) != (1, 1) or text.index(begin) > text.index(end):
        raise ValueError(f"expected one {begin} and then one {end}")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    return f"{before}{begin}\n{block}\n{end}{after}"

"""Replaces generated text between the markers of a hand-written document."""

from __future__ import annotations


def replace_block(text: str, block: str, name: str) -> str:
    """Return ``text`` with ``block`` between the markers of ``name``.

    Raises ValueError unless the begin marker and the end marker are there once each, in this order.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if (text.count(begin), text.count(end)) != (1, 1) or text.index(begin) > text.index(end):
        raise ValueError(f"expected one {begin} and then one {end}")
    before, _, rest = text.partition(begin)
    after = rest.partition(end)[2]
    return f"{before}{begin}\n{block}\n{end}{after}"

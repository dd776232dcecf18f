"""Writes the reference tables of the pages from the definitions in the code.

A table stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import get_type_hints

from app import options
from app.core import config, errors, formats
from app.core.gateways import GATEWAYS
from app.imaging.steps import STEPS
from lab.commands import arguments
from lab.commands.cost_options import OPTIONS as COST_OPTIONS
from lab.commands.function_options import FUNCTION_OPTIONS
from lab.commands.serve_options import OPTIONS as SERVE_OPTIONS
from lab.commands.simulate_options import OPTIONS as SIMULATE_OPTIONS
from lab.costs import prices
from lab.validate.diff import validation_table
from lab.validate.validation import STORED, read
from measurement.documents import replace_block
from measurement.plain import plain


def settings_table() -> str:
    """Return every environment variable with meaning, unit and default."""
    rows = ["| variable | meaning | unit | default |", "|---|---|---|---|"]
    for name, kind in get_type_hints(config.Settings, include_extras=True).items():
        meaning, unit = config.described(kind)
        default = getattr(config.Settings(), name)
        rows.append(f"| `{config.PREFIX}{name.upper()}` | {meaning} | {unit} | {_default(default)} |")
    return "\n".join(rows)


def options_table() -> str:
    """Return every option of /resize with alias, meaning, expectation and an example that a test runs."""
    rows = ["| option | alias | meaning | expected | example |", "|---|---|---|---|---|"]
    for name in options.TYPES:
        option = options.describe(name)
        aliases = ", ".join(f"`{alias}`" for alias in option.aliases)
        rows.append(f"| `{name}` | {aliases} | {option.meaning} | {option.expected} | `{name}={option.example}` |")
    return "\n".join(rows)


def formats_table() -> str:
    """Return every format with what it can hold, its default quality and the setting that limits its pixels."""
    rows = [
        "| format | media type | written | alpha | animation | lossless | quality | pixels of a result |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, format in formats.FORMATS.items():
        names = ", ".join(f"`{each}`" for each in (name, *format.aliases))
        can = [_yes(trait) for trait in (format.writable, format.alpha, format.animation, format.lossless)]
        limit = f"`{config.PREFIX}{format.pixel_limit.upper()}`" if format.writable else ""
        cells = [names, f"`{format.media_type}`", *can, str(format.quality or ""), limit]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def order_table() -> str:
    """Return the order of the steps; what one row names is done together."""
    rows = ["| | done in this order |", "|---|---|"]
    words = [(step.name,) if step.order is None else step.order for step in STEPS]
    for number, row in enumerate([*filter(None, words), ("encode",)], 1):
        rows.append(f"| {number} | {', '.join(row)} |")
    return "\n".join(rows)


def errors_table() -> str:
    """Return every error code with its status and title."""
    rows = ["| status | code | title | Retry-After |", "|---|---|---|---|"]
    for leaf in sorted(errors.leaves(), key=lambda leaf: (leaf.status, leaf.code)):
        retry = f"{leaf.retry_after} s" if leaf.retry_after else ""
        rows.append(f"| {leaf.status} | `{leaf.code}` | {leaf.title} | {retry} |")
    return "\n".join(rows)


def gateways_table() -> str:
    """Return what each gateway lets through, and how long a request behind it may take."""
    rows = ["| gateway | body of a request | image answered itself | time for a request |", "|---|---|---|---|"]
    for kind, limits in GATEWAYS.items():
        image = min(limits.response_body_bytes, config.Settings().max_response_bytes)
        seconds = f"{limits.seconds:g} s" if limits.seconds else "what is left of the function's timeout"
        rows.append(
            f"| {limits.label} (`{kind}`) | {limits.request_body_bytes:,} bytes | {image:,} bytes | {seconds} |"
        )
    return "\n".join(rows)


def prices_table() -> str:
    """Return every price with its unit, what is free, what it falls to, and the page it is from."""
    rows = ["| price | $ | unit | free a month | cheaper from | source |", "|---|---|---|---|---|---|"]
    for name, price in _prices():
        if isinstance(price, prices.ServerPrice):
            rows.append(f"| `{name}` | {_dollars(price.dollars_hour)} | hour | | | [page]({price.source}) |")
            continue
        steps = ", ".join(f"{_plain(begin)}: {_dollars(dollars)}" for begin, dollars in price.steps)
        free = _plain(price.free) if price.free else ""
        rows.append(
            f"| `{name}` | {_dollars(price.dollars)} | {price.unit} | {free} | {steps} | [page]({price.source}) |"
        )
    return "\n".join(rows)


def arguments_table(given: Sequence[arguments.Option]) -> str:
    """Return every option of a lab command with what it takes."""
    rows = ["| option | meaning | takes | default |", "|---|---|---|---|"]
    for option in given:
        default = "" if option.default is None else f"`{_plain(option.default)}`"
        rows.append(f"| `{option.flag}` | {option.help} | {_taken(option)} | {default} |")
    return "\n".join(rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "options": options_table,
    "order": order_table,
    "formats": formats_table,
    "errors": errors_table,
    "gateways": gateways_table,
    "prices": prices_table,
    "cost-options": partial(arguments_table, COST_OPTIONS),
    "simulate-options": partial(arguments_table, SIMULATE_OPTIONS),
    "serve-options": partial(arguments_table, (*SERVE_OPTIONS, *FUNCTION_OPTIONS)),
    "validation": lambda: validation_table(read(STORED)),
}


def with_tables(text: str) -> str:
    """Return ``text`` with every marked table as the code defines it now."""
    for name, table in TABLES.items():
        if f"<!-- {name}:begin -->" in text:
            text = replace_block(text, table(), name)
    return text


def _prices() -> Iterator[tuple[str, prices.Price | prices.ServerPrice]]:
    for name in prices.Prices.__struct_fields__:
        value = getattr(prices.AWS, name)
        if isinstance(value, prices.Price):
            yield name, value
        elif isinstance(value, Mapping):
            yield from ((f"{name} {key}", price) for key, price in value.items())


def _taken(option: arguments.Option) -> str:
    if isinstance(option, arguments.Choice):
        return ", ".join(f"`{word}`" for word in option.words)
    if isinstance(option, arguments.Name):
        return f"up to {option.longest} of `{option.allowed}`"
    return f"{_plain(option.low)}..{_plain(option.high)}{', several' * option.many}"


def _dollars(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else plain(value)


def _default(value: object) -> str:
    if isinstance(value, tuple):
        value = ",".join(str(part) for part in value)
    if isinstance(value, bool):
        value = str(value).lower()
    return f"`{value}`" if value not in ("", None) else ""

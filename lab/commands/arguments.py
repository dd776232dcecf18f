"""Command-line options that are checked together, so that one run reports every bad value."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from lab.errors import SetupError
from measurement.plain import plain


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """An option that takes a number from ``low`` to ``high``, or several with ``many``."""

    flag: str
    help: str
    default: float | None
    low: float = 0.0
    high: float = 1e15
    whole: bool = False
    many: bool = False

    def value(self, text: str) -> float:
        """Return the number; raise ValueError with the expected values."""
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not self.low <= number <= self.high or (self.whole and not number.is_integer()):
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"expected {kind} from {plain(self.low)} to {plain(self.high)}, received {text!r}")
        return int(number) if self.whole else number

    def described(self) -> str:
        """Return the help text with the default."""
        return self.help if self.default is None else f"{self.help} (default {plain(self.default)})"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """An option that takes one of a few words; the first is the default."""

    flag: str
    help: str
    words: tuple[str, ...]
    many: bool = False

    @property
    def default(self) -> str:
        """Return the first word."""
        return self.words[0]

    def described(self) -> str:
        """Return the help text with the words and the default."""
        return f"{self.help}: {', '.join(self.words)} (default {self.default})"

    def value(self, text: str) -> str:
        """Return the word; raise ValueError with the expected values."""
        if text not in self.words:
            raise ValueError(f"expected {', '.join(self.words)}, received {text!r}")
        return text


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """An option that takes a name of the characters in ``allowed``, a regular expression."""

    flag: str
    help: str
    default: str
    allowed: str
    longest: int
    many: bool = False

    def described(self) -> str:
        """Return the help text with the default."""
        return f"{self.help} (default {self.default})"

    def value(self, text: str) -> str:
        """Return the name; raise ValueError with the expected characters."""
        if len(text) > self.longest or not re.fullmatch(f"{self.allowed}+", text):
            raise ValueError(f"expected 1 to {self.longest} characters of {self.allowed}, received {text!r}")
        return text


Option = Number | Choice | Name


_METAVARS: Final[Mapping[type[Option], str]] = {Number: "N", Choice: "WORD", Name: "NAME"}


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Add the options to a command; their values stay text until ``checked_values``."""
    for option in options:
        parser.add_argument(
            option.flag,
            dest=_name(option),
            nargs="+" if option.many else None,
            metavar=_METAVARS[type(option)],
            help=option.described(),
        )


def checked_values(parsed: argparse.Namespace, options: Sequence[Option]) -> dict[str, Any]:
    """Return every option's value by name, or its default; raise SetupError with a line for each bad value."""
    values: dict[str, Any] = {}
    problems = []
    for option in options:
        given = getattr(parsed, _name(option))
        if given is None:
            values[_name(option)] = [option.default] if option.many else option.default
            continue
        try:
            found = [option.value(text) for text in (given if option.many else [given])]
        except ValueError as exc:
            problems.append(f"{option.flag}: {exc}")
            continue
        values[_name(option)] = found if option.many else found[0]
    if problems:
        raise SetupError("\n".join(problems))
    return values


def given_flags(parsed: argparse.Namespace, options: Iterable[Option]) -> list[str]:
    """Return the flags of the options that the command line has."""
    return [option.flag for option in options if getattr(parsed, _name(option)) is not None]


def _name(option: Option) -> str:
    return option.flag.removeprefix("--").replace("-", "_")

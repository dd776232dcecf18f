"""One probe: what is documented for Lambda, and how to see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec

GUIDE: Final = "https://docs.aws.amazon.com/lambda/latest/dg"
GATEWAY_GUIDE: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
INVOKE: Final = "https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"
LIFECYCLE: Final = f"{GUIDE}/lambda-runtime-environment.html"
QUOTAS: Final = f"{GUIDE}/gettingstarted-limits.html"

_Target = TypeVar("_Target")


class Probe(msgspec.Struct, Generic[_Target], frozen=True, kw_only=True):
    """Sees one trait; ``look`` returns a text that equals ``documented`` when the trait is as AWS documents it.

    The text has no times, names or addresses in it, so that two runs can be compared. ``documented`` is empty where AWS
    publishes nothing. A ``slow`` probe takes minutes. ``look`` raises Undecided.
    """

    trait: str
    documented: str
    source: str
    look: Callable[[_Target], str]
    slow: bool = False

"""Sizes and requests that the API refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from lab.traits import KIB, MIB
from lab.validate.probe import INVOKE, QUOTAS, Probe
from lab.validate.probed_function import ProbeAnswer, ProbedFunction

_SIX_MIB: Final = 6 * MIB
# to either side of what AWS's error messages and pages name
_SYNCHRONOUS: Final = (_SIX_MIB, _SIX_MIB + 1, _SIX_MIB + 100, _SIX_MIB + 101)
_ASYNCHRONOUS: Final = (256 * KIB, 256 * KIB + 1, MIB, MIB + 1)


def _sized(size: int) -> bytes:
    """Return an event of that many bytes."""
    frame = len(json.dumps({"do": "length", "text": ""}))
    return json.dumps({"do": "length", "text": "x" * (size - frame)}).encode()


def _largest(sizes: tuple[int, ...], send: Callable[[int], ProbeAnswer]) -> str:
    """Return the largest size that was accepted, and how the next was refused."""
    accepted = 0
    for size in sizes:
        answer = send(size)
        if answer.refusal:
            return f"up to {accepted:,} bytes, then {answer.status}"
        if answer.function_error:
            return f"up to {accepted:,} bytes, then {answer.error.get('errorType')}"
        accepted = size
    return f"more than {accepted:,} bytes"


def _request(function: ProbedFunction) -> str:
    return _largest(_SYNCHRONOUS, lambda size: function.send(_sized(size)))


def _response(function: ProbedFunction) -> str:
    return _largest(_SYNCHRONOUS, lambda size: function.invoke("answer", bytes=size))


def _asynchronous(function: ProbedFunction) -> str:
    return _largest(_ASYNCHRONOUS, lambda size: function.send(_sized(size), InvocationType="Event"))


def _refusal(answer: ProbeAnswer) -> str:
    return f"{answer.status} {answer.refusal}".rstrip()


PROBES: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(
        trait="payload of a synchronous request",
        documented=f"up to {_SIX_MIB:,} bytes, then 413",
        source=QUOTAS,
        look=_request,
    ),
    Probe(
        trait="payload of a response",
        documented=f"up to {_SIX_MIB + 100:,} bytes, then Function.ResponseSizeTooLarge",
        source=QUOTAS,
        look=_response,
    ),
    Probe(
        trait="an event that is not JSON",
        documented="400 InvalidRequestContentException",
        source=INVOKE,
        look=lambda function: _refusal(function.send(b"{")),
    ),
    Probe(
        trait="a version that does not exist",
        documented="404 ResourceNotFoundException",
        source=INVOKE,
        look=lambda function: _refusal(function.send(b"{}", Qualifier="999999")),
    ),
    Probe(
        trait="an InvocationType that does not exist",
        documented="400",
        source=INVOKE,
        look=lambda function: str(function.send(b'{"do": "state"}', InvocationType="Other").status),
    ),
)
ASYNCHRONOUS: Final[tuple[Probe[ProbedFunction], ...]] = (
    Probe(
        trait="payload of an asynchronous request",
        documented=f"up to {MIB:,} bytes, then 413",
        source=QUOTAS,
        look=_asynchronous,
    ),
)

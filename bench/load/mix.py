"""The mix of requests: uploads, results new and known, descriptions, mistakes, and now and then an attack."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

_HANG_UP: Final = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\n\xff\xd8\xff"
_HEADER: Final = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"
_BODY: Final = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 100_000
_ATTACKS: Final = (
    _HANG_UP,
    _HEADER,
    _BODY,
    b"\x16\x03\x01 no HTTP at all\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
)


class Call(msgspec.Struct, frozen=True):
    """One request and the status it should get; an attack is sent as it is, and may get any answer or none."""

    method: str = "GET"
    path: str = ""
    body: bytes = b""
    status: int = 200
    attack: bytes = b""


class Material(msgspec.Struct, frozen=True):
    """What requests are made of: an image to upload, and the ids of stored ones."""

    image: bytes
    ids: Sequence[str]


Make = Callable[[random.Random, Material], Call]


def _upload(draw: random.Random, material: Material) -> Call:
    # bytes after its end make it another image, with the same work to do
    return Call("POST", "/upload", material.image + draw.randbytes(12), status=201)


def _new(draw: random.Random, material: Material) -> Call:
    options = (
        f"width={draw.randrange(80, 640)}&quality={draw.randrange(50, 95)}&sharpen={draw.randrange(10, 1000) / 100}"
    )
    return Call(path=f"/resize?id={draw.choice(material.ids)}&{options}")


def _known(draw: random.Random, material: Material) -> Call:
    return Call(path=f"/resize?id={draw.choice(material.ids)}&width=320")


def _info(draw: random.Random, material: Material) -> Call:
    return Call(path=f"/info?id={draw.choice(material.ids)}")


def _mistake(draw: random.Random, material: Material) -> Call:
    return draw.choice(
        (
            Call(path=f"/resize?id={draw.choice(material.ids)}&width=wide", status=400),
            Call(path=f"/images/{draw.randbytes(16).hex()}", status=404),
            Call("PUT", "/resize", status=405),
            Call("POST", "/upload", b"no image", status=415),
            Call("POST", "/upload", material.image[: len(material.image) // 2], status=422),
        )
    )


def _attack(draw: random.Random, material: Material) -> Call:
    return Call(attack=draw.choice(_ATTACKS))


# the share of each kind, in percent
MIX: Final[Mapping[str, tuple[int, Make]]] = {
    "upload": (10, _upload),
    "new result": (25, _new),
    "known result": (40, _known),
    "info": (15, _info),
    "mistake": (9, _mistake),
    "attack": (1, _attack),
}


def calls(draw: random.Random, material: Material, count: int) -> Sequence[Call]:
    """Return so many requests of the mix."""
    makes = [make for _, make in MIX.values()]
    return [make(draw, material) for make in draw.choices(makes, [share for share, _ in MIX.values()], k=count)]

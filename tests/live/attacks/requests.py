"""The hostile requests. Each stands for a part of a request that somebody parses before it has been admitted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from tests.live.attacks import images

JSON = ("Content-Type", "application/json")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=B")
ABSENT = "0" * 32
MB = 1_000_000


class Attack(msgspec.Struct, frozen=True):
    """One request; ``headers`` come beside Host and Content-Length."""

    name: str
    method: str = "GET"
    path: str = "/info"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def _repeated(text: str, size: int, *, start: str = "", end: str = "") -> bytes:
    return (start + text * (size // len(text)) + end).encode()


def _json_bodies() -> Iterator[tuple[str, bytes]]:
    for size in (10 * MB, 60_000):
        yield f"pairs {size}", _repeated('"v":1,', size, start="{", end='"v":1}')
        yield f"names {size}", ("{" + ",".join(f'"n{i}":1' for i in range(size // 10)) + "}").encode()
        yield f"one name {size}", json.dumps({"n" * size: 1}).encode()
        yield f"one value {size}", json.dumps({"width": "9" * size}).encode()
        yield f"one url {size}", json.dumps({"url": "http://" + "ü" * (size // 6)}).encode()
        yield f"lists {size}", _repeated("[],", size, start='{"a":[', end="[]]}")
        yield f"objects {size}", _repeated('{"a":{}},', size, start='{"a":[', end="{}]}")
        yield f"depth {size}", _repeated('{"a":', size)
        yield f"digits {size}", _repeated("9", size, start='{"width":', end="}")
    yield "long names", json.dumps({"width" + "h" * 550 + str(i): 1 for i in range(100)}).encode()
    yield "near names", json.dumps({f"widt{i}": 1 for i in range(100)}).encode()
    yield "surrogates", b'{"\\ud800": "\\udfff", "id": "\\ud800", "exif": "\\ud800"}'


def _forms() -> Iterator[tuple[str, bytes]]:
    part = b'--B\r\nContent-Disposition: form-data; name="a"'
    end = b"\r\n\r\nx\r\n"
    yield "one header", part + b'; x="' + b"a" * 10 * MB + b'"' + end
    yield "headers", (part + b"; a=b" * 10_000 + end) * 100
    yield "headers at the bound", (part + b"; a=b" * 380 + end) * 32
    yield "short headers at the bound", (part + b"; a=b" * 110 + end) * 100
    yield "header lines", (part + b"\r\nX: y" * 300 + end) * 100
    yield "continuations", part + b"\r\n " * 3 * MB + end
    yield "parts", (part + end) * 100_000
    yield "files", (part + b'; filename="f"' + end) * 1000
    yield "one field", part + b"\r\n\r\n" + b"x" * 10 * MB + b"\r\n--B--"
    yield "field names", b"".join(part[:-2] + b"%d" % i + b'"' + end for i in range(100)) + b"--B--"
    yield "preamble", b"\r\n" * 5 * MB
    yield "boundaries that are none", part + b"\r\n\r\n" + b"\r\n--B" * 2 * MB
    yield "blanks after boundaries", part + b"\r\n\r\n" + (b"\r\n--B" + b" " * 60_000) * 160
    yield "no end", part + b"\r\n\r\n" + b"\r" * 10 * MB


HEADERS = {
    "Accept of blanks": ("Accept", "a/b" + " " * 8000 + "c"),
    "Accept of blanks at the bound": ("Accept", "a/b" + " " * 1020 + "c"),
    "Accept of ranges at the bound": ("Accept", ",".join(["a/b" + " " * 12 + "c"] * 64)),
    "Accept of tabs": ("Accept", "a/b;" + "\t" * 8000 + "x"),
    "Accept of ranges": ("Accept", "a/b;q=0.1," * 800),
    "Accept of parameters": ("Accept", "a/b" + ";a=b" * 2000),
    "Accept of quotes": ("Accept", 'a/b;a="' + '\\"' * 4000),
    "If-None-Match of quotes": ("If-None-Match", '",x' * 2600),
    "If-None-Match of tags": ("If-None-Match", '"a",' * 2000),
    "If-None-Match of blanks": ("If-None-Match", " " * 8000 + "x"),
    "If-Range of blanks": ("If-Range", "Mon, 01 Jan" + " " * 8000),
    "If-Modified-Since of commas": ("If-Modified-Since", "Mon, " * 1600),
    "Range of ranges": ("Range", "bytes=" + "0-1," * 2000),
    "Range of digits": ("Range", "bytes=0-" + "9" * 8000),
    "Prefer of commas": ("Prefer", "," * 8000),
    "cookies": ("Cookie", "a=b; " * 1600),
    "cookies of quotes": ("Cookie", 'monolambda="' + "\\\\" * 3900),
    "cookies of blanks": ("Cookie", "a" + " " * 7900 + "=b"),
    "Content-Type of parameters": ("Content-Type", "multipart/form-data" + ";a=b" * 2000),
    "Content-Type with a long boundary": ("Content-Type", "multipart/form-data; boundary=" + "(" * 8000),
    "Content-Type of continuations": ("Content-Type", "multipart/form-data" + "".join(f";a*{i}=b" for i in range(900))),
    "Transfer-Encoding of commas": ("X-Transfer-Encoding", "," * 8000),
    "X-Forwarded-For of hops": ("X-Forwarded-For", "10.0.0.1," * 800),
    "Authorization": ("Authorization", "Bearer " + "\xff" * 8000),
    "Origin": ("Origin", "http://" + ":" * 8000),
}

QUERIES = {
    "pairs": "a&" * 2000,
    "unknown names": "&".join(f"widt{i}=1" for i in range(100)),
    "one name": "w" * 4000 + "=1",
    "percent": "width=" + "%39" * 1300,
    "crop of commas": f"id={ABSENT}&crop=" + "1," * 1900,
    "url of dots": "url=http://" + "." * 3900,
    "url of one label": "url=http://" + "%C3%BC" * 600,
    "url of brackets": "url=http://[" + ":" * 3900,
    "url of at signs": "url=http://" + "@" * 3900,
    "url of percent signs": "url=http://a/" + "%25" * 1300,
    "background of digits": f"id={ABSENT}&background=" + "0" * 3900,
    "expires": f"id={ABSENT}&expires=" + "9" * 3900,
    "signature": f"id={ABSENT}&s=" + "a." * 1900,
}

PATHS = {
    "slashes": "/" * 1900 + "x",
    "segments": "/a" * 1000,
    "id": "/images/" + "a" * 1900,
    "static": "/static/" + "../" * 600,
    "percent": "/%2e%2e%2f" * 190,
}

ATTACKS = [
    *(Attack(f"JSON: {name}", "POST", headers=(JSON,), body=body) for name, body in _json_bodies()),
    *(Attack(f"form: {name}", "POST", headers=(MULTIPART,), body=body) for name, body in _forms()),
    *(Attack(f"header: {name}", query="nothing=1", headers=(header,)) for name, header in HEADERS.items()),
    *(Attack(f"query: {name}", query=query) for name, query in QUERIES.items()),
    *(Attack(f"path: {name}", path=path) for name, path in PATHS.items()),
    Attack("headers: many", query="nothing=1", headers=tuple((f"X-{i}", "x") for i in range(99))),
    Attack("headers: long", query="nothing=1", headers=tuple((f"X-{i}", "x" * 8000) for i in range(90))),
    Attack(
        "form: urlencoded",
        "POST",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=b"a=b&" * 2_500_000,
    ),
    Attack(
        "sign in: pairs",
        "POST",
        path="/login",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=b"a&" * 32_768,
    ),
    *(
        Attack(f"image: {name}", "POST", headers=(("Content-Type", "image/jpeg"),), body=body)
        for name, body in images.attacks()
    ),
    Attack("image: words", "POST", headers=(("Content-Type", "image/jpeg"),), body=b"a" * 10 * MB),
]

# what servers refuse themselves, and an event may hold all the same
EVENTS_ONLY = [
    Attack("query: many pairs", query="&".join(f"a{i}=1" for i in range(100_000))),
    Attack("query: long", query="width=" + "9" * 5 * MB),
    Attack("path: long", path="/" + "a/" * 2 * MB),
    Attack("headers: too many", query="nothing=1", headers=tuple((f"X-{i}", "x") for i in range(100_000))),
    Attack("header: too long", query="nothing=1", headers=(("Accept", "a/b" + " " * 5 * MB),)),
    *(
        Attack(f"header: 60,000 of {name}", query="nothing=1", headers=((header[0], (header[1] * 8)[:60_000]),))
        for name, header in HEADERS.items()
    ),
    Attack("header: 60,000 blanks", query="nothing=1", headers=(("Accept", "a/b" + " " * 60_000 + "c"),)),
]

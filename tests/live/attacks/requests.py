"""The hostile requests. Each stands for a part of a request that somebody parses before it has been admitted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from tests.live.attacks import images

JSON = ("Content-Type", "application/json")
MULTIPART = ("Content-Type", "multipart/form-data; boundary=B")
ABSENT = "0" * 32
MB = 1_000_000


class Attack(msgspec.Struct, frozen=True):
    """One request, and how it may be answered; ``headers`` come beside Host and Content-Length.

    The body is made when it is sent: together they have hundreds of megabytes.
    """

    name: str
    statuses: tuple[int, ...]
    method: str = "GET"
    path: str = "/info"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: Callable[[], bytes] = bytes

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]


def _repeated(text: str, size: int, *, start: str = "", end: str = "") -> bytes:
    return (start + text * (size // len(text)) + end).encode()


JSON_OF_SIZE: Mapping[str, Callable[[int], bytes]] = {
    "pairs": lambda size: _repeated('"v":1,', size, start="{", end='"v":1}'),
    "names": lambda size: ("{" + ",".join(f'"n{i}":1' for i in range(size // 10)) + "}").encode(),
    "one name": lambda size: json.dumps({"n" * size: 1}).encode(),
    "one value": lambda size: json.dumps({"width": "9" * size}).encode(),
    "one url": lambda size: json.dumps({"url": "http://" + "ü" * (size // 6)}).encode(),
    "lists": lambda size: _repeated("[],", size, start='{"a":[', end="[]]}"),
    "objects": lambda size: _repeated('{"a":{}},', size, start='{"a":[', end="{}]}"),
    "depth": lambda size: _repeated('{"a":', size),
    "digits": lambda size: _repeated("9", size, start='{"width":', end="}"),
}
JSON_BODIES: Mapping[str, Callable[[], bytes]] = {
    **{f"{name} 60000": partial(make, 60_000) for name, make in JSON_OF_SIZE.items()},
    "long names": lambda: json.dumps({"width" + "h" * 550 + str(i): 1 for i in range(100)}).encode(),
    "near names": lambda: json.dumps({f"widt{i}": 1 for i in range(100)}).encode(),
    "surrogates": lambda: b'{"\\ud800": "\\udfff", "id": "\\ud800", "exif": "\\ud800"}',
}

_PART = b'--B\r\nContent-Disposition: form-data; name="a"'
_END = b"\r\n\r\nx\r\n"
FORMS: Mapping[str, tuple[int, Callable[[], bytes]]] = {
    "one header": (413, lambda: _PART + b'; x="' + b"a" * 10 * MB + b'"' + _END),
    "headers": (413, lambda: (_PART + b"; a=b" * 10_000 + _END) * 100),
    "headers at the bound": (400, lambda: (_PART + b"; a=b" * 380 + _END) * 32),
    "short headers at the bound": (400, lambda: (_PART + b"; a=b" * 110 + _END) * 100),
    "header lines": (413, lambda: (_PART + b"\r\nX: y" * 300 + _END) * 100),
    "continuations": (413, lambda: _PART + b"\r\n " * 3 * MB + _END),
    "parts": (413, lambda: (_PART + _END) * 100_000),
    "files": (413, lambda: (_PART + b'; filename="f"' + _END) * 1000),
    "one field": (400, lambda: _PART + b"\r\n\r\n" + b"x" * 10 * MB + b"\r\n--B--"),
    "field names": (400, lambda: b"".join(_PART[:-2] + b"%d" % i + b'"' + _END for i in range(100)) + b"--B--"),
    "preamble": (413, lambda: b"\r\n" * 5 * MB),
    "boundaries that are none": (413, lambda: _PART + b"\r\n\r\n" + b"\r\n--B" * 2 * MB),
    "blanks after boundaries": (413, lambda: _PART + b"\r\n\r\n" + (b"\r\n--B" + b" " * 60_000) * 160),
    "no end": (400, lambda: _PART + b"\r\n\r\n" + b"\r" * 10 * MB),
}


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

# nothing is wrong with these but that the image is not there
READ_AND_PASSED_OVER = (
    *("Accept of blanks at the bound", "cookies", "cookies of quotes", "cookies of blanks"),
    "Transfer-Encoding of commas",
)
# a server drops the blanks, and reads one byte for a character of which an event has two
SHORTER_IN_A_SERVER = ("If-None-Match of blanks", "Authorization")

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

# nothing is wrong with these but who asks for what
FORBIDDEN = ("url of percent signs", "signature")

PATHS = {
    "slashes": "/" * 1900 + "x",
    "segments": "/a" * 1000,
    "id": "/images/" + "a" * 1900,
    "static": "/static/" + "../" * 600,
    "percent": "/%2e%2e%2f" * 190,
}

PLAIN_FORM = ("Content-Type", "application/x-www-form-urlencoded")
JPEG = ("Content-Type", "image/jpeg")
# no image has this id: a header that does no harm is followed by a 404
ASKED = f"id={ABSENT}"


def _header_statuses(name: str) -> tuple[int, ...]:
    return (404,) if name in READ_AND_PASSED_OVER else (404, 431) if name in SHORTER_IN_A_SERVER else (431,)


ATTACKS = [
    *(
        Attack(f"JSON: {name} {10 * MB}", (413,), "POST", headers=(JSON,), body=partial(make, 10 * MB))
        for name, make in JSON_OF_SIZE.items()
    ),
    *(Attack(f"JSON: {name}", (400,), "POST", headers=(JSON,), body=body) for name, body in JSON_BODIES.items()),
    *(
        Attack(f"form: {name}", (status,), "POST", headers=(MULTIPART,), body=body)
        for name, (status, body) in FORMS.items()
    ),
    *(
        Attack(f"header: {name}", _header_statuses(name), query=ASKED, headers=(header,))
        for name, header in HEADERS.items()
    ),
    *(Attack(f"query: {name}", (403 if name in FORBIDDEN else 400,), query=query) for name, query in QUERIES.items()),
    *(Attack(f"path: {name}", (404,), path=path) for name, path in PATHS.items()),
    Attack("headers: many", (431,), query=ASKED, headers=tuple((f"X-{i}", "x") for i in range(99))),
    Attack("headers: long", (431,), query=ASKED, headers=tuple((f"X-{i}", "x" * 8000) for i in range(90))),
    Attack("urlencoded: pairs", (413,), "POST", headers=(PLAIN_FORM,), body=lambda: b"a=b&" * 2_500_000),
    Attack("sign in: pairs", (413,), "POST", path="/login", headers=(PLAIN_FORM,), body=lambda: b"a&" * 32_768),
    *(Attack(f"image: {name}", (422,), "POST", headers=(JPEG,), body=body) for name, body in images.attacks()),
    Attack("image: words", (415,), "POST", headers=(JPEG,), body=lambda: b"a" * 10 * MB),
]

# what servers refuse themselves, and an event may hold all the same
EVENTS_ONLY = [
    Attack("query: many pairs", (431,), query="&".join(f"a{i}=1" for i in range(100_000))),
    Attack("query: long", (431,), query="width=" + "9" * 5 * MB),
    Attack("path: long", (431,), path="/" + "a/" * 2 * MB),
    Attack("headers: too many", (431,), query=ASKED, headers=tuple((f"X-{i}", "x") for i in range(100_000))),
    Attack("header: too long", (431,), query=ASKED, headers=(("Accept", "a/b" + " " * 5 * MB),)),
    *(
        Attack(f"header: 60,000 of {name}", (431,), query=ASKED, headers=((header[0], (header[1] * 8)[:60_000]),))
        for name, header in HEADERS.items()
    ),
    Attack("header: 60,000 blanks", (431,), query=ASKED, headers=(("Accept", "a/b" + " " * 60_000 + "c"),)),
]

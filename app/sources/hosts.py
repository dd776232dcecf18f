"""One spelling for each host: what browsers make of the many ways to write it.

Pure. The rules are those of the URL standard, https://url.spec.whatwg.org/#host-parsing, so that
``2130706433``, ``0x7f.1`` and ``１２７.0.0.1`` are all seen as 127.0.0.1 before anything is decided.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

MAX_HOST = 253  # RFC 1035 section 2.3.4, without the root's dot

_LABEL = r"[a-z0-9_-]{1,63}"  # underscores are in use, whatever RFC 952 says
_NUMBER = r"[0-9]+|0x[0-9a-f]*"


def canonical_host(text: str) -> str:
    """Return the host in lower-case ASCII, without brackets or final dot; raise ValueError when it is none."""
    if text.startswith("["):
        return str(IPv6Address(_unbracketed(text)))
    name = (text if text.isascii() else _to_ascii(text)).lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > MAX_HOST or not all(re.fullmatch(_LABEL, label) for label in labels):
        raise ValueError("not a host name")
    return _ipv4(labels) if re.fullmatch(_NUMBER, labels[-1]) else name


def _unbracketed(text: str) -> str:
    if not text.endswith("]") or "%" in text:  # a zone is meaningful on the asking machine only, RFC 6874
        raise ValueError("not an IPv6 address")
    return text[1:-1]


def _to_ascii(name: str) -> str:
    """Return the name as DNS knows it; full-width letters, digits and dots become plain ones (UTS 46)."""
    import idna  # comes with requests; few hosts need it

    # IDNAError is a ValueError
    return idna.encode(name, uts46=True, std3_rules=True).decode("ascii")


def _ipv4(labels: list[str]) -> str:
    """Return the dotted quad: 1 to 4 numbers, each decimal, octal or hex, the last filling what is left."""
    *first, last = [_number(label) for label in labels]
    if len(first) > 3 or any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):
        raise ValueError("not an IPv4 address")
    packed = bytes(first) + last.to_bytes(4 - len(first), "big")
    return str(IPv4Address(packed))


def _number(label: str) -> int:
    if not re.fullmatch(_NUMBER, label):
        raise ValueError("not a number")
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)

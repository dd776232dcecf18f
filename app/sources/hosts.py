"""The canonical spelling of a host, as browsers read the many ways to write it.

The rules are those of the URL standard, https://url.spec.whatwg.org/#host-parsing, so that
``2130706433``, ``0x7f.1`` and ``１２７.0.0.1`` are all read as 127.0.0.1 before anything is decided.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

MAX_HOST = 253  # RFC 1035 section 2.3.4, without the final dot

_LABEL = r"[a-z0-9_-]{1,63}"  # underscores are in use, though RFC 952 forbids them
_NUMBER = r"[0-9]+|0x[0-9a-f]*"


def canonical_host(text: str) -> str:
    """Return the host in lower-case ASCII, without brackets or final dot; raise ValueError when it is not a host."""
    if text.startswith("["):
        return _ipv6(text)
    name = (text if text.isascii() else _to_ascii(text)).lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > MAX_HOST or not all(re.fullmatch(_LABEL, label) for label in labels):
        raise ValueError("not a host name")
    return _ipv4(labels) if re.fullmatch(_NUMBER, labels[-1]) else name


def _ipv6(text: str) -> str:
    if not text.endswith("]") or "%" in text:  # a zone means something on the local machine only, RFC 6874
        raise ValueError("not an IPv6 address")
    address = IPv6Address(text[1:-1])
    if mapped := address.ipv4_mapped:  # Python writes it with dots from 3.13 on, which the URL standard never does
        return f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}"
    return str(address)


def _to_ascii(name: str) -> str:
    """Return the name as DNS knows it; full-width letters, digits and dots become plain ones (UTS 46)."""
    import idna  # a dependency of requests; imported here because few hosts need it

    return idna.encode(name, uts46=True, std3_rules=True).decode("ascii")  # its IDNAError is a ValueError


def _ipv4(labels: list[str]) -> str:
    """Return the dotted quad for 1 to 4 numbers, each decimal, octal or hex; the last fills the remaining bytes."""
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

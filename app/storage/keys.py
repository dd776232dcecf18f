"""The key layout: which prefix holds what.

Bucket policy, lifecycle rules and the S3 trigger follow these prefixes (docs/storage.md), so a
new kind of object gets its own.
"""

from __future__ import annotations

import re

from app.errors import NotFound

ORIGINALS = "originals/"
DERIVED = "derived/"
INBOX = "inbox/"

_ID = re.compile(r"[0-9a-f]{32}")


def check_id(text: str) -> str:
    """Return ``text`` when it can be an image id; raise NotFound, as for an id that never was."""
    if not _ID.fullmatch(text):
        raise NotFound(f"there is no image {text[:64]!a}: an id is 32 lower-case hex digits")
    return text


def check_inbox(key: str) -> str:
    """Return ``key`` when it names an object of the inbox; raise NotFound for every other place."""
    if not key.startswith(INBOX) or ".." in key.split("/"):
        raise NotFound(f"there is no object {key[:200]!a}: a key starts with {INBOX}")
    return key


def original(image_id: str) -> str:
    """Return the key of the uploaded bytes."""
    return ORIGINALS + image_id


def derived(image_id: str, variant: str = "") -> str:
    """Return the key of one kept result, or the prefix of all results of the image."""
    return f"{DERIVED}{image_id}/{variant}"

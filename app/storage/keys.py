"""The key layout: which prefix holds what.

The bucket policy, lifecycle rules and notifications are written against these prefixes
(docs/storage.md), so a new kind of object gets a prefix of its own.
"""

from __future__ import annotations

import re

from app.core.errors import NotFound
from app.core.text import encodable

ORIGINALS = "originals/"
DERIVED = "derived/"
INBOX = "inbox/"
INCOMING = "incoming/"
JOBS = "jobs/"
RESIZED = "resized/"

# written to see whether a bucket takes writes; expires with the uploads
PROBE = "incoming/.probe"

JSON = "application/json"

_ID = re.compile(r"[0-9a-f]{32}")


def is_id(text: str) -> bool:
    """Return whether ``text`` has the form of an image id; others may put other files beside the images."""
    return _ID.fullmatch(text) is not None


def check_id(text: str) -> str:
    """Return ``text`` when it has the form of an image id; raise NotFound, as for an unknown image."""
    if not is_id(text):
        raise NotFound(f"there is no image {text[:64]!a}: an id is 32 lower-case hex digits")
    return text


def check_inbox(key: str) -> str:
    """Return ``key`` when it is a key of the inbox; raise NotFound for any other, and for what no storage can hold."""
    if not key.startswith(INBOX) or ".." in key.split("/"):
        raise NotFound(f"there is no object {key[:200]!a}: a key starts with {INBOX}")
    if "." in key.split("/") or encodable(key) != key:
        raise NotFound(f"there is no object '{key[:200]}'")
    return key


def original(image_id: str) -> str:
    """Return the key of an image's uploaded bytes."""
    return ORIGINALS + image_id


def check_job(text: str) -> str:
    """Return ``text`` when it has the form of a job id; raise NotFound otherwise."""
    if not _ID.fullmatch(text):
        raise NotFound(f"there is no job {text[:64]!a}: an id is 32 lower-case hex digits")
    return text


def job(job_id: str) -> str:
    """Return the key of a job's record."""
    return JOBS + job_id


def job_body(job_id: str, name: str = "") -> str:
    """Return the key of a request body of a job; bodies had no names in records that are still stored."""
    return f"{JOBS}{job_id}.{name}.body" if name else f"{JOBS}{job_id}.body"


def job_of(image_id: str, job_id: str = "") -> str:
    """Return the key of the marker that a job uses an image, or the prefix of all markers of the image."""
    return f"{JOBS}of/{image_id}/{job_id}"


def resized(width: int, inbox_key: str) -> str:
    """Return the key of the rendition of an inbox object that is ``width`` pixels wide."""
    return f"{RESIZED}{width}-{inbox_key.removeprefix(INBOX)}"


def incoming(name: str) -> str:
    """Return the key of a presigned upload that is not an image yet."""
    return INCOMING + name


def receipt(name: str) -> str:
    """Return the key of the record that says which image a presigned upload became."""
    return f"{INCOMING}{name}.done"


def derived(image_id: str, variant: str = "") -> str:
    """Return the key of one stored result, or the prefix of all results of the image."""
    return f"{DERIVED}{image_id}/{variant}"

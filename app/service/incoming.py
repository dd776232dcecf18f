"""Uploads past the payload limit: an invitation to send the bytes elsewhere, then their completion.

The token of an invitation is all that is remembered of it: signed with the instance secret, it names
one ``incoming/{name}``, what may be sent there, and until when.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec

from app.errors import NotFound, SignatureExpired, SignatureInvalid, SourceTooLarge
from app.service.images import describe, upload
from app.service.models import Image, RequestContext, Tools
from app.service.purge import purge_leftovers
from app.storage import keys

if TYPE_CHECKING:
    from app.storage import PresignedPost

# so that a token is no id of an image whose bytes are the token's
_PURPOSE: Final = b"monolambda incoming v1\n"


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What a token says: where the bytes go, how many and of what type, and until when, in Unix seconds."""

    name: str
    bytes: int
    media_type: str
    expires: int


class Invitation(msgspec.Struct, frozen=True):
    """A token, and the form to send with the bytes; no form where the storage has no door of its own."""

    ticket: Ticket
    token: str
    form: PresignedPost | None


def invite(tools: Tools, *, media_type: str, size: int) -> Invitation:
    """Return where ``size`` bytes of this type may be sent for ``presign_s`` seconds."""
    if size > tools.settings.max_source_bytes:
        raise SourceTooLarge(f"expected at most {tools.settings.max_source_bytes} bytes, received {size}")
    purge_leftovers(tools)
    lifetime = int(tools.settings.presign_s)
    made = Ticket(uuid4().hex, size, media_type, int(tools.now()) + lifetime)
    form = tools.storage.presigned_post(keys.incoming(made.name), media_type=media_type, size=size, expires_s=lifetime)
    return Invitation(made, _token(tools, made), form)


def ticket(tools: Tools, token: str) -> Ticket:
    """Read a token of ours; raise SignatureInvalid or SignatureExpired."""
    text, _, mac = token.partition(".")
    try:
        payload = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        fits = hmac.compare_digest(tools.identify(_PURPOSE + payload).encode(), mac.encode())
    except ValueError:
        fits = False
    if not fits:
        raise SignatureInvalid("this is no token that POST /upload/presign gave out")
    found = msgspec.msgpack.decode(payload, type=Ticket)
    if found.expires <= tools.now():
        raise SignatureExpired("the token has expired: ask POST /upload/presign for a new one")
    return found


def accept(tools: Tools, found: Ticket, blocks: Iterable[bytes]) -> None:
    """Store what was sent as far as the ticket allows; raise SourceTooLarge for another number of bytes."""
    tools.storage.put_stream(keys.incoming(found.name), _exactly(blocks, found.bytes), media_type=found.media_type)


def complete(tools: Tools, turn: RequestContext, found: Ticket) -> tuple[Image, bool]:
    """Store what was sent as an image, as ``upload`` does; once that is done, say so again.

    Raises NotFound while nothing was sent. The receipt is written before the sent bytes go, so a crash
    at any point leaves one of them to go on from.
    """
    sent, receipt = keys.incoming(found.name), keys.receipt(found.name)
    with turn.stopwatch.stage("fetch"):
        data = tools.storage.get(sent)
    if data is None:
        done = tools.storage.get(receipt)
        if done is None:
            raise NotFound("nothing was sent with this token yet: send the file to the url that came with it")
        return describe(tools, done.decode()), False
    image, new = upload(tools, turn, data)
    tools.storage.put(receipt, image.id.encode(), media_type="text/plain")
    tools.storage.delete(sent)
    return image, new


def _token(tools: Tools, made: Ticket) -> str:
    payload = msgspec.msgpack.encode(made)
    mac = tools.identify(_PURPOSE + payload)
    return f"{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{mac}"


def _exactly(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the blocks; raise SourceTooLarge, which stops the write, when they are not ``size`` bytes."""
    received = 0
    for block in blocks:
        received += len(block)
        if received > size:
            break
        yield block
    if received != size:
        raise SourceTooLarge(f"expected the {size} bytes that were announced, received {received} or more")

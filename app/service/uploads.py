"""Uploads past the payload limit: a presigned form to send the file to, then its completion.

Nothing is stored when a form is given out. Its token, signed with the instance secret, says which
``incoming/{name}`` may be written, with how many bytes of which type, and until when.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec

from app.errors import NotFound, SignatureExpired, SignatureInvalid, SourceTooLarge
from app.service.images import ImageStore
from app.service.models import Identify, Image, RequestContext
from app.service.purge import Purge
from app.storage import keys

if TYPE_CHECKING:
    from app.storage import PresignedPost, Storage

# keeps the signature of a token from being the id of an image that has the token's bytes
_PURPOSE: Final = b"monolambda incoming v1\n"


class UploadToken(msgspec.Struct, frozen=True, array_like=True):
    """The content of a token: where the bytes go, how many, of which type, and its expiry in Unix seconds."""

    name: str
    bytes: int
    media_type: str
    expires: int


class PresignedUpload(msgspec.Struct, frozen=True):
    """A signed token, and the form to send with the file; None where the storage takes no forms itself."""

    token: str
    expires: int
    form: PresignedPost | None


class Uploads(msgspec.Struct, frozen=True, kw_only=True):
    """Files that go straight to the storage; ``lifetime_s`` is how long a form is good."""

    storage: Storage
    images: ImageStore
    purge: Purge
    identify: Identify
    now: Callable[[], float]
    max_bytes: int
    lifetime_s: int

    def presign(self, *, media_type: str, size: int) -> PresignedUpload:
        """Return a form for sending ``size`` bytes of this type; raise SourceTooLarge."""
        if size > self.max_bytes:
            raise SourceTooLarge(f"expected at most {self.max_bytes} bytes, received {size}")
        self.purge.leftovers()
        token = UploadToken(uuid4().hex, size, media_type, int(self.now()) + self.lifetime_s)
        key = keys.incoming(token.name)
        form = self.storage.presigned_post(key, media_type=media_type, size=size, expires_s=self.lifetime_s)
        return PresignedUpload(self._sign(token), token.expires, form)

    def read_token(self, text: str) -> UploadToken:
        """Return the content of a token; raise SignatureInvalid or SignatureExpired."""
        encoded, _, signature = text.partition(".")
        try:
            payload = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
            is_ours = hmac.compare_digest(self.identify(_PURPOSE + payload).encode(), signature.encode())
        except ValueError:
            is_ours = False
        if not is_ours:
            raise SignatureInvalid("this is not a token from POST /upload/presign")
        token = msgspec.msgpack.decode(payload, type=UploadToken)
        if token.expires <= self.now():
            raise SignatureExpired("the token has expired: ask POST /upload/presign for a new one")
        return token

    def receive(self, token: UploadToken, blocks: Iterable[bytes]) -> None:
        """Store the file that was sent with the token; raise SourceTooLarge when its size is another."""
        checked = _exactly(blocks, token.bytes)
        self.storage.put_stream(keys.incoming(token.name), checked, media_type=token.media_type)

    def complete(self, context: RequestContext, token: UploadToken) -> tuple[Image, bool]:
        """Store the file as an image and return it, with whether it is new; every later call returns the same image.

        Raises NotFound while nothing was sent. The receipt is written before the file is deleted, so after a
        crash at any point one of them is there.
        """
        file, receipt = keys.incoming(token.name), keys.receipt(token.name)
        with context.stopwatch.stage("fetch"):
            data = self.storage.get(file)
        if data is None:
            image_id = self.storage.get(receipt)
            if image_id is None:
                raise NotFound("nothing was sent with this token yet: send the file to the url that came with it")
            return self.images.describe(image_id.decode(errors="replace")), False
        image, is_new = self.images.upload(context, data)
        self.storage.put(receipt, image.id.encode(), media_type="text/plain")
        self.storage.delete(file)
        return image, is_new

    def _sign(self, token: UploadToken) -> str:
        payload = msgspec.msgpack.encode(token)
        return f"{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{self.identify(_PURPOSE + payload)}"


def _exactly(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the blocks; raise SourceTooLarge, which aborts the write, when they are not ``size`` bytes together."""
    received = 0
    for block in blocks:
        received += len(block)
        if received > size:
            break
        yield block
    if received != size:
        raise SourceTooLarge(f"expected the {size} bytes that were announced, received {received} or more")

"""Uploads past the payload limit: a presigned form to send the file to, then its completion.

Nothing is stored when a form is given out. Its token, signed with a key derived from the instance secret, says which
``incoming/{name}`` may be written, with how many bytes of which type, and until when.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from app.core.errors import (
    InvalidParameter,
    NotFound,
    ParameterError,
    SignatureExpired,
    SignatureInvalid,
    SourceTooLarge,
)
from app.service.images import ImageStore
from app.service.models import Image, Mac, RequestContext
from app.service.purge import Purge
from app.storage import keys

if TYPE_CHECKING:
    from app.storage import PresignedPost, Storage


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
    mac: Mac
    now: Callable[[], float]
    max_bytes: int
    lifetime_s: int

    def presign(self, *, media_type: str, size: int) -> PresignedUpload:
        """Return a form for sending ``size`` bytes of this type; raise SourceTooLarge."""
        if size > self.max_bytes:
            raise SourceTooLarge(f"expected at most {self.max_bytes} bytes, received {size}")
        self.purge.some_leftovers()
        token = UploadToken(uuid4().hex, size, media_type, int(self.now()) + self.lifetime_s)
        key = keys.incoming(token.name)
        form = self.storage.presigned_post(key, media_type=media_type, size=size, expires_s=self.lifetime_s)
        return PresignedUpload(self._sign(token), token.expires, form)

    def read_token(self, text: str) -> UploadToken:
        """Return the content of a token; raise SignatureInvalid or SignatureExpired."""
        encoded, _, signature = text.partition(".")
        try:
            payload = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
            is_ours = hmac.compare_digest(self.mac(payload).encode(), signature.encode())
        except ValueError:
            is_ours = False
        if not is_ours:
            raise SignatureInvalid("this is not a token from POST /upload/presign")
        token = msgspec.msgpack.decode(payload, type=UploadToken)
        if token.expires <= self.now():
            raise SignatureExpired("the token has expired: ask POST /upload/presign for a new one")
        return token

    def receive(self, token: UploadToken, blocks: Iterable[bytes]) -> None:
        """Store the file that was sent with the token.

        Raises SourceTooLarge for more bytes than announced, InvalidParameter for fewer, and SignatureExpired when the
        token was completed already.
        """
        if self.storage.stat(keys.receipt(token.name)) is not None:
            raise _spent()
        checked = _exactly(blocks, token.bytes)
        self.storage.put_stream(keys.incoming(token.name), checked, media_type=token.media_type)

    def complete(self, context: RequestContext, token: UploadToken) -> tuple[Image, bool]:
        """Store the file as an image and return it, with whether it is new; every later call returns the same image.

        The receipt, which names the image, is written first and once, so a token stands for one image only,
        whatever is sent with it later. The file goes last: a crash at any point leaves it, or the image.
        Raises NotFound while nothing was sent, SignatureExpired for another file than the first.
        """
        file, receipt = keys.incoming(token.name), keys.receipt(token.name)
        with context.stopwatch.stage("fetch"):
            known = self._image_named(receipt)
            is_stored = bool(known) and self.images.size(known) is not None
            data = None if is_stored else self.storage.get(file)
            if data is None:  # another call may have completed the token in between, and deleted the file
                known = known or self._image_named(receipt)
        if data is None and not known:
            raise NotFound("nothing was sent with this token yet: send the file to the url that came with it")
        stored = (self.images.open(known).image, False) if data is None else self._store(context, receipt, data)
        self.storage.delete(file)
        return stored

    def _image_named(self, receipt: str) -> str:
        return (self.storage.get(receipt) or b"").decode()

    def _store(self, context: RequestContext, receipt: str, data: bytes) -> tuple[Image, bool]:
        candidate = self.images.check(context, data)
        name = candidate.id.encode()
        if not self.storage.put_new(receipt, name, media_type="text/plain") and self.storage.get(receipt) != name:
            raise _spent()
        return self.images.store(context, candidate, data)

    def _sign(self, token: UploadToken) -> str:
        payload = msgspec.msgpack.encode(token)
        return f"{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{self.mac(payload)}"


def _spent() -> SignatureExpired:
    return SignatureExpired("this token has already stored an image: ask POST /upload/presign for a new one")


def _exactly(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the blocks; when they are not ``size`` bytes together, abort the write.

    Raises SourceTooLarge for more, InvalidParameter for fewer.
    """
    received = 0
    for block in blocks:
        received += len(block)
        if received > size:
            raise SourceTooLarge(f"expected the {size} bytes that were announced, received {received} or more")
        yield block
    if received < size:
        expected = f"expected the {size} bytes that were announced"
        raise InvalidParameter(ParameterError("file", expected, f"{received} bytes"))

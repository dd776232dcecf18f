"""The JSON that the service answers, as types: the document is made of them, and tests hold the answers against it."""

# No ``from __future__ import annotations``: msgspec reads the annotations when it makes a schema.
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.core.config import Limits
from app.imaging.info import Info
from app.openapi.problems import Problem
from app.runtime.cache import CacheStats
from app.runtime.pool_stats import PoolStats
from app.runtime.telemetry import RouteFigures
from app.service import Image, StoredImage
from app.service.health import StorageHealth

Link = Annotated[str, Meta(pattern="^https?://")]


class ImageLinks(msgspec.Struct, forbid_unknown_fields=True):
    """Where the image can be read, resized and deleted; ``resize`` is a template with ``{width}``."""

    original: Link
    resize: Link
    delete: Link


class ImageDescription(Image, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A stored image: size in pixels after EXIF orientation, ``created`` in Unix seconds."""

    url: Link
    links: ImageLinks


class RenditionLink(msgspec.Struct, forbid_unknown_fields=True):
    """A link to the image in one of the offered widths."""

    width: int
    url: Link


class EndingLink(msgspec.Struct, forbid_unknown_fields=True):
    """A link that works without a key until ``expires_at`` (Unix seconds)."""

    url: Link
    expires_at: int


class Edited(msgspec.Struct, forbid_unknown_fields=True):
    """One result: its options, link, ``img`` element and size in pixels; ``presigned`` where links are signed."""

    options: str
    url: Link
    html: str
    width: int
    height: int
    presigned: EndingLink | UnsetType = UNSET


class ImageWithRenditions(ImageDescription, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A stored image with links for the offered widths, and an ``img`` element with all of them.

    ``result`` is what the options in the query ask for. Of an image that is too large to be a source, ``renditions``
    and ``srcset`` are empty.
    """

    renditions: list[RenditionLink]
    srcset: str
    result: Edited | UnsetType = UNSET


class ListedImage(StoredImage, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A stored image as the list has it; ``created`` in Unix seconds."""

    url: Link


class ImageList(msgspec.Struct, forbid_unknown_fields=True):
    """Images in the order of their ids, and the link to those that follow."""

    images: list[ListedImage]
    next: Link | UnsetType = UNSET


class FileProblem(Problem, kw_only=True, forbid_unknown_fields=True):
    """The problem of one of several files."""

    filename: str


class UploadAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """The stored images, and the problems of the files that were not stored."""

    images: list[ImageDescription]
    problems: list[FileProblem] | UnsetType = UNSET


class Presigned(msgspec.Struct, forbid_unknown_fields=True):
    """A form: POST ``fields``, then ``file``, to ``url`` before ``expires_at`` (Unix seconds); keep ``token``."""

    url: Link
    method: Literal["POST"]
    fields: dict[str, str]
    token: str
    expires_at: int


class ImageFacts(Info, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Facts of one image: sizes upright, in pixels, ``duration`` in milliseconds; the last four with ``colors=1``."""

    dominant: str | UnsetType = UNSET
    palette: list[str] | UnsetType = UNSET
    blurhash: str | UnsetType = UNSET
    lqip: str | UnsetType = UNSET


class SizedLink(msgspec.Struct, forbid_unknown_fields=True):
    """The link to one result, and its size in pixels."""

    width: int
    height: int
    url: Link


class Srcset(msgspec.Struct, forbid_unknown_fields=True):
    """A link for each width, and an ``img`` element with all of them."""

    images: list[SizedLink]
    html: str


class JobAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """The state of a job: ``result`` when it is done, ``null`` if that was deleted since; ``problem`` if it failed."""

    job: str
    status: Literal["queued", "running", "done", "failed"]
    attempts: int
    created: float
    changed: float
    problem: Problem | UnsetType = UNSET
    result: ImageDescription | UnsetType | None = UNSET


class PublicContainer(msgspec.Struct, forbid_unknown_fields=True):
    """The container that answered, and whether this was its first request."""

    id: str
    cold: bool


class PublicStatus(msgspec.Struct, forbid_unknown_fields=True):
    """What everybody may see."""

    status: Literal["ok"]
    version: str
    container: PublicContainer
    open_to_everybody: Literal[True] | UnsetType = UNSET


class FullContainer(PublicContainer, kw_only=True, forbid_unknown_fields=True):
    """The container that answered, with its age, its requests and its memory in MiB."""

    started_at: float
    age_s: float
    invocations: int
    init_ms: float | None
    memory_mb: dict[str, float]


class FunctionFacts(msgspec.Struct, forbid_unknown_fields=True):
    """What Lambda says about the function; empty elsewhere."""

    name: str
    version: str
    log_group: str
    log_stream: str


class FullStatus(msgspec.Struct, forbid_unknown_fields=True):
    """What key holders may see: versions, pools, cache, storage, limits, and figures per route in milliseconds."""

    status: Literal["ok", "degraded"]
    version: str
    container: FullContainer
    mode: Literal["lambda", "local"]
    pools: dict[str, PoolStats]
    cache: CacheStats
    storage: StorageHealth
    python: str
    pillow: str
    resampler: str
    codecs: dict[str, Any]
    function: FunctionFacts
    limits: Limits
    rate_limit: dict[str, int]
    unknown_settings: list[str]
    routes: dict[str, RouteFigures]
    open_to_everybody: Literal[True] | UnsetType = UNSET


# every answer that is JSON, by its name in the document
ANSWERS = (
    *(UploadAnswer, Presigned, ImageList, ImageWithRenditions, ImageDescription, ImageFacts, Srcset),
    *(JobAnswer, PublicStatus, FullStatus),
)

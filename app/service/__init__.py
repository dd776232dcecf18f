"""The use cases: what the service does with an image, whichever door asked.

Functions of their arguments; the parts they work with are handed in as ``Tools``.
"""

from __future__ import annotations

from app.service.images import delete, describe, original, upload
from app.service.inbox import renditions
from app.service.incoming import Invitation, Ticket, accept, complete, invite, ticket
from app.service.job_record import Job, JobRequest
from app.service.jobs import RetryLater, defer, look, order, problem, run
from app.service.models import (
    CacheState,
    Deferred,
    Image,
    Permit,
    RenderSpec,
    RequestContext,
    Result,
    Source,
    Tools,
    UrlFacts,
)
from app.service.purge import purge_derived, purge_leftovers
from app.service.results import check_watermark, etag, keep, render, resize
from app.service.sources import stored_source, url_source

__all__ = [
    "CacheState",
    "Deferred",
    "Image",
    "Invitation",
    "Job",
    "JobRequest",
    "Permit",
    "RenderSpec",
    "RequestContext",
    "Result",
    "RetryLater",
    "Source",
    "Ticket",
    "Tools",
    "UrlFacts",
    "accept",
    "check_watermark",
    "complete",
    "defer",
    "delete",
    "describe",
    "etag",
    "invite",
    "keep",
    "look",
    "order",
    "original",
    "problem",
    "purge_derived",
    "purge_leftovers",
    "render",
    "renditions",
    "resize",
    "run",
    "stored_source",
    "ticket",
    "upload",
    "url_source",
]

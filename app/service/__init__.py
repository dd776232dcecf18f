"""The use cases: what the service does with an image, whichever door asked.

Functions of their arguments; the parts they work with are handed in as ``Tools``.
"""

from __future__ import annotations

from app.service.images import delete, describe, original, upload
from app.service.inbox import renditions
from app.service.incoming import Invitation, Ticket, accept, complete, invite, ticket
from app.service.job_record import Job, Order
from app.service.jobs import Again, defer, look, order, problem, run
from app.service.parts import CacheState, Deferred, Image, Permit, Result, Source, Tools, Turn, UrlFacts, Wanted
from app.service.purge import purge_derived, purge_leftovers
from app.service.results import check_watermark, etag, keep, render, resize
from app.service.sources import stored_source, url_source

__all__ = [
    "Again",
    "CacheState",
    "Deferred",
    "Image",
    "Invitation",
    "Job",
    "Order",
    "Permit",
    "Result",
    "Source",
    "Ticket",
    "Tools",
    "Turn",
    "UrlFacts",
    "Wanted",
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

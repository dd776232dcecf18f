"""The use cases, in the groups that callers need, whichever door the request came through.

Each group is a frozen value, and its fields are all that it touches; ``build_services`` hands them in.
"""

from __future__ import annotations

import msgspec

from app.service.health import Health
from app.service.images import ImageStore
from app.service.inbox import Inbox
from app.service.job_record import Job
from app.service.job_runner import JobRunner, RetryLater
from app.service.jobs import Jobs
from app.service.models import (
    Image,
    JobQueue,
    OpenedImage,
    RenderSpec,
    RequestContext,
    Result,
    Source,
    StoredImage,
    media_type,
)
from app.service.purge import Purge
from app.service.renderer import Renderer
from app.service.results import ResultStore
from app.service.sources import Sources
from app.service.uploads import Uploads

__all__ = [
    "Health",
    "Image",
    "ImageStore",
    "Inbox",
    "Job",
    "JobQueue",
    "JobRunner",
    "Jobs",
    "OpenedImage",
    "Purge",
    "RenderSpec",
    "Renderer",
    "RequestContext",
    "Result",
    "ResultStore",
    "RetryLater",
    "Services",
    "Source",
    "Sources",
    "StoredImage",
    "Uploads",
    "media_type",
]


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases of one container."""

    images: ImageStore
    renderer: Renderer
    sources: Sources
    results: ResultStore
    uploads: Uploads
    jobs: Jobs
    job_runner: JobRunner
    inbox: Inbox
    purge: Purge
    health: Health

"""Imaging within the limits of this container: every decode passes admission control."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from app import imaging
from app.core.config import Limits
from app.core.errors import ServiceError
from app.options import ResizeOptions
from app.service.models import RenderSpec, RequestContext

if TYPE_CHECKING:
    from app.runtime.admission import Admission


class Renderer(msgspec.Struct, frozen=True, kw_only=True):
    """Decodes, renders and measures images; raises what imaging and admission raise."""

    limits: Limits
    admission: Admission
    cores: int

    def inspect(self, head: bytes) -> bool:
        """Refuse a file by its first kilobytes: one that is no image, or whose header tells that it is too large.

        Returns whether more of it may tell. Raises UnsupportedMediaType or TooManyPixels.
        """
        return imaging.check_front(head, self.limits)

    def verify(self, context: RequestContext, data: bytes) -> imaging.Header:
        """Return the header after decoding every frame."""
        return self._verify(context, data, self.limits)

    def verify_result(self, context: RequestContext, data: bytes) -> imaging.Header:
        """Return what ``verify`` does for an image rendered here: limits of sources do not hold for it."""
        most = dict.fromkeys(("max_source_bytes", "max_source_pixels", "max_frames"), sys.maxsize)
        return self._verify(context, data, msgspec.structs.replace(self.limits, **most))

    def _verify(self, context: RequestContext, data: bytes, limits: Limits) -> imaging.Header:
        header = imaging.probe(data, limits)
        cost = imaging.verify_cost(header)
        with (
            context.stopwatch.stage("decode"),
            self.admission.admit(cost.memory_bytes, cost.cpu_s, context.deadline),
        ):
            imaging.verify(data, limits, context.deadline)
        return header

    def refusal(self, header: imaging.Header) -> ServiceError | None:
        """Return why an image with this header is too large to be a source, None if it is not."""
        try:
            imaging.check_header(header, self.limits)
        except ServiceError as exc:
            return exc
        return None

    def render(self, context: RequestContext, data: bytes, spec: RenderSpec, *, watermark: bytes = b"") -> bytes:
        """Return the image that ``spec`` makes of ``data``."""
        work = imaging.prepare(data, spec.options, self.limits, accepts=spec.accepts, watermark=watermark)
        with self.admission.admit(work.cost.memory_bytes, work.cost.cpu_s, context.deadline):
            return imaging.render(work, data, context.deadline, context.stopwatch, watermark=watermark).body

    def render_widths(self, context: RequestContext, data: bytes, widths: tuple[int, ...]) -> list[imaging.Rendition]:
        """Return one rendition per width, all from a single decode."""
        series = imaging.prepare_series(data, ResizeOptions(), widths, self.limits, cores=self.cores)
        with self.admission.admit(series.cost.memory_bytes, series.cost.cpu_s, context.deadline):
            return imaging.render_series(series, data, context.deadline, context.stopwatch)

    def appearance(self, context: RequestContext, data: bytes) -> imaging.Appearance:
        """Return the colors and the placeholders of the image."""
        work = imaging.prepare_appearance(data, self.limits)
        with self.admission.admit(work.cost.memory_bytes, work.cost.cpu_s, context.deadline):
            return imaging.describe_appearance(work, data, context.deadline, context.stopwatch)

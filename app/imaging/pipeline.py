"""The way of one image: prepare decides everything from the header, render only carries it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from app.config import Limits
from app.deadline import Deadline, Stopwatch
from app.imaging import geometry, output_format
from app.imaging.codecs.decode_errors import decoding
from app.imaging.cost.estimate import Cost, estimate
from app.imaging.geometry import Plan
from app.imaging.headers.probe import Header, probe
from app.imaging.output_format import Output
from app.options import ResizeOptions

if TYPE_CHECKING:
    from PIL import Image

    from app.imaging.codecs.decode import Frame


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One resize with everything decided and nothing decoded."""

    header: Header
    options: ResizeOptions
    limits: Limits
    plan: Plan
    output: Output
    cost: Cost
    watermark: Header | None = None

    @property
    def format(self) -> str:
        """Return the format of the result."""
        return self.output.format

    @property
    def quality(self) -> int:
        """Return the quality of the result, 0 where its format has none."""
        return self.output.quality


class Rendition(msgspec.Struct, frozen=True):
    """A finished result."""

    body: bytes
    format: str
    width: int
    height: int
    frames: int


def prepare(
    data: bytes, options: ResizeOptions, limits: Limits, *, accepts: tuple[str, ...] = (), watermark: bytes = b""
) -> Work:
    """Return what ``options`` make of ``data`` and what that will cost; decodes nothing.

    ``accepts`` names those of avif and webp that the client takes, for ``format=auto``; ``watermark`` is the image
    that ``options.watermark`` names. With trim the size of the result is known only in the end, and the plan is
    that of the untrimmed image. Raises what ``probe`` raises, InvalidParameter (crop outside the source, no such
    page, what the chosen format cannot do) and OutputTooLarge.
    """
    header = probe(data, limits)
    stamp = probe(watermark, limits) if watermark else None
    plan = geometry.plan((header.stored_width, header.stored_height), header.orientation, options, limits)
    shrink = geometry.shrink(plan, header.format) if options.trim is None else 1
    plan = msgspec.structs.replace(plan, shrink=shrink)
    output = output_format.choose(header, plan, options, limits=limits, accepts=accepts)
    spent = estimate(header, plan, output, options=options, limits=limits, watermark=stamp)
    return Work(
        header=header, options=options, limits=limits, plan=plan, output=output, cost=spent, watermark=stamp
    )  # fmt: skip


def render(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch, *, watermark: bytes = b"") -> Rendition:
    """Decode, transform and encode ``data``, the bytes that ``work`` was prepared from, like ``watermark``.

    Raises UndecodableImage, TooCostly, OutputTooLarge (max_bytes, trim), and DeadlineExceeded between steps and
    between frames.
    """
    images, durations, profile = [], [], b""
    for image, duration, icc in _frames(work, data, deadline, stopwatch, watermark):
        images.append(image)
        durations.append(duration)
        profile = icc
    deadline.check("encode")
    with stopwatch.stage("encode"):
        body = finished(work, data, images, durations, profile)
    return Rendition(body, work.format, *images[0].size, len(images))


def finished(work: Work, data: bytes, images: list[Image.Image], durations: list[float], profile: bytes) -> bytes:
    """Return the file of the finished frames, with the metadata of ``data`` that is to be kept."""
    from app.imaging.codecs.encode import Motion, encode

    exif = b""
    if work.options.metadata != "none":
        from app.imaging import metadata

        exif = metadata.kept(data, work.header, work.options.metadata, format=work.format)
    motion = Motion(tuple(durations), work.header.plays)
    return encode(images, motion, work.output, exif=exif, icc=profile)


def verify(data: bytes, limits: Limits, deadline: Deadline) -> Header:
    """Return the header after decoding every frame for real, as an upload must.

    Raises what ``probe`` raises, UndecodableImage on broken or truncated pixels, and DeadlineExceeded.
    ``estimate.verify_cost`` tells beforehand what it will take.
    """
    from app.imaging.codecs import decode

    header = probe(data, limits)
    deadline.check("decode")
    if not header.animated:
        # Every coefficient of a JPEG is read at any scale, so an eighth of the size shows the same breaks.
        decode.still(data, header, shrink=8 if header.format == "jpeg" else 1)
        return header
    for _ in decode.animation(data, header, count=header.frames):
        deadline.check("decode")
    return header


def _frames(
    work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch, watermark: bytes
) -> Iterator[tuple[Image.Image, float, bytes]]:
    """Yield each finished frame, its duration in milliseconds, and the profile it keeps."""
    from app.imaging import draw

    aim = None
    for frame in decoded(work, data, deadline, stopwatch):
        deadline.check("resize")
        with stopwatch.stage("resize"):
            aim = aim or draw.plan_first_frame(work, frame, watermark)
            image = draw.render_frame(work, aim, frame)
        yield image, frame.duration, draw.profile(work, frame)


def decoded(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch) -> Iterator[Frame]:
    """Yield each frame in a mode that can be resized."""
    from app.imaging import color_mode

    source = _source(work, data)
    while True:
        deadline.check("decode")
        with stopwatch.stage("decode"):
            frame = next(source, None)
            if frame is None:
                return
            with decoding(work.header.format):
                # a palette or 16-bit original is not needed any more, and may be large
                frame = msgspec.structs.replace(frame, image=color_mode.plain(frame.image, work.header))
        yield frame


def _source(work: Work, data: bytes) -> Iterator[Frame]:
    from app.imaging.codecs import decode

    if work.header.animated:
        yield from decode.animation(data, work.header, first=work.output.first, count=work.output.frames)
    else:
        yield decode.still(data, work.header, shrink=work.plan.shrink, ycc=work.output.ycc)

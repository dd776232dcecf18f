"""The way of one image: prepare decides everything from the header, render only carries it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from app.config import Limits
from app.deadline import Deadline, Stopwatch
from app.imaging import choice, cost, geometry
from app.imaging.choice import Output
from app.imaging.cost import Cost
from app.imaging.geometry import Plan
from app.imaging.header import Header, probe
from app.options import ResizeOptions

if TYPE_CHECKING:
    from PIL import Image

    from app.imaging.decode import Frame


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One resize with everything decided and nothing decoded."""

    header: Header
    options: ResizeOptions
    plan: Plan
    output: Output
    cost: Cost

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


def prepare(data: bytes, options: ResizeOptions, limits: Limits, *, accepts: tuple[str, ...] = ()) -> Work:
    """Return what ``options`` make of ``data`` and what that will cost; decodes nothing.

    ``accepts`` names those of avif and webp that the client takes, for ``format=auto``. Raises what
    ``probe`` raises, InvalidParameter (crop outside the source) and OutputTooLarge.
    """
    header = probe(data, limits)
    plan = geometry.plan((header.stored_width, header.stored_height), header.orientation, options, limits)
    plan = msgspec.structs.replace(plan, shrink=geometry.shrink(plan, header.format))
    output = choice.choose(header, plan, options, limits=limits, accepts=accepts)
    spent = cost.estimate(header, plan, output)
    return Work(header=header, options=options, plan=plan, output=output, cost=spent)


def render(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch) -> Rendition:
    """Decode, resize and encode ``data``, the bytes that ``work`` was prepared from.

    Raises UndecodableImage, TooCostly, and DeadlineExceeded between steps and between frames.
    """
    from app.imaging.encode import Motion, encode

    images, durations = [], []
    for image, duration in _frames(work, data, deadline, stopwatch):
        images.append(image)
        durations.append(duration)
    deadline.check("encode")
    with stopwatch.stage("encode"):
        body = encode(images, Motion(tuple(durations), work.header.plays), work.output)
    return Rendition(body, work.format, *work.plan.canvas, len(images))


def verify(data: bytes, limits: Limits, deadline: Deadline) -> Header:
    """Return the header after decoding every frame for real, as an upload must.

    Raises what ``probe`` raises, UndecodableImage on broken or truncated pixels, and DeadlineExceeded.
    ``cost.verify_cost`` tells beforehand what it will take.
    """
    from app.imaging import decode

    header = probe(data, limits)
    deadline.check("decode")
    if not header.animated:
        # Every coefficient of a JPEG is read at any scale, so an eighth of the size shows the same breaks.
        decode.still(data, header, shrink=8 if header.format == "jpeg" else 1)
        return header
    for _ in decode.animation(data, header, count=header.frames):
        deadline.check("decode")
    return header


def _frames(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch) -> Iterator[tuple[Image.Image, float]]:
    """Yield each finished frame and its duration in milliseconds."""
    from app.imaging import colour

    source = _decoded(work, data)
    while True:
        deadline.check("decode")
        with stopwatch.stage("decode"):
            frame = next(source, None)
            if frame is None:
                return
            image, duration, profile = colour.plain(frame.image, work.header), frame.duration, frame.profile
            del frame  # a palette or 16-bit original is not needed any more, and may be large
        deadline.check("resize")
        with stopwatch.stage("resize"):
            image = _drawn(work, image, profile)
        yield image, duration


def _decoded(work: Work, data: bytes) -> Iterator[Frame]:
    from app.imaging import decode

    if work.header.animated:
        yield from decode.animation(data, work.header, count=work.output.frames)
    else:
        yield decode.still(data, work.header, shrink=work.plan.shrink)


def _drawn(work: Work, image: Image.Image, profile: bytes | None) -> Image.Image:
    """Take one frame through the steps, in the order the documentation promises."""
    from app.imaging import colour, steps

    image = steps.resize(image, work.plan)
    image = steps.turn(image, work.plan)
    image = colour.finish(image, work.header, profile)
    return steps.place(image, work.plan, background=work.options.background, alpha=work.output.alpha)

"""Decodes, draws and encodes one image, as ``work.prepare`` has decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.imaging.decode_errors import decoding
from app.imaging.headers import Header
from app.imaging.headers.probe import probe
from app.imaging.work import Rendition, Work

if TYPE_CHECKING:
    from PIL import Image

    from app.imaging.codecs.frames import Frame
    from app.imaging.steps.step import FramePlan


def render(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch, *, watermark: bytes = b"") -> Rendition:
    """Decode, draw and encode ``data``, the bytes that ``work`` was prepared from, as was ``watermark``.

    Raises UndecodableImage, TooCostly, OutputTooLarge (max_bytes, trim), and DeadlineExceeded between steps and
    between frames.
    """
    (images,), durations, profile = draw_frames((work,), data, deadline, stopwatch, watermark=watermark)
    deadline.check("encode")
    with stopwatch.stage("encode"):
        return encode_frames(work, data, images, durations, profile)


def draw_frames(
    works: Sequence[Work], data: bytes, deadline: Deadline, stopwatch: Stopwatch, *, watermark: bytes = b""
) -> tuple[list[list[Image.Image]], list[float], bytes]:
    """Return the finished frames of each work, how long each shows in milliseconds, and the profile that they keep.

    The decoded frames end with this function, because the encoder needs the memory.
    """
    from app.imaging import draw

    longest = max(works, key=lambda work: work.output.frames)
    images: list[list[Image.Image]] = [[] for _ in works]
    durations: list[float] = []
    plans: list[FramePlan] = []
    profile = b""
    for frame in decode_frames(longest, data, deadline, stopwatch):
        with stopwatch.stage("resize"):
            if not plans:
                deadline.check("resize")
                plans = [draw.plan_first_frame(work, frame, watermark) for work in works]
                profile = plans[0].profile
            for kept, plan in zip(images, plans, strict=True):
                kept.append(draw.render_frame(plan, frame, deadline))
        durations.append(frame.duration)
        del frame
    return images, durations, profile


def decode_frames(work: Work, data: bytes, deadline: Deadline, stopwatch: Stopwatch) -> Iterator[Frame]:
    """Yield each frame in a mode that can be resized."""
    from app.imaging import color_mode
    from app.imaging.codecs import decode

    output = work.output
    frames = decode.frames(data, work.header, count=output.frames, first=output.first, shrink=work.plan.shrink)
    while True:
        deadline.check("decode")
        with stopwatch.stage("decode"):
            frame = next(frames, None)
            if frame is None:
                return
            with decoding(work.header.format):
                # lets go of a palette or 16-bit original, which may be large
                frame = msgspec.structs.replace(frame, image=color_mode.plain(frame.image, work.header))
                if work.plan.region and work.plan.shrink > 1:
                    from app.imaging import crop_edges

                    crop_edges.replace_mixed(frame.image, work.plan.region, work.plan.shrink, work.header.stored_size)
        yield frame
        del frame


def encode_frames(
    work: Work, data: bytes, images: Sequence[Image.Image], durations: Sequence[float], profile: bytes
) -> Rendition:
    """Return the result of the finished frames, with the metadata of ``data`` that the options keep."""
    from app.imaging.codecs.encode import encode, timed
    from app.imaging.codecs.frames import Timing

    exif = b""
    if work.options.metadata != "none":
        from app.imaging import metadata

        exif = metadata.kept(data, work.header, work.options.metadata, format=work.format)
    shown, timing = timed(Timing(tuple(durations), work.header.plays), work.format)
    body = encode([images[index] for index in shown], timing, work.output, exif=exif, icc=profile)
    return Rendition(body, work.format, *images[0].size, len(shown))


def verify(data: bytes, limits: Limits, deadline: Deadline) -> Header:
    """Return the header after decoding every frame completely, as an upload must.

    Raises what ``probe`` raises, UndecodableImage on broken or missing pixels, and DeadlineExceeded. The end of the
    last scan of a progressive JPEG, which only refines, may be missing. ``verify_cost`` estimates what it will take.
    """
    from app.imaging.codecs import decode

    header = probe(data, limits)
    deadline.check("decode")
    # Where no scan of a JPEG is left out, every coefficient is read at an eighth of the size too.
    whole = msgspec.structs.replace(header, unseen={})
    for frame in decode.frames(data, whole, count=header.frames, shrink=8 if header.format == "jpeg" else 1):
        del frame
        deadline.check("decode")
    return header

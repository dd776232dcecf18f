"""Imaging within a container's limits: no pixel is decoded before admission, and what was held is given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.core.config import Limits
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import DeadlineExceeded, TooCostly, TooManyPixels, UndecodableImage
from app.options import parse
from app.runtime.admission import BASE_MB, Admission
from app.service import Renderer, RenderSpec, RequestContext
from tests.conftest import FakeClock
from tests.support import drawing
from tests.support.use_cases import PHOTO, SMALL, new_context

MIB = 1024 * 1024
ROOM_MB = 100
# enough for the photo, not for this
LARGE = drawing.encoded(drawing.photo(6000, 5000), "PNG", compress_level=1)

Call = Callable[[Renderer, RequestContext, bytes], Any]
CALLS: dict[str, Call] = {
    "verify": lambda renderer, context, data: renderer.verify(context, data),
    "render": lambda renderer, context, data: renderer.render(context, data, SMALL),
    "render_widths": lambda renderer, context, data: renderer.render_widths(context, data, (20, 40)),
    "appearance": lambda renderer, context, data: renderer.appearance(context, data),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


class NotedAdmission(Admission):
    """Notes what each piece of work was admitted with."""

    def __init__(self) -> None:
        super().__init__(memory_mb=BASE_MB + ROOM_MB, slots=1, patience_s=0.0)
        self.admitted: list[tuple[int, float]] = []

    def admit(self, memory_bytes: int, cpu_s: float, deadline: Deadline) -> Any:
        self.admitted.append((memory_bytes, cpu_s))
        return super().admit(memory_bytes, cpu_s, deadline)


@pytest.fixture
def admission() -> NotedAdmission:
    return NotedAdmission()


@pytest.fixture
def renderer(admission: NotedAdmission) -> Renderer:
    return Renderer(limits=Limits(max_source_bytes=len(LARGE)), admission=admission, cores=1)


def test_what_each_call_returns(renderer: Renderer) -> None:
    header = renderer.verify(new_context(), PHOTO)
    assert (header.format, header.width, header.height) == ("jpeg", 160, 120)
    assert drawing.opened(renderer.render(new_context(), PHOTO, SMALL)).size == (40, 30)
    widths = renderer.render_widths(new_context(), PHOTO, (20, 40))
    assert [(each.width, each.height) for each in widths] == [(20, 15), (40, 30)]
    assert renderer.appearance(new_context(), PHOTO).lqip.startswith("data:image/")


def test_auto_follows_what_the_client_accepts(renderer: Renderer) -> None:
    spec = RenderSpec(parse([("format", "auto")]), accepts=("webp",))
    assert renderer.render(new_context(), PHOTO, spec)[8:12] == b"WEBP"


def test_the_watermark_is_drawn(renderer: Renderer) -> None:
    spec = RenderSpec(parse([("watermark", "0" * 32), ("watermark_scale", "1"), ("format", "png")]))
    plain = RenderSpec(parse([("format", "png")]))
    marked = renderer.render(new_context(), PHOTO, spec, watermark=drawing.encoded(drawing.photo(50, 50), "PNG"))
    assert marked != renderer.render(new_context(), PHOTO, plain)


@each_call
def test_each_call_is_admitted_once_with_an_estimate(renderer: Renderer, admission: NotedAdmission, call: Call) -> None:
    call(renderer, new_context(), PHOTO)
    ((memory_bytes, cpu_s),) = admission.admitted
    assert 4_000_000 < memory_bytes < ROOM_MB * MIB
    assert 0 < cpu_s < 1


@each_call
def test_what_passes_the_memory_is_refused_before_it_is_decoded(renderer: Renderer, call: Call) -> None:
    context = new_context()
    with pytest.raises(TooCostly, match="MiB of memory"):
        call(renderer, context, LARGE)
    assert not {"resize", "encode"} & set(context.stopwatch.seconds())


@each_call
def test_what_has_no_time_left_is_refused(renderer: Renderer, call: Call, clock: FakeClock) -> None:
    context = RequestContext(Deadline.after(0.0, clock), Stopwatch())
    with pytest.raises(DeadlineExceeded):
        call(renderer, context, PHOTO)


@each_call
def test_the_limits_of_a_source_hold(admission: NotedAdmission, call: Call) -> None:
    renderer = Renderer(limits=Limits(max_source_pixels=160 * 120 - 1), admission=admission, cores=1)
    with pytest.raises(TooManyPixels):
        call(renderer, new_context(), PHOTO)
    assert admission.admitted == []


@each_call
def test_a_broken_image_gives_back_its_place(renderer: Renderer, call: Call) -> None:
    for _ in range(3):  # there is one slot
        with pytest.raises(UndecodableImage):
            call(renderer, new_context(), PHOTO[: len(PHOTO) // 2])
    call(renderer, new_context(), PHOTO)

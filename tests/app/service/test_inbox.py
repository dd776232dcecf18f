"""Renditions of the inbox: all widths come from one decode, as long as all of them fit into memory together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest

from app import imaging
from app.container import Container
from app.core.config import MIB
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import TooCostly
from app.options import ResizeOptions
from app.runtime.admission import BASE_MB, Admission
from app.service import Inbox, RenderSpec, RequestContext
from tests.support import drawing, second_reader

Make = Callable[..., Container]
WIDTHS = (480, 1400, 1900)
SOURCES = {
    "photo": drawing.encoded(drawing.photo(2000, 1500), "JPEG"),
    "turned photo": drawing.encoded(drawing.photo(640, 480), "JPEG", exif=drawing.exif(6)),
    "png": drawing.encoded(drawing.photo(500, 300), "PNG"),
    "animation": drawing.animation("GIF", drawing.moving(), duration=50),
}


class Counting(Stopwatch):
    """Counts how often each stage was entered."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: Counter[str] = Counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.entered[name] += 1
        with super().stage(name):
            yield


def new_context() -> RequestContext:
    return RequestContext(Deadline.after(60), Counting())


def entered(context: RequestContext) -> Counter[str]:
    assert isinstance(context.stopwatch, Counting)
    return context.stopwatch.entered


def put(container: Container, data: bytes) -> None:
    container.backends.storage.put("inbox/a", data, media_type="image/jpeg")


def alone(container: Container, data: bytes, width: int) -> tuple[RequestContext, imaging.Header]:
    """Make one width by itself; return the context, which has the stages it took, and its header."""
    one = new_context()
    spec = RenderSpec(msgspec.structs.replace(ResizeOptions(), width=width))
    return one, imaging.probe(container.services.results.render(one, data, spec), container.settings)


@pytest.mark.parametrize("data", SOURCES.values(), ids=SOURCES)
def test_all_widths_come_from_one_decode_and_equal_single_renders(make_container: Make, data: bytes) -> None:
    container, all_together = make_container(widths=WIDTHS), new_context()
    put(container, data)
    assert container.services.inbox.make_renditions(all_together, "inbox/a") == [
        f"resized/{width}-a" for width in WIDTHS
    ]
    for width in WIDTHS:
        one, expected = alone(container, data, width)
        made = container.backends.storage.get(f"resized/{width}-a")
        assert made
        found = imaging.probe(made, container.settings)
        assert (found.format, found.width, found.height, found.frames) == (
            expected.format,
            expected.width,
            expected.height,
            expected.frames,
        )
        assert entered(all_together)["decode"] == entered(one)["decode"]


@pytest.mark.parametrize("widths", [(30,), (20, 30, 40)])
def test_renditions_keep_durations_and_loop(make_container: Make, widths: tuple[int, ...]) -> None:
    durations = [100, 250, 40, 610]
    container = make_container(widths=widths)
    put(container, drawing.animation("GIF", drawing.moving(), duration=durations, loop=2))
    for name in container.services.inbox.make_renditions(new_context(), "inbox/a"):
        made = container.backends.storage.get(name)
        assert made
        assert second_reader.durations(made) == durations
        assert drawing.opened(made).info["loop"] == 2


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_renditions_of_an_animation_keep_its_time(make_container: Make, format: str) -> None:
    container, times = make_container(widths=(10, 30)), [100, 120, 140, 400]
    put(container, drawing.animation(format, drawing.moving(), duration=times, loop=0))
    for key in container.services.inbox.make_renditions(new_context(), "inbox/a"):
        made = container.backends.storage.get(key)
        assert made
        assert drawing.durations(made) == times


def admitting(inbox: Inbox, admission: Admission) -> Inbox:
    renderer = msgspec.structs.replace(inbox.renderer, admission=admission)
    return msgspec.structs.replace(inbox, renderer=renderer)


def holding(container: Container, memory_bytes: int) -> Inbox:
    """Return the inbox of the container with this much memory for images."""
    admission = Admission(memory_mb=BASE_MB + -(-memory_bytes // MIB), slots=1)
    return admitting(container.services.inbox, admission)


def test_widths_that_do_not_fit_together_are_made_one_by_one(make_container: Make) -> None:
    data = SOURCES["photo"]
    container = make_container(widths=WIDTHS)
    cores = container.services.inbox.renderer.cores
    series = imaging.prepare_series(data, ResizeOptions(), WIDTHS, container.settings, cores=cores)
    largest = max(work.cost.memory_bytes for work in series.works)
    several = [imaging.prepare_series(data, ResizeOptions(), (width,), container.settings) for width in WIDTHS]
    most = max(one.cost.memory_bytes for one in several)
    assert largest <= most < series.cost.memory_bytes - MIB, "this image does not tell the two apart"
    put(container, data)
    slowly = new_context()
    assert len(holding(container, most).make_renditions(slowly, "inbox/a")) == 3
    one, _ = alone(container, data, WIDTHS[0])
    assert entered(slowly)["decode"] == 3 * entered(one)["decode"]


@pytest.mark.parametrize("widths", [(1900, 1400), (1900,)])
def test_work_that_cannot_fit_is_refused_before_decoding(make_container: Make, widths: tuple[int, ...]) -> None:
    container, tried = make_container(widths=widths), new_context()
    put(container, SOURCES["photo"])
    with pytest.raises(TooCostly):
        holding(container, 16 * MIB).make_renditions(tried, "inbox/a")
    assert entered(tried)["decode"] == 0


def test_the_work_is_admitted_as_all_work_is(make_container: Make) -> None:
    container = make_container(widths=WIDTHS)
    put(container, SOURCES["png"])
    seen: list[tuple[int, float]] = []

    class Watching(Admission):
        @contextmanager
        def admit(self, memory_bytes: int, cpu_s: float, deadline: Deadline) -> Iterator[None]:
            seen.append((memory_bytes, cpu_s))
            with super().admit(memory_bytes, cpu_s, deadline):
                yield

    watching = admitting(container.services.inbox, Watching(memory_mb=512, slots=1))
    watching.make_renditions(new_context(), "inbox/a")
    cores = container.services.inbox.renderer.cores
    cost = imaging.prepare_series(SOURCES["png"], ResizeOptions(), WIDTHS, container.settings, cores=cores).cost
    assert seen == [(cost.memory_bytes, cost.cpu_s)]

"""Renditions of the inbox: one decode for all widths, as long as all of them fit at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest

from app import imaging, service
from app.container import Container
from app.deadline import Deadline, Stopwatch
from app.errors import TooCostly
from app.options import ResizeOptions
from app.runtime.admission import BASE_MB, MIB, Admission
from app.service import RenderSpec, RequestContext
from tests.support import drawing

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


def turn() -> RequestContext:
    return RequestContext(Deadline.after(60), Counting())


def entered(turn: RequestContext) -> Counter[str]:
    assert isinstance(turn.stopwatch, Counting)
    return turn.stopwatch.entered


def put(container: Container, data: bytes) -> None:
    container.tools.storage.put("inbox/a", data, media_type="image/jpeg")


def alone(container: Container, data: bytes, width: int) -> tuple[RequestContext, imaging.Header]:
    """Return what one width takes, and what it is, made by itself."""
    one = turn()
    wanted = RenderSpec(msgspec.structs.replace(ResizeOptions(), width=width))
    return one, imaging.probe(service.render(container.tools, one, data, wanted), container.settings)


@pytest.mark.parametrize("data", SOURCES.values(), ids=SOURCES)
def test_all_widths_come_from_one_decode_and_are_what_each_alone_would_be(make_container: Make, data: bytes) -> None:
    container, all_together = make_container(widths=WIDTHS), turn()
    put(container, data)
    assert service.renditions(container.tools, all_together, "inbox/a") == [f"resized/{width}-a" for width in WIDTHS]
    for width in WIDTHS:
        one, expected = alone(container, data, width)
        made = container.tools.storage.get(f"resized/{width}-a")
        assert made
        found = imaging.probe(made, container.settings)
        assert (found.format, found.width, found.height, found.frames) == (
            expected.format,
            expected.width,
            expected.height,
            expected.frames,
        )
        assert entered(all_together)["decode"] == entered(one)["decode"]


def holding(container: Container, memory_bytes: int) -> Container:
    """Leave the container this much memory for images."""
    admission = Admission(memory_mb=BASE_MB + -(-memory_bytes // MIB), slots=1)
    container.tools = msgspec.structs.replace(container.tools, admission=admission)
    return container


def test_what_does_not_fit_together_is_made_one_after_the_other(make_container: Make) -> None:
    data = SOURCES["photo"]
    container = make_container(widths=WIDTHS)
    series = imaging.prepare_series(data, ResizeOptions(), WIDTHS, container.settings)
    largest = max(work.cost.memory_bytes for work in series.works)
    several = [imaging.prepare_series(data, ResizeOptions(), (width,), container.settings) for width in WIDTHS]
    most = max(one.cost.memory_bytes for one in several)
    assert largest <= most < series.cost.memory_bytes - MIB, "this image does not tell the two apart"
    put(holding(container, most), data)
    slowly = turn()
    assert len(service.renditions(container.tools, slowly, "inbox/a")) == 3
    one, _ = alone(container, data, WIDTHS[0])
    assert entered(slowly)["decode"] == 3 * entered(one)["decode"]


@pytest.mark.parametrize("widths", [(1900, 1400), (1900,)])
def test_what_does_not_fit_at_all_is_refused_undecoded(make_container: Make, widths: tuple[int, ...]) -> None:
    container, tried = make_container(widths=widths), turn()
    put(holding(container, 16 * MIB), SOURCES["photo"])
    with pytest.raises(TooCostly):
        service.renditions(container.tools, tried, "inbox/a")
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

    container.tools = msgspec.structs.replace(container.tools, admission=Watching(memory_mb=512, slots=1))
    service.renditions(container.tools, turn(), "inbox/a")
    cost = imaging.prepare_series(SOURCES["png"], ResizeOptions(), WIDTHS, container.settings).cost
    assert seen == [(cost.memory_bytes, cost.cpu_s)]

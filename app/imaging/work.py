"""One resize with everything decided from the header, before anything is decoded, and its result."""

from __future__ import annotations

import msgspec

from app.core.config import Limits
from app.imaging import geometry, output_format
from app.imaging.codecs.output import Output
from app.imaging.cost import Cost
from app.imaging.cost.encode import haste
from app.imaging.cost.estimate import estimate_most
from app.imaging.headers import Header
from app.imaging.headers.probe import probe
from app.imaging.orientation import Size
from app.imaging.resize_plan import ResizePlan, most_shrink, shrink
from app.imaging.steps.costs import Planned
from app.options import ResizeOptions


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One resize, ready to be rendered; ``watermark`` is the header of the image to draw over the result."""

    header: Header
    options: ResizeOptions
    limits: Limits
    plan: ResizePlan
    output: Output
    cost: Cost
    watermark: Header | None = None

    @property
    def format(self) -> str:
        """Return the format of the result."""
        return self.output.format

    @property
    def size(self) -> Size:
        """Return width and height of the result; with trim, of the untrimmed image."""
        return self.plan.canvas


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
    """Return the resize of ``data`` by ``options``, planned and with its cost; decodes nothing.

    ``accepts`` names the formats that the client takes, for ``format=auto``, the preferred first; ``watermark`` is the
    image that ``options.watermark`` names. With trim, the plan is that of the untrimmed image: what trim leaves is not
    known yet. Raises what ``probe`` raises, InvalidParameter (crop outside the source, no such page, what the chosen
    format cannot do) and OutputTooLarge.
    """
    mark = probe(watermark, limits) if watermark else None
    return planned(probe(data, limits), options, limits, accepts=accepts, mark=mark)


def planned(
    header: Header, options: ResizeOptions, limits: Limits, *, accepts: tuple[str, ...] = (), mark: Header | None = None
) -> Work:
    """Return what ``prepare`` does for a file with this ``header``, which has everything that decides; raises as it."""
    plan = geometry.plan(header.stored_size, header.orientation, options)
    if options.trim is None:
        most = most_shrink(header.mode)
        if plan.region:
            from app.imaging.crop_edges import unmixed_shrink

            most = min(most, unmixed_shrink(plan.region, header.stored_size))
        by = shrink(header.format, plan.box_size, plan.scaled, most=most)
        plan = msgspec.structs.replace(plan, shrink=by)
    output = output_format.choose(header, plan, options, limits=limits, accepts=accepts)
    at_most = _at_most(header, options, limits, plan)
    output = msgspec.structs.replace(output, haste=haste(at_most[0], output))
    spent = estimate_most(at_most, output, watermark=mark)
    return Work(header=header, options=options, limits=limits, plan=plan, output=output, cost=spent, watermark=mark)


def _at_most(header: Header, options: ResizeOptions, limits: Limits, plan: ResizePlan) -> list[Planned]:
    """Return what may be planned once trim has been carried out; without trim that is the plan."""
    if options.trim is None:
        return [Planned(header, options, plan, plan.canvas)]
    from app.imaging.cost import trimmed

    canvas = trimmed.largest_canvas(header, plan, options, limits)
    plans = trimmed.extreme_plans(header, plan, options, limits)
    return [Planned(header, options, each, canvas) for each in plans]

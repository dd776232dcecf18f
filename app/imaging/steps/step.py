"""The interface of a step, and the plan that every step gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from app.imaging.codecs.output import Output
from app.imaging.headers import Header
from app.imaging.resize_plan import ResizePlan
from app.imaging.steps.costs import Planned, StepCost
from app.options import ResizeOptions
from app.options.css_colors import RGBA

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[int, int, int, int]


class FramePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the steps need beside the pixels, the same for every frame of one image.

    ``trimmed`` is the part that trim leaves of the upright, cropped frame, ``watermark`` the header and the bytes of
    the image to draw over the result. ``profile`` is the one that the result keeps, empty for none, and ``background``
    the color under everything, in the colors of the result. ``prepared`` holds what the steps made of all this
    beforehand, by the name of the step.
    """

    header: Header
    options: ResizeOptions
    resize: ResizePlan
    output: Output
    trimmed: Box | None = None
    watermark: tuple[Header, bytes] | None = None
    profile: bytes = b""
    background: RGBA = (255, 255, 255, 0)
    prepared: Mapping[str, Any] = {}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: when it applies, what it costs, and the module of this package that draws it.

    The module is called ``name`` and imported when the step first draws. It has ``draw(image, plan)``, which returns
    the new image, and, where ``prepares`` says so, ``prepare(plan)``, which returns what serves every frame.

    ``options`` are those that this step answers for, ``order`` what the documented order calls it, its name by
    default both. ``when`` says whether it applies, by default where the option of its name is given. ``adds_alpha``
    says that it makes some pixels of an opaque image transparent.
    """

    name: str
    cost: Callable[[Planned], StepCost]
    when: Callable[[ResizeOptions], bool] | None = None
    options: tuple[str, ...] | None = None
    order: tuple[str, ...] | None = None
    prepares: bool = False
    adds_alpha: bool = False

    def applies(self, options: ResizeOptions) -> bool:
        """Return whether ``options`` ask for this step."""
        return self.when(options) if self.when else getattr(options, self.name) is not None

    def prepare(self, plan: FramePlan) -> Any:
        """Return the value that ``draw`` reads from ``plan.prepared`` under the name of the step."""
        return import_module(f"{__package__}.{self.name}").prepare(plan)

    def draw(self, image: Image.Image, plan: FramePlan) -> Image.Image:
        """Return ``image`` after this step."""
        drawn: Image.Image = import_module(f"{__package__}.{self.name}").draw(image, plan)
        return drawn

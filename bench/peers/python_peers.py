"""The resize of each Python peer, and of our own libraries alone; each library is imported only in its own process."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

Resize = Callable[[bytes], bytes]


def naive(*, width: int, quality: int, progressive: bool, format: str) -> Resize:
    """Return the naive resize with Pillow: decode everything, convert, resize, save."""
    from PIL import Image, ImageSequence

    def reduce(image: Image.Image) -> Image.Image:
        mode = "RGBA" if image.has_transparency_data and format != "jpeg" else "RGB"
        height = round(image.height * width / image.width)
        return image.convert(mode).resize((width, height), Image.Resampling.LANCZOS)

    def resize(data: bytes) -> bytes:
        image = Image.open(BytesIO(data))
        frames = [reduce(frame) for frame in ImageSequence.Iterator(image)] if format == "gif" else [reduce(image)]
        more = {"save_all": True, "append_images": frames[1:], "loop": 0} if format == "gif" else {}
        out = BytesIO()
        frames[0].save(out, format, quality=quality, progressive=progressive, **more)
        return out.getvalue()

    return resize


def bare(*, width: int, quality: int, progressive: bool, format: str) -> Resize:
    """Return what our engine asks of its libraries to resize a JPEG, without anything around it."""
    from cykooz_resizer import FilterType, ResizeAlg, ResizeOptions, Resizer  # type: ignore[import-untyped]
    from PIL import Image

    from app.imaging.resize_plan import LEFT

    options = ResizeOptions(resize_alg=ResizeAlg.convolution(FilterType.lanczos3))

    def resize(data: bytes) -> bytes:
        image = Image.open(BytesIO(data))
        made = Image.new("RGB", (width, round(image.height * width / image.width)))
        image.draft(None, (int(LEFT * made.width), int(LEFT * made.height)))
        Resizer().resize_pil(image, made, options)
        out = BytesIO()
        made.save(out, format, quality=quality, progressive=progressive, optimize=True, subsampling="4:2:0")
        return out.getvalue()

    return resize


def thumbor(*, width: int, quality: int, progressive: bool, format: str) -> Resize:
    """Return the resize of thumbor's own Pillow engine for the path ``/{width}x0/`` with its default settings.

    The steps are those of its ``Transformer.img_operation_worker``: load, proportional height, resize, read.
    """
    from thumbor.config import Config  # type: ignore[import-not-found]
    from thumbor.context import Context  # type: ignore[import-not-found]
    from thumbor.engines.pil import Engine  # type: ignore[import-not-found]

    context = Context(config=Config(QUALITY=quality, PROGRESSIVE_JPEG=progressive))

    def resize(data: bytes) -> bytes:
        engine = Engine(context)
        engine.load(data, None)
        # for an animation ``engine.size`` is a method, so thumbor's transformer takes the size of the first frame
        source_width, source_height = engine.image.size
        engine.resize(width, round(width * source_height / source_width))
        body: bytes = engine.read(f".{format}", None if format == "gif" else quality)
        return body

    return resize


def vips(*, width: int, quality: int, progressive: bool, format: str) -> Resize:
    """Return libvips' own thumbnail operation, with the encoder settings that sharp derives from the same options."""
    import pyvips  # type: ignore[import-untyped]

    pyvips.cache_set_max(0)
    settings: dict[str, dict[str, Any]] = {
        "jpeg": {"Q": quality, "interlace": progressive, "subsample_mode": "on", "optimize_coding": True},
        "png": {"compression": 6},
        "webp": {"Q": quality},
        "avif": {"Q": quality, "compression": "av1", "subsample_mode": "on"},
        "gif": {},
    }
    pages = "[n=-1]" if format == "gif" else ""

    def resize(data: bytes) -> bytes:
        # only the width is bounded: this height is the largest that libvips accepts
        image = pyvips.Image.thumbnail_buffer(data, width, height=10_000_000, size="down", option_string=pages)
        body: bytes = image.write_to_buffer(f".{format}", keep="none", **settings[format])
        return body

    return resize


def versions(subject: str) -> dict[str, str]:
    """Return the names and versions of the libraries that ``subject`` uses."""
    if subject == "vips":
        import pyvips

        return {
            "pyvips": pyvips.__version__,
            "vips of pyvips": ".".join(str(pyvips.version(part)) for part in range(3)),
        }
    from importlib.metadata import version

    return {"thumbor": version("thumbor"), "pillow of thumbor": version("pillow")}

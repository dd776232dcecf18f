"""Draws animated GIFs as people make them: recordings of a screen, a gradient, a pan over a photograph, a film clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bench.sources.photograph import DRAWN_BY, SEED, photograph
from measurement.stamps import build_once, stamp

FRAMES: Final = 40
SCREEN, FILM = (960, 720), (640, 360)
DELAY_MS: Final = 60
WORDS: Final = ("def", "return", "for", "image", "frame", "palette", "color", "from", "self", "index", "import")
INKS: Final = ("#c678dd", "#61afef", "#98c379", "#e5c07b", "#abb2bf")


def draw_animations(folder: Path) -> Mapping[str, Path]:
    """Write the GIFs into a folder below ``folder``, unless this code has drawn them before; return paths by name."""
    folder = folder / "animations"
    files = {name: folder / f"{name}.gif" for name in ANIMATIONS}

    def build() -> None:
        folder.mkdir(exist_ok=True)
        for name, path in files.items():
            frames, save = ANIMATIONS[name]
            path.write_bytes(save(list(frames())))

    build_once(folder, stamp(DRAWN_BY, Path(__file__).read_text()), build)
    return files


def scrolling() -> Iterator[Image.Image]:
    """Yield a code editor whose text moves up, below a title bar and beside a list of files that stay."""
    rng = np.random.default_rng(SEED)
    lines = [[str(word) for word in rng.choice(WORDS, rng.integers(2, 9))] for _ in range(90)]
    page = Image.new("RGB", (SCREEN[0] - 200, 22 * len(lines)), "#282c34")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for row, line in enumerate(lines):
        x = 12.0 + 24 * (row % 4)
        for index, word in enumerate(line):
            pen.text((x, 22 * row), word, INKS[(row + index) % len(INKS)], font)
            x += pen.textlength(word + " ", font)
    window = _window()
    for step in range(FRAMES):
        frame = window.copy()
        frame.paste(page.crop((0, 11 * step, page.width, 11 * step + SCREEN[1] - 40)), (200, 40))
        yield frame


def cursor() -> Iterator[Image.Image]:
    """Yield a form with shaded buttons; an arrow moves over it, and what it touches lights up."""
    for step in range(FRAMES):
        x, y = 240 + 16 * step, 120 + int(420 * abs(np.sin(step / 9)))
        frame = _window()
        pen, font = ImageDraw.Draw(frame), ImageFont.load_default(20)
        for row in range(5):
            box = (260, 100 + 110 * row, 860, 170 + 110 * row)
            touched = box[0] <= x <= box[2] and box[1] <= y <= box[3]
            frame.paste(_shade((600, 70), (88, 101, 242) if touched else (60, 66, 80)), box)
            pen.text((290, box[1] + 22), f"Setting {row + 1}: {' '.join(WORDS[2 * row : 2 * row + 2])}", "white", font)
        pen.polygon([(x, y), (x, y + 26), (x + 7, y + 20), (x + 18, y + 19)], fill="white", outline="black")
        yield frame


def gradient() -> Iterator[Image.Image]:
    """Yield smooth colors without noise that drift slowly."""
    y, x = np.mgrid[0 : FILM[1], 0 : FILM[0]] / FILM[1]
    for step in range(FRAMES):
        turn = 2 * np.pi * step / FRAMES
        waves = [np.sin(2 * x + 1.5 * y * sign + turn * sign + shift) for sign, shift in ((1, 0), (-1, 2), (1, 4))]
        yield _image(128 + 90 * np.stack(waves, axis=2))


def panning() -> Iterator[Image.Image]:
    """Yield a window that moves over a photograph without grain."""
    photo = photograph(2400, 1600).resize((1200, 800), Image.Resampling.LANCZOS)
    for step in range(FRAMES):
        left, top = 8 * step, 5 * step
        yield photo.crop((left, top, left + FILM[0], top + FILM[1]))


def film() -> Iterator[Image.Image]:
    """Yield two scenes: a ball over a blurred pan, then, after a cut, a slow zoom into another picture."""
    photo = photograph(2400, 1600).resize((1200, 800), Image.Resampling.LANCZOS)
    soft, warm = photo.filter(ImageFilter.GaussianBlur(4)), Image.merge("RGB", photo.split()[::-1])
    for step in range(FRAMES // 2):
        frame = soft.crop((3 * step, 100, 3 * step + FILM[0], 100 + FILM[1]))
        x, y = 40 + 26 * step, 250 - int(180 * abs(np.sin(step / 4)))
        ball = _shade((90, 90), (220, 60, 40))
        mask = Image.new("L", (360, 360))
        ImageDraw.Draw(mask).ellipse((4, 4, 355, 355), fill=255)
        frame.paste(ball, (x, y), mask.resize((90, 90), Image.Resampling.BOX))
        yield frame
    for step in range(FRAMES // 2):
        wide, high = 1000 - 128 * step / 9, 562.5 - 8 * step
        yield warm.resize(FILM, Image.Resampling.BICUBIC, (100, 150, 100 + wide, 150 + high))


def _window() -> Image.Image:
    """Return a title bar with a gradient, a list of files, and an empty page."""
    image = Image.new("RGB", SCREEN, "#282c34")
    image.paste(_shade((SCREEN[0], 40), (70, 76, 92)))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    for index, color in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        pen.ellipse((14 + 24 * index, 13, 28 + 24 * index, 27), fill=color)
    pen.rectangle((0, 40, 199, SCREEN[1]), fill="#21252b")
    for row, word in enumerate(2 * WORDS):
        pen.text((18, 52 + 26 * row), f"{word}.py", "#9da5b4", font)
    return image


def _shade(size: tuple[int, int], color: tuple[int, int, int]) -> Image.Image:
    """Return ``color`` that gets darker downwards."""
    down = np.linspace(1.15, 0.75, size[1])[:, None, None]
    return _image(np.broadcast_to(np.array(color) * down, (size[1], size[0], 3)))


def _image(pixels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _by_pillow(frames: list[Image.Image]) -> bytes:
    """Return a GIF with a palette of its own for each frame."""
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=DELAY_MS, loop=0)
    return out.getvalue()


def _by_libvips(frames: list[Image.Image], **settings: Any) -> bytes:
    """Return a GIF of another program: dithered, with transparent pixels where nothing changed."""
    import pyvips  # type: ignore[import-untyped]

    strip = np.concatenate([np.asarray(frame) for frame in frames])
    image = pyvips.Image.new_from_array(strip, interpretation="srgb").copy()
    image.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    image.set_type(pyvips.GValue.array_int_type, "delay", [DELAY_MS] * len(frames))
    image.set_type(pyvips.GValue.gint_type, "loop", 0)
    body: bytes = image.gifsave_buffer(**settings)
    return body


ANIMATIONS: Final[Mapping[str, tuple[Callable[[], Iterator[Image.Image]], Callable[[list[Image.Image]], bytes]]]] = {
    "scrolling text": (scrolling, _by_libvips),
    "cursor over a form": (cursor, _by_pillow),
    "gradient": (gradient, _by_libvips),
    "panning photograph": (panning, _by_libvips),
    "film clip": (film, _by_pillow),
}

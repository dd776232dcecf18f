"""The Python side of the benchmark: ``python -m bench.worker ours|naive SOURCE WIDTH QUALITY PROGRESSIVE FORMAT``.

One command a line in, one line of JSON out; the twin of peers/sharp_worker.mjs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

Resize = Callable[[bytes], bytes]


def ours(*, width: int, quality: int, progressive: bool, format: str) -> Resize:
    """Return the engine as the service calls it, header check and cost estimate included."""
    from app import imaging, options
    from app.config import Limits
    from app.deadline import Deadline, Stopwatch

    asked = [("w", str(width)), ("progressive", str(progressive).lower()), ("format", format)]
    asked += [("quality", str(quality))] if format in ("jpeg", "webp", "avif") else []

    def resize(data: bytes) -> bytes:
        work = imaging.prepare(data, options.parse(asked), Limits())
        return imaging.render(work, data, Deadline.after(60), Stopwatch()).body

    return resize


def naive(*, width: int, quality: int, progressive: bool, format: str) -> Resize:
    """Return what one writes first with Pillow: decode all of it, convert, resize, save."""
    from PIL import Image, ImageSequence

    def small(image: Image.Image) -> Image.Image:
        mode = "RGBA" if image.has_transparency_data and format != "jpeg" else "RGB"
        height = round(image.height * width / image.width)
        return image.convert(mode).resize((width, height), Image.Resampling.LANCZOS)

    def resize(data: bytes) -> bytes:
        image = Image.open(BytesIO(data))
        frames = [small(frame) for frame in ImageSequence.Iterator(image)] if format == "gif" else [small(image)]
        more = {"save_all": True, "append_images": frames[1:], "loop": 0} if format == "gif" else {}
        out = BytesIO()
        frames[0].save(out, format, quality=quality, progressive=progressive, **more)
        return out.getvalue()

    return resize


class Commands:
    """What the other side may ask for; every method answers with numbers or texts by name."""

    def __init__(self, resize: Resize, source: Path) -> None:
        self._resize = resize
        self._source = source

    def loop(self, count: str) -> dict[str, Any]:
        """Resize ``count`` times and return the CPU seconds of all threads."""
        data = self._source.read_bytes()
        before = time.process_time()
        for _ in range(int(count)):
            self._resize(data)
        return {"cpu_s": time.process_time() - before}

    def save(self, path: str) -> dict[str, Any]:
        """Write one result."""
        return {"bytes": Path(path).write_bytes(self._resize(self._source.read_bytes()))}

    def peak(self, tiny: str) -> dict[str, Any]:
        """Return resident bytes with everything loaded, and their peak over one resize, source bytes included."""
        self._resize(Path(tiny).read_bytes())
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak of loading: proc(5)
        before = _resident("VmRSS")
        self._resize(self._source.read_bytes())
        return {"before": before, "peak": _resident("VmHWM")}


def _resident(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


def main(subject: str, source: str, width: str, quality: str, progressive: str, format: str) -> None:
    """Answer commands until the input ends."""
    make = {"ours": ours, "naive": naive}[subject]
    resize = make(width=int(width), quality=int(quality), progressive=progressive == "true", format=format)
    commands = Commands(resize, Path(source))
    for line in sys.stdin:
        name, _, argument = line.rstrip("\n").partition(" ")
        print(json.dumps(getattr(commands, name)(argument)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

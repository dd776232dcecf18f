"""Only the plugin that a format needs is loaded, and encoding leaves the image as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

from app.imaging import plugins
from tests.support import drawing


def test_one_format_loads_one_plugin() -> None:
    code = (
        "import sys; from app.imaging import plugins; from PIL import Image\n"
        "plugins.open_image(plugins.save_image(Image.new('RGB', (8, 8)), 'webp'), 'webp')\n"
        "print(*sorted(name for name in sys.modules if name.endswith('ImagePlugin')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["PIL.WebPImagePlugin"]


def test_encoding_leaves_the_image_as_it_was() -> None:
    image = drawing.photo(8, 8)
    before = dict(image.__dict__)
    assert drawing.opened(plugins.save_image(image, "png", compress_level=1)).tobytes() == image.tobytes()
    assert image.__dict__ == before


def test_an_image_without_its_file_keeps_what_it_says() -> None:
    opened = plugins.open_image(drawing.encoded(Image.new("P", (8, 8)), "PNG", dpi=(72, 72)), "png")
    alone = plugins.loaded(opened)
    assert not hasattr(alone, "fp")
    assert (alone.size, alone.mode, alone.info) == (opened.size, "P", opened.info)


def test_threads_that_decode_first_at_once_all_decode(tmp_path: Path) -> None:
    """In the middle of an import another thread must wait for its end; every format has a module of its own."""
    formats = ("jpeg", "png", "webp", "gif", "tiff", "bmp")
    for format in formats:
        (tmp_path / format).write_bytes(drawing.encoded(Image.new("RGB", (8, 8)), format.upper()))
    code = (
        "import sys; from concurrent.futures import ThreadPoolExecutor; from pathlib import Path\n"
        "from app.imaging import plugins\n"
        "sys.setswitchinterval(1e-6)\n"
        f"for format in {formats!r}:\n"
        "    data = Path(sys.argv[1], format).read_bytes()\n"
        "    with ThreadPoolExecutor(8) as pool:\n"
        "        print([image.size for image in pool.map(lambda _: plugins.open_image(data, format), range(8))])\n"
    )
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.stdout == f"{[(8, 8)] * 8}\n" * len(formats), done.stderr

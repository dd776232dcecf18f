"""Only the plugin that a format needs is loaded, and encoding leaves the image as it was."""

from __future__ import annotations

import subprocess
import sys

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

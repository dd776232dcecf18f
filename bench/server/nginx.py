"""nginx with its image_filter, where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

_PLACES: Final = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
_MODULE: Final = "ngx_http_image_filter_module.so"
_CONFIG: Final = """
{load}
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 2;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location = /healthz {{ return 200; }}
    location / {{
      alias {sources}/; image_filter resize 480 -; image_filter_buffer 20M;
      image_filter_jpeg_quality 80; image_filter_interlace on;
    }}
  }}
}}
"""


class Nginx(msgspec.Struct, frozen=True):
    """The program, and the line that loads its module; empty when the module is a part of it."""

    program: str
    load: str


def image_filter() -> Nginx | None:
    """Return an nginx that has the module, else None."""
    program = shutil.which("nginx", path=_PLACES)
    if program is None:
        return None
    built = subprocess.run([program, "-V"], capture_output=True, text=True, check=True).stderr
    if re.search(r"--with-http_image_filter_module(?!=dynamic)", built):
        return Nginx(program, "")
    folder = re.search(r"--modules-path=(\S+)", built)
    module = Path(folder[1] if folder else "", _MODULE)
    return Nginx(program, f"load_module {module};") if module.is_file() else None


def command(nginx: Nginx, sources: Path, port: int, folder: Path) -> Sequence[str]:
    """Return the command that serves the files in ``sources``, made smaller."""
    config = folder / "nginx.conf"
    config.write_text(_CONFIG.format(load=nginx.load, folder=folder, port=port, sources=sources.resolve()))
    return [nginx.program, "-p", str(folder), "-c", str(config)]

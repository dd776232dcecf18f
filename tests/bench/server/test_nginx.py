from __future__ import annotations

from pathlib import Path

from bench.server.nginx import Nginx, command


def test_nginx_serves_the_sources_from_a_folder_of_its_own(tmp_path: Path) -> None:
    words = command(Nginx("nginx", "load_module /modules/filter.so;"), tmp_path / "sources", 8123, tmp_path)
    config = (tmp_path / "nginx.conf").read_text()
    assert words == ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    assert config.strip().startswith("load_module /modules/filter.so;")
    assert "listen 127.0.0.1:8123;" in config
    assert f"alias {(tmp_path / 'sources').resolve()}/;" in config

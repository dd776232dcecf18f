from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bench.repeats import door
from bench.worker import Commands, Ours


def jpeg(width: int = 320, height: int = 240) -> bytes:
    out = BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_each_way_of_knowing_an_answer_is_told_apart(tmp_path: Path) -> None:
    with door(str(tmp_path)) as known, door(str(tmp_path), cache_bytes=0) as forgetful:
        told = known.ask(method="POST", path="/upload", body=jpeg(), expected="201")[1]
        query = f"id={json.loads(told)['images'][0]['id']}&w=100"
        spent, tag = known.ask(query=query, cache="miss")
        assert spent > 0
        known.ask(query=query, times=3, cache="memory")
        forgetful.ask(query=query, times=3, cache="storage")
        known.ask(query=query, tag=tag, expected="304")
        with pytest.raises(RuntimeError, match="expected 200 from miss"):
            known.ask(query=query, cache="miss")


def test_our_engine_tells_what_each_stage_took(tmp_path: Path) -> None:
    source = tmp_path / "source.jpg"
    source.write_bytes(jpeg())
    ours = Ours(width=100, quality=80, progressive=True, format="jpeg")
    spent = Commands("ours", ours, source).stages("")
    assert set(spent) == {"decode", "resize", "encode", "total"}
    assert spent["total"] >= spent["decode"] + spent["resize"] + spent["encode"] > 0
    with pytest.raises(TypeError, match="received naive"):
        Commands("naive", bytes, source).stages("")

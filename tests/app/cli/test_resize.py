"""Files are resized as the service resizes them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.container import Container
from app.core.deadline import Deadline
from app.options import TYPES
from tests.app.cli.conftest import Run
from tests.support import drawing
from tests.support.waiting import wait_until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a JPEG, a PNG in a folder of its own, and a text."""
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    (source / "a.jpg").write_bytes(drawing.encoded(drawing.photo(160, 120), "JPEG"))
    (source / "deep" / "b.PNG").write_bytes(drawing.encoded(drawing.photo(80, 60), "PNG"))
    (source / "notes.txt").write_text("no image")
    return source


def test_a_folder_keeps_its_shape(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("resize", str(folder), str(out), "--width", "40", "--format", "webp")
    assert done.exit_code == 0, done.output
    assert "2 of 2 images resized" in done.output
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == ["a.webp", "deep/b.webp"]
    assert drawing.opened((out / "a.webp").read_bytes()).size == (40, 30)


def test_the_name_of_the_result_says_the_format(run: Run, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.webp"
    assert run("resize", str(folder / "a.jpg"), str(target), "--width", "40").exit_code == 0
    assert drawing.opened(target.read_bytes()).format == "WEBP"


@pytest.mark.parametrize(
    ("name", "format"), [("a.jpg", "JPEG"), ("a.jpeg", "JPEG"), ("a.TIF", "TIFF"), ("a.tiff", "TIFF"), ("a.png", "PNG")]
)
def test_every_usual_suffix_names_its_format(run: Run, folder: Path, tmp_path: Path, name: str, format: str) -> None:
    target = tmp_path / name
    done = run("resize", str(folder / "a.jpg"), str(target), "--width", "40")
    assert done.exit_code == 0, done.output
    assert drawing.opened(target.read_bytes()).format == format


def test_a_format_that_is_asked_for_names_the_file(run: Run, folder: Path, tmp_path: Path) -> None:
    done = run("resize", str(folder / "a.jpg"), str(tmp_path / "b.jpg"), "--width", "40", "--format", "webp")
    assert done.exit_code == 0, done.output
    assert drawing.opened((tmp_path / "b.webp").read_bytes()).format == "WEBP"


def test_the_same_pixels_as_over_http(run: Run, folder: Path, tmp_path: Path, http: object) -> None:
    from flask.testing import FlaskClient

    assert isinstance(http, FlaskClient)
    arguments = ["--width", "50", "--fit", "cover", "--height", "50", "--grayscale", "--blur", "2"]
    assert run("resize", str(folder / "a.jpg"), str(tmp_path), *arguments).exit_code == 0
    query = "w=50&fit=cover&h=50&grayscale=true&blur=2"
    answer = http.post(f"/resize?{query}", data=(folder / "a.jpg").read_bytes(), content_type="image/jpeg")
    assert (tmp_path / "a.jpg").read_bytes() == answer.data


def test_a_broken_file_does_not_stop_the_others(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    done = run("resize", str(folder), str(tmp_path / "out"), "--width", "40")
    assert done.exit_code == 1
    assert "2 of 3 images resized" in done.output
    assert f"{folder / 'broken.jpg'}: " in done.output


def test_a_file_waits_for_the_memory_of_another(
    run: Run, make_container: Callable[..., Container], folder: Path, tmp_path: Path
) -> None:
    """However long it takes: a request would be told to come again."""
    container = make_container()
    admission = container.services.renderer.admission
    admission._patience_s = 0.0
    with ThreadPoolExecutor(1) as pool:
        with admission.admit(admission._memory, 0.0, Deadline.after(60)):
            done = pool.submit(run, "resize", str(folder), str(tmp_path / "out"), "--width", "40", container=container)
            wait_until(lambda: admission.waiting or done.done())
        assert "2 of 2 images resized" in done.result(60).output


def test_files_are_replaced_only_on_request(run: Run, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.jpg"
    target.write_text("mine")
    arguments = ["resize", str(folder / "a.jpg"), str(target), "--width", "40"]
    done = run(*arguments)
    assert done.exit_code == 1
    assert "exists" in done.output
    assert target.read_text() == "mine"
    assert run(*arguments, "--overwrite").exit_code == 0
    assert drawing.opened(target.read_bytes()).size == (40, 30)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--width", "0"], "--width: expected an integer from 1 to 8192, received '0'"),
        (["--watermark-gravity", "up"], "--watermark-gravity"),
        (["--quality", "101"], "--quality: expected an integer from 1 to 100"),
    ],
)
def test_a_wrong_option_is_named(run: Run, folder: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    done = run("resize", str(folder), str(tmp_path / "out"), *arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert not (tmp_path / "out").exists()


def test_every_option_of_resize_is_there(run: Run) -> None:
    text = run("resize", "--help").output
    assert [name for name in TYPES if name != "download" and f"--{name.replace('_', '-')}" not in text] == []


def test_a_folder_without_images_is_said_to_be_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("resize", str(tmp_path / "empty"), str(tmp_path / "out"), "--width", "40")
    assert done.exit_code == 1
    assert "there is no image" in done.output

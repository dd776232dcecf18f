"""Files are resized as the service resizes them."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.container import Container
from app.core.deadline import Deadline
from app.options import TYPES
from measurement.stamps import ROOT
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


def test_two_sources_of_one_result_are_not_written_over_each_other(run: Run, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name, format in (("a.jpg", "JPEG"), ("a.png", "PNG")):
        (folder / name).write_bytes(drawing.encoded(drawing.photo(60, 40), format))
    done = run("resize", str(folder), str(out), "--width", "20", "--format", "webp", "--overwrite")
    assert done.exit_code == 1
    assert "1 of 2 images resized" in done.output
    assert "a.webp is the result of another source too" in done.output


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_that_cannot_be_written_whole_is_not_there(
    run: Run, folder: Path, tmp_path: Path, overwrite: bool
) -> None:
    """A full disk left half a file, in the place of a whole one."""
    out = tmp_path / "out"
    out.mkdir()
    if overwrite:
        (out / "a.jpg").write_bytes(b"whole")
    # the same that a full disk does: what is written stops at this size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        done = run("resize", str(folder / "a.jpg"), str(out), "--width", "100", *(["--overwrite"] if overwrite else []))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert done.exit_code == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == ({"a.jpg": b"whole"} if overwrite else {})


def test_an_interrupt_leaves_out_what_has_not_begun(run: Run, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    data = drawing.encoded(drawing.photo(1200, 900, noise=20), "JPEG")
    for number in range(40):
        (folder / f"{number}.jpg").write_bytes(data)
    command = [sys.executable, "-m", "flask", "resize", str(folder), str(out), "--width", "900", "--format", "avif"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT) as running:
        wait_until(lambda: len(list(out.glob("*.avif"))) > 0)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 1
    assert len(list(out.glob("*.avif"))) < 20
    assert not list(out.glob(".*"))

"""``flask resize``: resizes files with the options and the engine of the service."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import click
import msgspec

from app import imaging
from app.core.config import MIB
from app.core.deadline import Deadline, Stopwatch
from app.core.errors import InvalidParameter, ParameterError, ServiceError
from app.core.formats import FORMATS, file_name, suffixes
from app.options import TYPES, ResizeOptions, describe, parse
from app.service import RenderSpec, RequestContext

if TYPE_CHECKING:
    from app.container import Container

# these say how a result is sent, and a file is not
_ONLY_HTTP: Final = ("download",)


class _Task(msgspec.Struct, frozen=True):
    """One file to resize, and where the result goes; the suffix follows the format of the result."""

    source: Path
    target: Path


def command(container: Container) -> click.Command:
    """Return the command, with an option for each option of /resize."""

    def resize(sources: tuple[Path, ...], target: Path, overwrite: bool, **values: Any) -> None:
        """Resize the files SOURCES, and all images in the folders among them, into the folder TARGET.

        TARGET is a file if it ends like one, as in photo.webp, and there is one source file.
        """
        spec = RenderSpec(_options(values, target))
        tasks = list(_tasks(sources, target))
        if not tasks:
            raise click.ClickException("there is no image in what was given")
        failures = _run(container, tasks, spec, overwrite=overwrite)
        for failure in failures:
            click.secho(failure, fg="red", err=True)
        click.echo(f"{len(tasks) - len(failures)} of {len(tasks)} images resized")
        if failures:
            raise click.exceptions.Exit(1)

    path = click.Path(path_type=Path, exists=True)
    parameters: list[click.Parameter] = [
        click.Argument(["sources"], nargs=-1, required=True, type=path),
        click.Argument(["target"], type=click.Path(path_type=Path)),
        click.Option(["--overwrite"], is_flag=True, help="Replace files that exist."),
        *(_option(name) for name in TYPES if name not in _ONLY_HTTP),
    ]
    return click.Command("resize", callback=resize, params=parameters, help=resize.__doc__)


def _option(name: str) -> click.Option:
    found = describe(name)
    dashed = name.replace("_", "-")
    if found.is_switch:
        return click.Option([f"--{dashed}/--no-{dashed}", name], default=None, help=found.meaning)
    text = f"{found.meaning}; {found.expected}"
    return click.Option([f"--{dashed}", name], metavar=found.example, help=text)


def _options(values: dict[str, Any], target: Path) -> ResizeOptions:
    """Return the options; a ``target`` that is a file names the format, unless ``--format`` does."""
    given = {name: value for name, value in values.items() if value is not None}
    if "format" not in given and _is_file_name(target):
        given["format"] = _formats()[target.suffix.lower()]
    try:
        return parse(given.items())
    except InvalidParameter as exc:
        raise click.UsageError("; ".join(map(_problem, exc.errors))) from exc


def _problem(error: ParameterError) -> str:
    return f"--{error.parameter.replace('_', '-')}: {error.detail}, received '{error.received}'"


def _is_file_name(path: Path) -> bool:
    return path.suffix.lower() in _formats() and not path.is_dir()


def _formats() -> dict[str, str]:
    """Return the format that each end of a file name stands for."""
    return {f".{suffix}": name for name in FORMATS for suffix in suffixes(name)}


def _tasks(sources: Sequence[Path], target: Path) -> Iterator[_Task]:
    if _is_file_name(target):
        if len(sources) != 1 or sources[0].is_dir():
            raise click.UsageError(f"{target} is a file: expected one source file, or a folder as TARGET")
        yield _Task(sources[0], target)
        return
    for source in sources:
        if not source.is_dir():
            yield _Task(source, target / source.name)
        for path in sorted(source.rglob("*")) if source.is_dir() else ():
            if path.suffix.lower() in _formats() and path.is_file():
                yield _Task(path, target / path.relative_to(source))


def _run(container: Container, tasks: Sequence[_Task], spec: RenderSpec, *, overwrite: bool) -> list[str]:
    """Resize all on the cores there are; return a line for each that failed."""
    failures: list[str] = []
    results = _Results(overwrite=overwrite)
    with ThreadPoolExecutor(container.services.renderer.cores) as pool:
        futures = {pool.submit(_resize, container, task, spec, results): task for task in tasks}
        try:
            with click.progressbar(as_completed(futures), length=len(tasks), label="Resizing") as finished:
                for future in finished:
                    failures += _failure(future, futures[future])
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sorted(failures)


def _failure(future: Future[None], task: _Task) -> Iterable[str]:
    try:
        future.result()
    except ServiceError as exc:
        return [f"{task.source}: {exc.detail}"]
    except OSError as exc:
        return [f"{task.source}: {exc}"]
    return []


def _resize(container: Container, task: _Task, spec: RenderSpec, results: _Results) -> None:
    size = task.source.stat().st_size
    if size > container.settings.max_source_bytes:
        raise OSError(f"{size / MIB:.1f} MiB, of at most {container.settings.max_source_bytes / MIB:.1f}")
    context = RequestContext(Deadline.after(container.settings.job_s, container.clock, deferred=True), Stopwatch())
    body = container.services.results.render(context, task.source.read_bytes(), spec)
    target = task.target.with_name(file_name(task.target.name, imaging.sniff(body) or ""))
    results.write(target, body)


class _Results:
    """Writes the files, each whole or not at all, and none over another one of the same run."""

    def __init__(self, *, overwrite: bool) -> None:
        self._overwrite = overwrite
        self._claimed: set[Path] = set()
        self._lock = threading.Lock()

    def write(self, target: Path, body: bytes) -> None:
        """Write a file; raises OSError, and leaves what was there."""
        with self._lock:
            if target in self._claimed:
                raise OSError(f"{target} is the result of another source too")
            self._claimed.add(target)
        if not self._overwrite and target.exists():
            raise OSError(f"{target} exists: give --overwrite to replace it")
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{uuid4().hex}.part")
        try:
            part.write_bytes(body)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

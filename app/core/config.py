"""Every setting with its default and bounds, and the one place that reads the environment.

A field added here is a variable that is read, checked and documented.
"""

# No ``from __future__ import annotations``: a cold start would have to evaluate the text of each annotation.
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from app.core import setting_rules
from app.core.gateways import GATEWAYS
from app.core.setting_rules import Bytes, Count, Days, Mebibytes, Pixels, PositiveCount, Rate, Seconds
from app.core.text import listed

VERSION = "0.1.0"
PREFIX = "MONOLAMBDA_"
MIB = 1024 * 1024
# what a form with one file may have around it
FORM_BYTES = 64 * 1024
# Longest side in pixels that an option may ask for, and so the most that MONOLAMBDA_MAX_SIDE can allow.
MAX_SIDE: Final = 8192
# bytes of a secret: with less, one signed link is enough to try all of them
MIN_SECRET: Final = 16
# Lambda's word for a container that takes several requests at once, each in a process of its own:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-python-runtime.html
MANAGED_INSTANCES: Final = "lambda-managed-instances"
# set, but empty, they would open what they are there to close: a name misspelled in a shell or a template
_NEVER_EMPTY: Final = ("secret", "api_keys", "signing_keys")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one image may cost; the only part of the settings that imaging and sources see."""

    max_source_bytes: Annotated[Bytes, Meta(description="largest source image")] = 32 * MIB
    max_source_pixels: Annotated[Pixels, Meta(description="pixels in one source frame")] = 50_000_000
    max_frames: Annotated[Count, Meta(description="frames in one source image")] = 300
    max_side: Annotated[Pixels, Meta(le=MAX_SIDE, description=f"longest side of a result, up to {MAX_SIDE}")] = MAX_SIDE
    max_output_pixels: Annotated[Pixels, Meta(description="pixels of a result, of one frame if it moves")] = 40_000_000
    max_webp_pixels: Annotated[Pixels, Meta(description="pixels of a WebP result, of one frame if it moves")] = (
        16_000_000
    )
    max_avif_pixels: Annotated[Pixels, Meta(description="pixels of an AVIF result, of one frame if it moves")] = (
        8_000_000
    )
    max_redirects: Annotated[Count, Meta(description="redirects followed for one url source")] = 3
    connect_s: Annotated[Seconds, Meta(description="time to connect to a url source")] = 3.0
    read_s: Annotated[Seconds, Meta(description="longest silence of a url source")] = 5.0
    fetch_s: Annotated[Seconds, Meta(description="whole fetch of a url source, redirects included")] = 10.0
    memory_mb: Annotated[Mebibytes, Meta(description="memory of the process, images included")] = 512


class Settings(Limits, frozen=True, kw_only=True):
    """The whole configuration of one container."""

    storage: Annotated[str, Meta(description="directory, or `s3://bucket/prefix`")] = "var"
    secret: Annotated[str, Meta(description="key of ids and tokens; made on first run when storage is a directory")] = (
        ""
    )
    api_keys: Annotated[tuple[str, ...], Meta(description="SHA-256 of each API key, in hex")] = ()
    signing_keys: Annotated[tuple[str, ...], Meta(description="`id:secret` of each key that signs links")] = ()
    secrets_ttl_s: Annotated[Seconds, Meta(description="age after which secrets are read from SSM again")] = 300.0
    unsigned: Annotated[
        Literal["none", "presets", "all"], Meta(description="what GET /resize answers without signature or key")
    ] = "none"
    public: Annotated[bool, Meta(description="open everything to everyone, for a demo")] = False
    originals: Annotated[
        Literal["key", "public"], Meta(description="who may read original bytes, which can carry GPS positions")
    ] = "key"
    source_allow: Annotated[
        tuple[str, ...], Meta(description="hosts (`*.` for subdomains) fetched without signature or key")
    ] = ()
    source_hosts: Annotated[
        tuple[str, ...],
        Meta(description="the only hosts fetched from at all, for key holders and jobs too; empty for any"),
    ] = ()
    source_networks: Annotated[
        tuple[str, ...], Meta(description="non-global address ranges a url source may live in, as CIDR")
    ] = ()
    trusted_hosts: Annotated[
        tuple[str, ...],
        Meta(
            description="Host headers answered when not on Lambda, whatever their port; `.` for subdomains, `*` for any"
        ),
    ] = ("localhost", "127.0.0.1")
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="proxies in front, as addresses or CIDR, whose X-Forwarded-For is believed")
    ] = ()
    cors_origins: Annotated[tuple[str, ...], Meta(description="origins whose scripts may write")] = ()
    public_url: Annotated[str, Meta(description="base of every absolute link")] = ""
    max_body_bytes: Annotated[Bytes, Meta(description="largest request body")] = 10 * MIB
    max_response_bytes: Annotated[
        Bytes, Meta(description="largest image that Lambda itself answers; more goes by a link to the bucket")
    ] = GATEWAYS["rest"].response_body_bytes
    presign_s: Annotated[
        float,
        Meta(ge=60, le=7 * 24 * 3600, description="life of links and forms to the bucket", extra={"unit": "seconds"}),
    ] = 900.0
    bucket_origin: Annotated[
        str, Meta(description="origin of links to the bucket, where it does not follow from the region")
    ] = ""
    rate_limit: Annotated[
        Rate,
        Meta(description="requests of one client address when not on Lambda, in the long run; 0 for no limit"),
    ] = 0.0
    rate_burst: Annotated[PositiveCount, Meta(description="requests that one client address may send at once")] = 50
    deadline_s: Annotated[Seconds, Meta(description="time for one request when not on Lambda")] = 30.0
    dead_letter_url: Annotated[
        str,
        Meta(description="SQS queue for inbox objects that can never be processed; without one they are only logged"),
    ] = ""
    warm_containers: Annotated[
        int,
        Meta(ge=1, le=100, description="containers that the keep-warm schedule keeps warm", extra={"unit": "count"}),
    ] = 1
    job_s: Annotated[
        Seconds, Meta(description="time for one attempt at deferred work; on Lambda what the function's timeout is")
    ] = 120.0
    job_queue: Annotated[PositiveCount, Meta(description="deferred jobs that may wait when not on Lambda")] = 32
    deadline_margin_s: Annotated[Seconds, Meta(description="held back from Lambda's remaining time")] = 0.75
    pooling: Annotated[
        Literal["shared", "per_request"], Meta(description="keep connections for the container's life, or not at all")
    ] = "shared"
    pool_size: Annotated[Count, Meta(description="connections kept per host")] = 10
    warm_on_init: Annotated[
        tuple[Literal["imaging", "http", "storage"], ...],
        Meta(
            description="what is loaded at start, of `imaging`, `http` and `storage`; the rest is loaded on first use"
        ),
    ] = ()
    cache_bytes: Annotated[Bytes, Meta(description="memory for results, with 512 bytes beside each")] = 32 * MIB
    derived_bytes: Annotated[Bytes, Meta(description="results kept in a storage directory")] = 1024 * MIB
    derived_days: Annotated[Days, Meta(description="age at which a purge removes kept results")] = 30.0
    retention_days: Annotated[
        Days, Meta(description="age at which a purge deletes an image with its results and jobs; 0 to keep it")
    ] = 0.0
    recheck_s: Annotated[Seconds, Meta(description="age after which a remembered image is looked up again")] = 30.0
    url_max_age_s: Annotated[
        Seconds, Meta(description="age after which a url source is revalidated, and the cached result of a preset")
    ] = 3600.0
    widths: Annotated[
        Annotated[tuple[Annotated[int, Meta(ge=1, le=MAX_SIDE)], ...], Meta(min_length=1)],
        Meta(description="widths offered for an image", extra={"unit": "pixels"}),
    ] = (
        480,
        640,
        1000,
    )
    presets: Annotated[
        tuple[str, ...], Meta(description="`name:width=96&fit=cover` of each preset; a comma inside is `%2C`")
    ] = ()
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="lines below this level are not written")
    ] = "info"


def described(kind: Any) -> tuple[str, str]:
    """Return what a setting of this annotated type is for, and its unit, empty for none."""
    metas = kind.__metadata__
    meaning = next(meta.description for meta in metas if meta.description)
    return meaning, next((meta.extra["unit"] for meta in metas if meta.extra), "")


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about the environment, which the platform or the server sets, or whoever starts the server for it.

    ``initialization`` is Lambda's word for when this process was started: ``on-demand``, ``provisioned-concurrency``,
    ``snap-start`` or ``lambda-managed-instances``; ``memory_mb`` is the function's memory, shared by ``processes`` like
    this one, each of which takes one request at a time there; ``unknown_variables`` look like settings and are none.
    """

    mode: Literal["lambda", "local"] = "local"
    initialization: str = "on-demand"
    function_name: str = ""
    function_version: str = ""
    memory_mb: int = 0
    processes: int = 1
    log_group: str = ""
    log_stream: str = ""
    region: str = ""
    unknown_variables: tuple[str, ...] = ()

    @property
    def snapshot(self) -> bool:
        """Return whether SnapStart takes a snapshot of this process and restores many containers from it."""
        return self.initialization == "snap-start"

    @property
    def first_request_waits(self) -> bool:
        """Return whether the first request waits for the start, rather than finding it done ahead of time."""
        return self.initialization == "on-demand"

    @property
    def cpu_share(self) -> float:
        """Return the share of one core that we get, 0..1, while all other processes of the function use theirs.

        Lambda gives one vCPU at 1,769 MB and less in proportion:
        https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. Managed Instances give one at least,
        and one for 8 GB or less:
        https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-scaling.html
        """
        if self.mode != "lambda":
            return 1.0
        if self.initialization == MANAGED_INSTANCES:
            return min(1.0, max(1.0, self.memory_mb / 8192) / self.processes)
        return min(1.0, self.memory_mb / 1769)


class ConfigError(ValueError):
    """An environment variable has a value that cannot be used; the message names it."""


def from_environ(environ: Mapping[str, str]) -> Settings:
    """Return the settings that ``environ`` holds; raise ConfigError naming every variable that is wrong.

    A variable that names no setting is wrong, but not on Lambda: one that a release no longer knows must not stop it.
    """
    types = {**Limits.__annotations__, **Settings.__annotations__}
    values: dict[str, Any] = {}
    problems: list[str] = []
    platform = platform_from_environ(environ)
    if platform.mode == "lambda":
        values["memory_mb"] = platform.memory_mb // platform.processes
    else:
        problems = [f"{name}: there is no such setting" for name in _unknown_variables(environ)]
    for name, kind in types.items():
        text = environ.get(PREFIX + name.upper())
        if text is None:
            continue
        if name in _NEVER_EMPTY and not parts(text):
            problems.append(f"{PREFIX}{name.upper()}: expected a value, or the variable not set at all")
        try:
            values[name] = setting_rules.checked(name, _convert(text, kind))
        except (msgspec.ValidationError, ValueError) as exc:
            expected = f"; expected {listed(words)}" if (words := _words(kind)) else ""
            problems.append(f"{PREFIX}{name.upper()}: {exc}{expected}")
    if problems:
        raise ConfigError("; ".join(problems))
    return Settings(**values)


def parts(text: str) -> list[str]:
    """Return what commas separate in a variable or an SSM parameter; blanks alone are nothing."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that look like settings and are none, sorted."""
    known = {PREFIX + name.upper() for name in Settings.__struct_fields__}
    return tuple(sorted(name for name in environ if name.startswith(PREFIX) and name not in known))


def _convert(text: str, kind: Any) -> Any:
    raw: Any = parts(text) if "tuple" in str(kind) else text.strip()
    return msgspec.convert(raw, kind, strict=False)


def _words(kind: Any) -> tuple[str, ...]:
    """Return the words that are allowed; none when any text is."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(word for part in get_args(kind) for word in _words(part))


def platform_from_environ(environ: Mapping[str, str]) -> Platform:
    """Return what Lambda says about itself; elsewhere ``local``, with gunicorn's and uvicorn's number of processes.

    The region is the one that boto3 reads, which outside of Lambda is not ``AWS_REGION``.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    if not environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        workers = environ.get("WEB_CONCURRENCY", "")
        processes = max(1, int(workers)) if workers.isdecimal() else 1
        return Platform(processes=processes, region=environ.get("AWS_DEFAULT_REGION", ""))
    return Platform(
        mode="lambda",
        initialization=environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        function_name=environ["AWS_LAMBDA_FUNCTION_NAME"],
        function_version=environ.get("AWS_LAMBDA_FUNCTION_VERSION", ""),
        memory_mb=int(environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")),
        processes=int(environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "1")),
        log_group=environ.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
        log_stream=environ.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
        region=environ.get("AWS_REGION", ""),
        unknown_variables=_unknown_variables(environ),
    )

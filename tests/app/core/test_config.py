from __future__ import annotations

from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import options
from app.core.config import (
    MANAGED_INSTANCES,
    MAX_SIDE,
    PREFIX,
    ConfigError,
    Limits,
    Platform,
    Settings,
    from_environ,
    platform_from_environ,
)
from app.core.errors import InvalidParameter

ON_LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "images",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/images",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[7]abc",
    "AWS_REGION": "eu-west-1",
}


def of(**variables: str) -> Settings:
    return from_environ({PREFIX + name.upper(): text for name, text in variables.items()})


def test_an_empty_environment_gives_the_defaults() -> None:
    assert from_environ({}) == Settings()
    assert from_environ({"PATH": "/bin", "LAMBDA": "1", "monolambda_public": "true"}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("storage", " /data ", "/data"),
        ("secret", "a,b", "a,b"),
        ("public", "true", True),
        ("public", "1", True),
        ("public", "false", False),
        ("unsigned", "presets", "presets"),
        ("max_source_bytes", "0", 0),
        ("deadline_s", "2.5", 2.5),
        ("widths", "100, 200,300", (100, 200, 300)),
        ("source_allow", "a.example,*.b.example", ("a.example", "*.b.example")),
        ("signing_keys", "a:x,b:y", ("a:x", "b:y")),
        ("trusted_hosts", "*", ("*",)),
        ("source_allow", "", ()),
    ],
)
def test_variables_are_read(name: str, text: str, value: Any) -> None:
    assert getattr(of(**{name: text}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("max_source_bytes", "-1"),
        ("max_source_bytes", "32M"),
        ("max_source_pixels", "0"),
        ("memory_mb", "127"),
        ("deadline_s", "soon"),
        ("deadline_s", "-1"),
        ("deadline_s", "nan"),
        ("url_max_age_s", "inf"),
        ("job_s", "1e10"),
        ("retention_days", "inf"),
        ("rate_limit", "inf"),
        ("rate_limit", "1e-310"),
        ("rate_burst", "9" * 500),
        ("pool_size", "9" * 30),
        ("memory_mb", "9" * 30),
        ("cache_bytes", "9" * 30),
        ("public", "maybe"),
        ("unsigned", "some"),
        ("log_level", "INFO"),
        ("widths", "480,wide"),
        ("cache_bytes", ""),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"{PREFIX}{name.upper()}: "):
        of(**{name: text})


@pytest.mark.parametrize("text", ["0", "-480", "480,0", "9000"])
def test_offered_widths_are_valid_widths(text: str) -> None:
    with pytest.raises(ConfigError):
        of(widths=text)


def test_no_side_is_allowed_that_no_option_can_ask_for() -> None:
    assert of(max_side=str(MAX_SIDE)).max_side == MAX_SIDE == 8192
    with pytest.raises(ConfigError, match=f"MONOLAMBDA_MAX_SIDE: .*<= {MAX_SIDE}"):
        of(max_side="10000")
    options.parse([("width", MAX_SIDE)])
    with pytest.raises(InvalidParameter):
        options.parse([("width", MAX_SIDE + 1)])


def test_at_least_one_width_is_offered() -> None:
    """The page of an image shows an ``img`` element with the largest one."""
    with pytest.raises(ConfigError):
        of(widths="")


def test_every_mistake_is_reported_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        of(widht="1", public="maybe", deadline_s="x")
    assert [name in str(caught.value) for name in ("MONOLAMBDA_WIDHT", "_PUBLIC", "_DEADLINE_S")] == [True] * 3


def test_an_unknown_variable_is_an_error_but_not_on_lambda() -> None:
    """A release that no longer knows a variable must not answer 502 everywhere."""
    environ = {"MONOLAMBDA_RETIRED": "1", "MONOLAMBDA_MAX_SIDE": "100", "OTHER": "1"}
    with pytest.raises(ConfigError, match="MONOLAMBDA_RETIRED: there is no such setting"):
        from_environ(environ)
    environ["AWS_LAMBDA_FUNCTION_NAME"] = "monolambda-dev"
    assert from_environ(environ).max_side == 100
    assert platform_from_environ(environ).unknown_variables == ("MONOLAMBDA_RETIRED",)


@pytest.mark.parametrize("name", ["secret", "api_keys", "signing_keys"])
@pytest.mark.parametrize("text", ["", " ", ",", " , ", "\n", "\t", "\r\n", " ,\n", "\u2003"])
def test_what_protects_is_not_empty(name: str, text: str) -> None:
    """A variable that another one was to fill, and did not, must not open what it closes."""
    with pytest.raises(ConfigError, match=f"MONOLAMBDA_{name.upper()}: expected a value"):
        of(**{name: text})


def test_a_message_does_not_repeat_a_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        of(public="hunter2", secret="hunter3", api_keys="hunter4")
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_every_setting_is_described_and_can_be_set_by_its_default(name: str) -> None:
    meta = get_type_hints(Settings, include_extras=True)[name].__metadata__
    assert any(isinstance(part, msgspec.Meta) and part.description for part in meta)
    default = getattr(Settings(), name)
    text = ",".join(map(str, default)) if isinstance(default, tuple) else str(default).lower()
    if name in ("secret", "api_keys", "signing_keys"):
        return  # no secret has a default that could be set
    assert getattr(of(**{name: text}), name) == default


def test_limits_are_the_ones_of_the_design() -> None:
    found = Limits()
    assert (found.max_source_bytes, Settings().max_body_bytes) == (32 * 1024**2, 10 * 1024**2)
    assert (found.max_source_pixels, found.max_output_pixels) == (50_000_000, 40_000_000)
    assert (found.max_avif_pixels, found.max_webp_pixels) == (8_000_000, 16_000_000)
    assert (found.max_frames, found.max_side, found.max_redirects) == (300, 8192, 3)
    assert (found.connect_s, found.read_s, found.fetch_s, found.memory_mb) == (3, 5, 10, 512)
    assert (Settings().deadline_s, Settings().deadline_margin_s) == (30, 0.75)


def test_settings_cannot_change() -> None:
    with pytest.raises(AttributeError):
        Settings().public = True  # type: ignore[misc]


def test_the_platform_is_local_unless_lambda_says_otherwise() -> None:
    assert platform_from_environ({}) == platform_from_environ({"AWS_LAMBDA_FUNCTION_NAME": ""}) == Platform()
    for text, processes in (("4", 4), ("0", 1), ("", 1), ("-2", 1), ("auto", 1)):
        assert platform_from_environ({"WEB_CONCURRENCY": text}) == Platform(processes=processes)
    assert platform_from_environ({**ON_LAMBDA, "WEB_CONCURRENCY": "4"}) == platform_from_environ(ON_LAMBDA)
    assert platform_from_environ(ON_LAMBDA) == Platform(
        mode="lambda",
        function_name="images",
        function_version="7",
        memory_mb=1024,
        log_group="/aws/lambda/images",
        log_stream="2026/01/01/[7]abc",
        region="eu-west-1",
    )


def test_memory_defaults_to_the_memory_of_the_function() -> None:
    assert from_environ(ON_LAMBDA).memory_mb == 1024
    assert from_environ({**ON_LAMBDA, "MONOLAMBDA_MEMORY_MB": "300"}).memory_mb == 300


@pytest.mark.parametrize(("memory_mb", "share"), [(1769, 1.0), (10_240, 1.0), (884, 0.4997), (128, 0.0724)])
def test_lambda_gives_cpu_by_memory(memory_mb: int, share: float) -> None:
    assert Platform(mode="lambda", memory_mb=memory_mb).cpu_share == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(
    ("memory_mb", "processes", "memory_share", "cpu_share"),
    [(2048, 1, 2048, 1.0), (4096, 4, 1024, 0.25), (16_384, 4, 4096, 0.5), (32_768, 2, 16_384, 1.0)],
)
def test_processes_of_managed_instances_share_memory_and_cpu(
    memory_mb: int, processes: int, memory_share: int, cpu_share: float
) -> None:
    environ = {
        **ON_LAMBDA,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_MAX_CONCURRENCY": str(processes),
        "AWS_LAMBDA_INITIALIZATION_TYPE": MANAGED_INSTANCES,
    }
    assert from_environ(environ).memory_mb == memory_share
    assert platform_from_environ(environ).cpu_share == cpu_share
    assert not platform_from_environ(environ).first_request_waits


def test_elsewhere_a_process_has_a_whole_core() -> None:
    assert Platform(memory_mb=128).cpu_share == 1.0


@given(st.dictionaries(st.sampled_from(Settings.__struct_fields__) | st.text(max_size=10), st.text(max_size=20)))
def test_every_environment_is_accepted_or_raises_a_config_error(variables: dict[str, str]) -> None:
    problem = PREFIX
    try:
        of(**variables)
    except ConfigError as exc:
        problem = str(exc)
    assert PREFIX in problem

"""The template of the distribution: what is kept, by which key, and what is forwarded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.package.build import ROOT
from infra.template import PATH, Resolver
from tests.support.accept_function import EDGE, needs_node, normalize

GIVEN = {"Stage": "dev", "Region": "eu-west-1", "ApiHost": "abc.execute-api.eu-west-1.amazonaws.com", "ApiPath": "/dev"}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/0"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SAFARI_15 = "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"


def _resources(**given: str) -> dict[str, Any]:
    return Resolver(EDGE, {**GIVEN, **given}).resources()


def _distribution(**given: str) -> dict[str, Any]:
    found: dict[str, Any] = _resources(**given)["Distribution"]["Properties"]["DistributionConfig"]
    return found


def test_cfn_lint_finds_nothing() -> None:
    command = [
        str(Path(sys.executable).parent / "cfn-lint"),
        str(PATH.with_name("edge.yaml")),
        "--regions",
        "us-east-1",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_every_parameter_is_described_and_documented() -> None:
    page = (ROOT / "docs" / "edge.md").read_text()
    for name, parameter in EDGE["Parameters"].items():
        assert parameter["Description"]
        assert f"`{name}`" in page


def test_only_resize_is_kept_and_host_is_never_forwarded() -> None:
    config = _distribution()
    (kept,) = config["CacheBehaviors"]
    assert kept["PathPattern"] == "/resize"
    behaviors = [config["DefaultCacheBehavior"], kept]
    assert {each["OriginRequestPolicyId"] for each in behaviors} == {ALL_BUT_HOST}
    assert {each["Compress"] for each in behaviors} == {False}
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def test_the_cache_key_has_the_query_accept_and_api_keys() -> None:
    policy = _resources()["ImagesByAccept"]["Properties"]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert key["HeadersConfig"]["Headers"] == ["Accept", "Authorization", "X-Monolambda-Key"]
    assert {key["EnableAcceptEncodingGzip"], key["EnableAcceptEncodingBrotli"]} == {False}
    assert policy["MinTTL"] == policy["DefaultTTL"] == 0  # so that no-store and private hold


def test_the_origin_is_the_stage_of_the_api() -> None:
    (origin,) = _distribution()["Origins"]
    assert (origin["DomainName"], origin["OriginPath"]) == (GIVEN["ApiHost"], "/dev")
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_errors_are_kept_for_ten_seconds() -> None:
    assert {each["ErrorCachingMinTTL"] for each in _distribution()["CustomErrorResponses"]} == {10}


def test_errors_that_depend_on_who_asks_are_not_kept_against_the_word_of_the_app() -> None:
    assert not {400, 403} & {each["ErrorCode"] for each in _distribution()["CustomErrorResponses"]}


# the reference of each service's API says so; that of cache policies names none, so it is the shortest here
NAME_LIMITS = {"AWS::CloudFront::Function": 64, "AWS::CloudFront::CachePolicy": 64, "AWS::WAFv2::WebACL": 128}


def _names(**given: str) -> dict[str, str]:
    """Return every name that the stack gives, by the type of what bears it."""
    created = _resources(RequestsPerFiveMinutes="2000", **given).values()
    return {
        each["Type"]: each["Properties"].get("CachePolicyConfig", each["Properties"])["Name"]
        for each in created
        if each["Type"] != "AWS::CloudFront::Distribution"
    }


def test_names_fit_their_limits_for_the_longest_project_stage_and_region() -> None:
    about = EDGE["Parameters"]
    assert all(about[name]["AllowedPattern"].endswith("{1,20}") for name in ("Project", "Stage"))
    longest = "r" * about["Region"]["MaxLength"]
    assert len(longest) >= len("ap-southeast-1")
    names = _names(Project="p" * 21, Stage="s" * 21, Region=longest)
    assert names.keys() == NAME_LIMITS.keys()
    assert [kind for kind, name in names.items() if len(name) > NAME_LIMITS[kind]] == []


def test_stages_of_two_regions_share_no_name() -> None:
    """Whatever region a stage is in, all of this is in us-east-1."""
    ireland, ohio = _names(), _names(Region="us-east-2")
    assert [kind for kind in NAME_LIMITS if ireland[kind] == ohio[kind]] == []
    stack_name = ireland["AWS::CloudFront::Function"]
    assert f"--stack-name {stack_name} " in (ROOT / "docs" / "edge.md").read_text()


def test_a_domain_brings_its_certificate() -> None:
    assert "Aliases" not in _distribution()
    config = _distribution(Domain="img.example.com", CertificateArn=CERTIFICATE)
    assert config["Aliases"] == ["img.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE


def test_the_web_acl_blocks_by_rate_if_wanted() -> None:
    assert "Firewall" not in _resources()
    assert "WebACLId" not in _distribution()
    firewall = _resources(RequestsPerFiveMinutes="2000")["Firewall"]["Properties"]
    assert firewall["Scope"] == "CLOUDFRONT"
    assert firewall["Rules"][0]["Statement"]["RateBasedStatement"]["Limit"] == "2000"
    assert _distribution(RequestsPerFiveMinutes="2000")["WebACLId"] == "${Firewall.Arn}"


@needs_node
def test_accept_is_reduced_to_the_formats_that_a_browser_names() -> None:
    made = {
        CHROME: "image/avif,image/webp,*/*",
        "IMAGE/WEBP, image/avif": "image/avif,image/webp,*/*",
        SAFARI_15: "image/webp,*/*",
        "image/avif;q=0, image/webp": "image/webp,*/*",
        "image/avif;q=0.000,image/webp; q=0.5": "image/webp,*/*",
        "image/avif;q=0.05": "image/avif,*/*",
        "image/avif-sequence": "*/*",
        "text/html": "*/*",
        "": "*/*",
    }
    assert normalize(*made) == list(made.values())
    assert normalize(None) == ["*/*"]


@needs_node
def test_accept_of_a_post_is_left_alone() -> None:
    """It says whether the caller wants the image or its description."""
    assert normalize("application/json", None, method="POST") == ["application/json", None]
    assert normalize("image/webp,text/html", method="HEAD") == ["image/webp,*/*"]


@pytest.mark.parametrize("value", ["https://img.example.com", "img example"])
def test_a_domain_is_a_host(value: str) -> None:
    import re

    assert not re.fullmatch(EDGE["Parameters"]["Domain"]["AllowedPattern"], value)

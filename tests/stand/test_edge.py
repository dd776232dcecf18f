"""With the distribution in front, a signed URL costs one invocation for each kind of browser, and a repeat none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest

from app.access import signing
from infra.deploy.settings import stages
from lab.http.server import Response
from tests.stand import stack
from tests.stand.cloudfront import EdgeLocation
from tests.stand.deploy_lifecycle import KEY, NAME, PHOTO, put_secrets
from tests.stand.deployed_stage import describe
from tests.stand.local_aws import LocalAws
from tests.stand.project import Project
from tests.support.accept_function import needs_node

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
FIREFOX = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
OLD_SAFARI = "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
SIGNING_KEY = "0123456789abcdef"
BEARER = {"Authorization": f"Bearer {KEY}"}
ADDRESS = "https://d111111abcdef8.cloudfront.net"

pytestmark = needs_node


@pytest.fixture(scope="module")
def edge(local_aws: LocalAws, project: Project, package_zip: Path) -> EdgeLocation:
    """Deploy the stage dev with a signing key, and put the distribution in front of it."""
    stack.create(local_aws, project.root, "dev")
    put_secrets(local_aws, "dev")
    variables = stages(project.root)["dev"]["aws_environment_variables"]
    project.change_settings(
        "dev",
        aws_environment_variables={
            **variables,
            "MONOLAMBDA_SIGNING_KEYS": f"web:{SIGNING_KEY}",
            "MONOLAMBDA_PUBLIC_URL": ADDRESS,
        },
    )
    project.zappa(f"deploy dev --zip {package_zip}")
    url = urlsplit(describe(local_aws, NAME).url)

    def forward(method: str, url: str, headers: Mapping[str, str]) -> Response:
        body = PHOTO if method == "POST" else b""
        return local_aws.send(method, url, body=body, **headers)

    return EdgeLocation({"Stage": "dev", "ApiHost": url.netloc, "ApiPath": url.path}, forward)


@pytest.fixture(scope="module")
def image(edge: EdgeLocation) -> str:
    uploaded = edge.send("POST", "/upload", **BEARER, **{"Content-Type": "image/jpeg"})
    assert uploaded.status == 201, uploaded.body
    stored: str = msgspec.json.decode(uploaded.body)["images"][0]["id"]
    return stored


def _signed(image: str, **options: str) -> str:
    pairs = [("id", image), *options.items()]
    return "/resize?" + urlencode([*pairs, ("s", signing.sign("web", SIGNING_KEY.encode(), "/resize", pairs))])


def _format(answer: Response) -> str | None:
    return dict(answer.headers).get("Content-Type")


def test_moto_creates_the_distribution_and_its_function(local_aws: LocalAws, edge: EdgeLocation) -> None:
    """Through the API, where botocore validates every name against its model of the service."""
    client = local_aws.client("cloudfront")
    made = client.create_distribution(DistributionConfig={"CallerReference": "1", **_api_form(edge.config)})[
        "Distribution"
    ]
    config = client.get_distribution(Id=made["Id"])["Distribution"]["DistributionConfig"]
    assert config["Origins"]["Items"][0]["DomainName"] == edge.config["Origins"][0]["DomainName"]
    assert [each["PathPattern"] for each in config["CacheBehaviors"]["Items"]] == ["/resize"]


def test_a_repeat_costs_no_invocation(local_aws: LocalAws, edge: EdgeLocation, image: str) -> None:
    url, first = _signed(image, width="100", format="auto"), len(local_aws.functions.invocations)
    answers = [edge.send("GET", url, Accept=accept) for accept in (CHROME, FIREFOX, CHROME, OLD_SAFARI, OLD_SAFARI)]
    assert [answer.status for answer in answers] == [200] * 5
    assert [_format(answer) for answer in answers] == ["image/avif"] * 3 + ["image/jpeg"] * 2
    assert len(local_aws.functions.invocations) - first == 2


def test_the_whole_query_is_in_the_key(edge: EdgeLocation, image: str) -> None:
    first, second = (edge.send("GET", _signed(image, width=width)) for width in ("64", "65"))
    assert first.body != second.body
    tampered = _signed(image, width="64").replace("width=64", "width=65")
    assert edge.send("GET", tampered).status == 403


def test_what_a_key_opens_is_kept_for_nobody(edge: EdgeLocation, image: str) -> None:
    url = f"/resize?id={image}&width=66"
    assert edge.send("GET", url, **BEARER).status == 200
    assert edge.send("GET", url).status == 401
    before = len(edge.forwarded)
    assert edge.send("GET", url, **BEARER).status == 200
    assert len(edge.forwarded) == before + 1


def test_links_lead_to_the_distribution(edge: EdgeLocation, image: str) -> None:
    described = edge.send("GET", f"/images/{image}", Accept="application/json", **BEARER)
    links = msgspec.json.decode(described.body)["links"].values()
    assert links
    assert all(link.startswith(f"{ADDRESS}/") for link in links)


# what CloudFormation calls otherwise than the API
API_NAMES = {"IPV6Enabled": "IsIPV6Enabled", "OriginSSLProtocols": "OriginSslProtocols"}
PORTS = {"HTTPPort": 80, "HTTPSPort": 443}


def _api_form(value: Any) -> Any:
    """Return CloudFormation's form of a distribution in that of the API, where a list has its length beside it."""
    if isinstance(value, list):
        return {"Quantity": len(value), "Items": [_api_form(each) for each in value]}
    if isinstance(value, dict):
        more = PORTS if "OriginProtocolPolicy" in value else {}
        return {API_NAMES.get(name, name): _api_form(each) for name, each in {**value, **more}.items()}
    return value

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
OURS = "https://app.example"
# what a POST to a route sends
BODIES = {"upload": PHOTO, "login": urlencode({"key": KEY}).encode()}

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
            "MONOLAMBDA_CORS_ORIGINS": OURS,
        },
    )
    project.zappa(f"deploy dev --zip {package_zip}")
    url = urlsplit(describe(local_aws, NAME).url)

    def forward(method: str, url: str, headers: Mapping[str, str]) -> Response:
        return local_aws.send(method, url, body=BODIES[url.rpartition("/")[2]] if method == "POST" else b"", **headers)

    parameters = {
        **{"Stage": "dev", "Region": "eu-west-1", "ApiHost": url.netloc, "ApiPath": url.path},
        "RequestsPerFiveMinutes": "2000",
    }
    return EdgeLocation(parameters, forward)


@pytest.fixture(scope="module")
def image(edge: EdgeLocation) -> str:
    uploaded = edge.send("POST", "/upload", **BEARER, **{"Content-Type": "image/jpeg"})
    assert uploaded.status in (200, 201), uploaded.body
    stored: str = msgspec.json.decode(uploaded.body)["images"][0]["id"]
    return stored


def _signed(image: str, **options: str) -> str:
    pairs = [("id", image), *options.items()]
    return "/resize?" + urlencode([*pairs, ("s", signing.sign("web", SIGNING_KEY.encode(), "/resize", pairs))])


def _format(answer: Response) -> str | None:
    return dict(answer.headers).get("Content-Type")


def test_moto_creates_what_the_template_describes(local_aws: LocalAws, edge: EdgeLocation) -> None:
    """Through the APIs, where botocore validates every name against its model of the service."""
    made = {each["Type"]: each["Properties"] for each in edge.resources.values()}
    function, firewall = made["AWS::CloudFront::Function"], made["AWS::WAFv2::WebACL"]
    client, wafv2 = local_aws.client("cloudfront"), local_aws.client("wafv2")
    code, about = function["FunctionCode"].encode(), function["FunctionConfig"]
    client.create_function(Name=function["Name"], FunctionConfig=about, FunctionCode=code)
    assert client.get_function(Name=function["Name"])["FunctionCode"].read() == code
    (rule,) = firewall["Rules"]
    rate = {**rule["Statement"]["RateBasedStatement"], "Limit": int(edge.parameters["RequestsPerFiveMinutes"])}
    rules = [{**rule, "Statement": {"RateBasedStatement": rate}}]
    acl = wafv2.create_web_acl(**{**firewall, "Rules": rules})["Summary"]
    config = edge.config | {"WebACLId": acl["ARN"]}
    distribution = client.create_distribution(DistributionConfig={"CallerReference": "1", **_api_form(config)})
    made_config = client.get_distribution(Id=distribution["Distribution"]["Id"])["Distribution"]["DistributionConfig"]
    assert made_config["Origins"]["Items"][0]["DomainName"] == edge.config["Origins"][0]["DomainName"]
    assert [each["PathPattern"] for each in made_config["CacheBehaviors"]["Items"]] == ["/resize"]
    assert made_config["WebACLId"] == acl["ARN"]


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


def test_what_is_kept_can_be_read_by_every_site(edge: EdgeLocation, image: str) -> None:
    """Whoever asked first: the key has no Origin."""
    url, before = _signed(image, width="67"), len(edge.forwarded)
    answers = [edge.send("GET", url, Origin=origin) for origin in (OURS, "https://other.example")]
    assert [dict(answer.headers)["Access-Control-Allow-Origin"] for answer in answers] == ["*", "*"]
    assert len(edge.forwarded) == before + 1


def test_a_wrong_link_costs_one_invocation_while_it_is_kept(edge: EdgeLocation, image: str) -> None:
    wrong = {_signed(image, width="wide"): 400, _signed("0" * 32): 404}
    before = len(edge.forwarded)
    assert [edge.send("GET", url).status for url in (*wrong, *wrong)] == [*wrong.values()] * 2
    assert len(edge.forwarded) == before + len(wrong)
    assert edge.send("GET", _signed(image, width="69")).status == 200


def test_a_signature_that_is_wrong_is_kept_for_nobody(edge: EdgeLocation, image: str) -> None:
    """Who sends a key needs none."""
    for wrong in (_signed(image, expires="1"), _signed(image, width="68").replace("width=68", "width=69")):
        before = len(edge.forwarded)
        assert [edge.send("GET", wrong, **headers).status for headers in ({}, {}, BEARER)] == [403, 403, 200]
        assert len(edge.forwarded) == before + 3


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


def test_a_person_signs_in_at_the_distribution_and_uploads(edge: EdgeLocation) -> None:
    browser = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
    signed_in = edge.send("POST", "/login", **browser, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert signed_in.status == 303, signed_in.body
    cookie = dict(signed_in.headers)["Set-Cookie"].partition(";")[0]
    sent = {**browser, "Cookie": cookie, "Content-Type": "image/jpeg"}
    assert edge.send("POST", "/upload", **sent).status in (200, 201)


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

"""Events and responses of REST APIs."""

from __future__ import annotations

from tests.support.lab.gateway_shapes import REST, answer, request, values


def test_a_rest_event() -> None:
    event = REST.event(
        request(
            "/dev/images/a%20b?x=1&x=2&empty=",
            headers=(("Accept", "text/html"), ("X-Two", "a"), ("X-Two", "b"), ("Connection", "close")),
        )
    )
    assert event["resource"] == "/{proxy+}"
    assert event["path"] == "/images/a%20b"
    assert event["pathParameters"] == {"proxy": "images/a%20b"}
    assert event["queryStringParameters"] == {"x": "2", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "empty": [""]}
    assert event["headers"]["X-Two"] == "b"
    assert event["multiValueHeaders"]["X-Two"] == ["a", "b"]
    assert "Connection" not in event["headers"]
    assert event["requestContext"]["path"] == "/dev/images/a%20b"
    assert event["requestContext"]["stage"] == "dev"
    identity = event["requestContext"]["identity"]
    assert identity.pop("sourceIp") == "127.0.0.1"
    assert identity.keys() == {
        *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType"),
        *("cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userAgent", "userArn"),
    }
    assert not any(identity.values())
    assert (event["body"], event["isBase64Encoded"]) == (None, False)


def test_the_root_of_a_stage_has_no_proxy_parameter() -> None:
    for target in ("/dev", "/dev/"):
        event = REST.event(request(target))
        assert (event["resource"], event["path"], event["pathParameters"]) == ("/", "/", None)


def test_a_rest_api_matches_only_its_stage() -> None:
    assert REST.matches(request("/dev/x"))
    assert not REST.matches(request("/development"))
    assert not REST.matches(request("/"))


def test_a_rest_api_remaps_headers_a_function_may_not_set() -> None:
    response = REST.response(answer(statusCode=401, multiValueHeaders={"WWW-Authenticate": ["Bearer", "Basic"]}))
    assert values(response, "x-amzn-Remapped-WWW-Authenticate") == ["Bearer", "Basic"]
    assert not values(response, "WWW-Authenticate")

"""CloudFront as ``infra/edge.yaml`` configures it: one edge location, which keeps what the behavior of a path allows.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-the-cache-key.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from infra.template import Resolver
from lab.http.server import Response
from tests.support.accept_function import EDGE, normalize

Fields = dict[str, Any]
# method, URL, headers
Forward = Callable[[str, str, Mapping[str, str]], Response]

_NEVER_KEPT: Final = re.compile(r"no-store|no-cache|private")
_KEPT_S: Final = re.compile(r"(?:s-maxage|max-age)=[1-9]")
# errors of which it obeys _NEVER_KEPT, and those that it keeps only where the origin says how long
_OBEDIENT: Final = (404, 410, 414, 501)
_ON_REQUEST: Final = (400, 403, 405, 412, 415)


class EdgeLocation:
    """Answers for the distribution; ``forwarded`` are the requests that it sent to the origin.

    Time stands still: what may be kept at all is kept.
    """

    def __init__(self, parameters: Mapping[str, str], forward: Forward) -> None:
        self.forwarded: list[str] = []
        self.parameters = parameters
        self.resources = Resolver(EDGE, parameters).resources()
        self.config: Fields = self.resources["Distribution"]["Properties"]["DistributionConfig"]
        policy = self.resources["ImagesByAccept"]["Properties"]["CachePolicyConfig"]
        self._key_headers = policy["ParametersInCacheKeyAndForwardedToOrigin"]["HeadersConfig"]["Headers"]
        self._forward = forward
        self._kept: dict[tuple[str, ...], Response] = {}

    def send(self, method: str, target: str, **headers: str) -> Response:
        """Return the kept answer to a request for a path and query, or that of the origin."""
        path = target.partition("?")[0]
        behavior = next(
            (each for each in self.config["CacheBehaviors"] if fnmatchcase(path, each["PathPattern"])), None
        )
        if behavior and behavior["FunctionAssociations"]:
            (accept,) = normalize(headers.pop("Accept", None), method=method)
            headers = headers if accept is None else {**headers, "Accept": accept}
        key = (target, *(headers.get(name, "") for name in self._key_headers))
        if behavior and method in ("GET", "HEAD") and key in self._kept:
            return self._kept[key]
        (origin,) = self.config["Origins"]
        self.forwarded.append(f"{method} {target}")
        answer = self._forward(method, f"https://{origin['DomainName']}{origin['OriginPath']}{target}", headers)
        if behavior and method == "GET" and self._may_keep(answer):
            self._kept[key] = answer
        return answer

    def _may_keep(self, answer: Response) -> bool:
        control = dict(answer.headers).get("Cache-Control", "")
        refuses, lasts = _NEVER_KEPT.search(control), _KEPT_S.search(control)
        if answer.status < 400:
            return bool(lasts and not refuses)
        listed = answer.status in {each["ErrorCode"] for each in self.config["CustomErrorResponses"]}
        if answer.status in _OBEDIENT:
            return listed and not refuses
        return listed or bool(answer.status in _ON_REQUEST and lasts and not refuses)

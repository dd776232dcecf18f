"""Facts about the current request: the caller, the time left, the preferred representation."""

from __future__ import annotations

from typing import Final

from flask import g, request

from app.access.policy import Access, Caller, Grant
from app.errors import NotAcceptable
from app.gateways import GatewayLimits
from app.service import RequestContext

_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")

# where the WSGI environment has the limits of the gateway that sent the request
GATEWAY: Final = "monolambda.gateway"


def gateway() -> GatewayLimits | None:
    """Return the limits of the gateway in front of the function, None when there is no such gateway."""
    found: GatewayLimits | None = request.environ.get(GATEWAY)
    return found


def context() -> RequestContext:
    """Return the deadline and the stopwatch that were set when the request began."""
    found: RequestContext = g.context
    return found


def caller() -> Caller:
    """Return the facts that the access policy decides on.

    Behind a proxy on this machine every address is loopback, so a proxy's header ends that trust.
    """
    return Caller(
        address=request.remote_addr or "",
        forwarded=any(name in request.headers for name in _PROXY_HEADERS),
        authorization=request.headers.get("Authorization", ""),
        key=request.headers.get("X-Monolambda-Key", ""),
        host=request.host,
        origin=request.headers.get("Origin", ""),
        fetch_site=request.headers.get("Sec-Fetch-Site", ""),
        path=request.path,
        pairs=tuple(request.args.items(multi=True)),
    )


def grant(access: Access) -> Grant:
    """Return what the caller may do; raise Unauthorized, SignatureInvalid or SignatureExpired."""
    return access.identify(caller())


def require_write(access: Access, what: str) -> Grant:
    """Return the grant of a caller who may write; raise Unauthorized. Call it before the body is read."""
    who = caller()
    found = access.identify(who)
    access.require_write(found, who, what)
    return found


def prefers_html() -> bool:
    """Return whether the caller prefers a page to JSON, as browsers do and programs do not."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def require_acceptable() -> None:
    """Raise NotAcceptable when the caller takes neither JSON nor a page (RFC 9110, 15.5.7)."""
    accepted = request.accept_mimetypes
    if accepted and not accepted.best_match(["application/json", "text/html"]):
        raise NotAcceptable("this address responds with application/json or text/html")

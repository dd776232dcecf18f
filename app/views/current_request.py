"""What the current request says: who calls, what is left of its time, which representation is wanted."""

from __future__ import annotations

from flask import g, request

from app.access.policy import Caller, Grant
from app.container import Container
from app.errors import NotAcceptable
from app.service import RequestContext

_PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


def turn() -> RequestContext:
    """Return the time of this request, as it was set when it began."""
    found: RequestContext = g.turn
    return found


def caller() -> Caller:
    """Return the facts that access is decided on.

    Behind a proxy on this machine every address is loopback, so a proxy's header ends the trust.
    """
    return Caller(
        address=request.remote_addr or "",
        forwarded=any(name in request.headers for name in _PROXY_HEADERS),
        authorization=request.headers.get("Authorization", ""),
        host=request.host,
        origin=request.headers.get("Origin", ""),
        fetch_site=request.headers.get("Sec-Fetch-Site", ""),
        path=request.path,
        pairs=tuple(request.args.items(multi=True)),
    )


def grant(container: Container) -> Grant:
    """Return what the caller is; raise Unauthorized, SignatureInvalid or SignatureExpired."""
    return container.access.identify(caller())


def writer(container: Container, what: str) -> Grant:
    """Return the grant of a caller who may write, which is asked before the body is read."""
    who = caller()
    found = container.access.identify(who)
    container.access.require_write(found, who, what)
    return found


def prefers_html() -> bool:
    """Say whether a page is wanted rather than JSON, as browsers do and programs do not."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def require_acceptable() -> None:
    """Raise NotAcceptable when neither JSON nor a page will do (RFC 9110, 15.5.7)."""
    accepted = request.accept_mimetypes
    if accepted and not accepted.best_match(["application/json", "text/html"]):
        raise NotAcceptable("this address answers application/json and text/html")

"""Facts about the current request: the gateway, the caller and what it may do, the time left."""

from __future__ import annotations

from typing import Final

from flask import g, request

from app.access import proxies
from app.access.grant import Caller, Grant
from app.access.policy import Access
from app.access.sessions import COOKIE
from app.core.errors import PreconditionFailed, ServiceError
from app.core.gateways import GatewayLimits
from app.core.text import undone_latin_1
from app.service import RequestContext

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
    """Return the facts that the access policy decides on, collected once a request."""
    if "caller" not in g:
        g.caller = _caller()
    found: Caller = g.caller
    return found


def _caller() -> Caller:
    return Caller(
        address=request.remote_addr or "",
        forwarded=proxies.is_forwarded(request.environ, request.environ.get("SERVER_PROTOCOL", "")),
        method=request.method,
        authorization=undone_latin_1(request.headers.get("Authorization", "")),
        key=undone_latin_1(request.headers.get("X-Monolambda-Key", "")),
        session=request.cookies.get(COOKIE, ""),
        host=request.host,
        origin=request.headers.get("Origin", ""),
        fetch_site=request.headers.get("Sec-Fetch-Site", ""),
        path=request.path,
        pairs=tuple(request.args.items(multi=True)),
    )


def client_address(access: Access) -> str:
    """Return whom a limit counts: the client behind the trusted proxies, or the peer where none is told."""
    peer = request.remote_addr or ""
    return proxies.client_address(peer, request.headers.get("X-Forwarded-For", ""), access.proxies) or peer


def grant(access: Access) -> Grant:
    """Return what the caller may do, found once a request; raise Unauthorized, SignatureInvalid or SignatureExpired."""
    if "grant" not in g or g.grant[0] is not access:
        g.grant = access, access.identify(caller())
    found: Grant = g.grant[1]
    return found


def require_write(access: Access, what: str) -> Grant:
    """Return the grant of a caller who may write; raise Unauthorized. Call it before the body is read."""
    found = grant(access)
    access.require_write(found, caller(), what)
    return found


def is_shared(access: Access, *, refused: bool) -> bool:
    """Return whether scripts of every site may read the answer, which says no where it is ``refused``."""
    try:
        found = grant(access)
    except ServiceError:
        found = None
    try:
        return access.is_shared(caller(), found, refused=refused)
    except ServiceError:  # the keys cannot be read, and nobody is known
        return False


def require_match(etag: str) -> None:
    """Raise PreconditionFailed for an If-Match without this ETag (RFC 9110, 13.1.1)."""
    condition = request.if_match
    if condition and not condition.contains(etag):
        raise PreconditionFailed(f'expected "{etag}" in If-Match, or no If-Match')

"""Facts about the current request: the caller, the time left, the preferred representation."""

from __future__ import annotations

from typing import Final, NamedTuple

from flask import g, request

from app.access import proxies
from app.access.grant import Caller, Grant
from app.access.policy import Access
from app.access.sessions import COOKIE
from app.core import formats
from app.core.errors import NotAcceptable, PreconditionFailed, ServiceError
from app.core.gateways import GatewayLimits
from app.service import RequestContext

# where the WSGI environment has the limits of the gateway that sent the request
GATEWAY: Final = "monolambda.gateway"


def gateway() -> GatewayLimits | None:
    """Return the limits of the gateway in front of the function, None when there is no such gateway."""
    found: GatewayLimits | None = request.environ.get(GATEWAY)
    return found


class Preference(NamedTuple):
    """How much a caller wants a media type; of two with the same weight, the one that is named."""

    weight: float
    named: bool


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
        authorization=request.headers.get("Authorization", ""),
        key=request.headers.get("X-Monolambda-Key", ""),
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


def prefers_html() -> bool:
    """Return whether the caller prefers a page to JSON, as browsers do and programs do not."""
    page = _preference("text/html")
    return page.weight > 0 and page > _preference("application/json")


def require_acceptable() -> None:
    """Raise NotAcceptable when the caller takes neither JSON nor a page (RFC 9110, 15.5.7)."""
    accepted = request.accept_mimetypes
    if accepted and not any(accepted.quality(media_type) for media_type in ("application/json", "text/html")):
        raise NotAcceptable("this address responds with application/json or text/html")


def accepts_only_json() -> bool:
    """Return whether the caller takes JSON and none of our images; a wildcard takes images too."""
    accepted = request.accept_mimetypes
    takes_images = any(accepted.quality(formats.media_type(name)) for name in formats.WRITABLE)
    return accepted.quality("application/json") > 0 and not takes_images


def accepted_formats() -> tuple[str, ...]:
    """Return the formats that ``format=auto`` may answer, by weight: those of our choice, and the source's own.

    Ours count only where they are named, because clients that cannot show AVIF send ``*/*`` as well.
    """
    automatic = formats.auto_formats()
    own = tuple(name for name in formats.WRITABLE if formats.FORMATS[name].web and name not in automatic)
    found = {name: _preference(formats.media_type(name)) for name in (*automatic, *own)}
    usable = [name for name in found if found[name].weight > 0 and (name in own or found[name].named)]
    ranked = sorted(usable, key=lambda name: -found[name].weight)
    while ranked and ranked[-1] in own:  # the source's own is answered anyway when nothing else is left
        ranked.pop()
    return tuple(ranked)


def _preference(media_type: str) -> Preference:
    """Return the weight of the media range that fits best, and whether it names the type (RFC 9110, 12.5.1)."""
    accepted = request.accept_mimetypes
    named = any(media_range.lower() == media_type for media_range, _ in accepted)
    return Preference(accepted.quality(media_type), named)

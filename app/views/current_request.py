"""Facts about the current request: the caller, the time left, the preferred representation."""

from __future__ import annotations

from flask import Response, g, request

from app.access.policy import Access, Caller, Grant
from app.access.proxies import is_forwarded
from app.access.sessions import COOKIE
from app.errors import NotAcceptable
from app.service import RequestContext


def context() -> RequestContext:
    """Return the deadline and the stopwatch that were set when the request began."""
    found: RequestContext = g.context
    return found


def caller() -> Caller:
    """Return the facts that the access policy decides on."""
    return Caller(
        address=request.remote_addr or "",
        forwarded=is_forwarded(request.environ, request.environ.get("SERVER_PROTOCOL", "")),
        forwarded_for=request.headers.get("X-Forwarded-For", ""),
        method=request.method,
        authorization=request.headers.get("Authorization", ""),
        session=request.cookies.get(COOKIE, ""),
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


def allow_every_site(response: Response, grant: Grant) -> None:
    """Let scripts of every site read the response, unless the caller got it only for being on this machine."""
    if grant.level != "local":
        response.headers["Access-Control-Allow-Origin"] = "*"


def prefers_html() -> bool:
    """Return whether the caller prefers a page to JSON, as browsers do and programs do not."""
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def require_acceptable() -> None:
    """Raise NotAcceptable when the caller takes neither JSON nor a page (RFC 9110, 15.5.7)."""
    accepted = request.accept_mimetypes
    if accepted and not accepted.best_match(["application/json", "text/html"]):
        raise NotAcceptable("this address responds with application/json or text/html")

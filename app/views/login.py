"""``/login`` and ``/logout``: an API key for a session, with plain forms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request

from app.access.sessions import COOKIE, LIFETIME_S
from app.core.errors import RateLimited
from app.views import current_request

if TYPE_CHECKING:
    from app.container import Container
    from app.runtime.rate_limit import RateLimit


def blueprint(container: Container) -> Blueprint:
    """Return the routes ``/login`` and ``/logout``."""
    bp = Blueprint("login", __name__)
    access = container.access

    @bp.get("/login")
    def form() -> str:
        """Return the page that asks for a key."""
        return _page(_own_path(request.args.get("next", "")))

    @bp.post("/login")
    def sign_in() -> Response:
        """Exchange a key for a session, and go on to ``next``, a path of this service."""
        access.require_own_page(current_request.caller(), "POST /login")
        target = _own_path(request.form.get("next", ""))
        g.problem_page = partial(_page, target)
        _count(container.sign_in_limit, current_request.client_address(access))
        cookie = access.sign_in(request.form.get("key", "").strip())
        response = _go(target)
        secure = request.is_secure or container.settings.public_url.startswith("https:")
        response.set_cookie(
            COOKIE, cookie, max_age=LIFETIME_S, path=_path(), secure=secure, httponly=True, samesite="Strict"
        )
        return response

    @bp.post("/logout")
    def sign_out() -> Response:
        """End the session of this browser."""
        access.require_own_page(current_request.caller(), "POST /logout")
        response = _go("/")
        response.delete_cookie(COOKIE, path=_path(), httponly=True, samesite="Strict")
        response.headers["Clear-Site-Data"] = '"cache"'  # what only the session could see, for a year
        return response

    return bp


def _page(target: str, problem: dict[str, Any] | None = None) -> str:
    """Return the page that asks for a key and leads on to ``target``, by its form and by the link at its top.

    With the ``problem`` of a try it is the page to try again on.
    """
    return render_template("login.html", next=target, here=target, problem=problem)


def _count(limit: RateLimit, address: str) -> None:
    try:
        limit.take(address)
    except RateLimited as exc:
        exc.detail = f"too many attempts to sign in from this address; wait {exc.retry_after} s"
        raise


def _own_path(text: str) -> str:
    """Return the path if it leads to this service, else that of the first page: //host and /\\host lead elsewhere."""
    is_own = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_own else "/"


def _path() -> str:
    return request.script_root or "/"


def _go(target: str) -> Response:
    return make_response(redirect(request.script_root + target, 303))

"""Everything that lives as long as one Lambda container, built once and passed to the rest of the app."""

from __future__ import annotations

from app.container.backends import Backends, open_backends
from app.container.container import Container

__all__ = ["Backends", "Container", "open_backends"]

"""Everything that lives as long as one Lambda container, built once and passed to the rest of the app."""

from __future__ import annotations

from app.container.backends import Backends, open_backends, open_storage
from app.container.container import Container
from app.container.services import build_services

__all__ = ["Backends", "Container", "build_services", "open_backends", "open_storage"]

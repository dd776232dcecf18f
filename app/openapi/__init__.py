"""The OpenAPI document, made from the types that the parser, the settings and the errors are made of.

Imported only when somebody asks for it: a cold start pays nothing.
"""

from __future__ import annotations

from app.openapi.document import document
from app.openapi.reference import reference
from app.openapi.service import service_of

__all__ = ["document", "reference", "service_of"]

"""The class of our requests: Flask's, with bounds on forms, and the host in lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Request

if TYPE_CHECKING:
    from werkzeug.formparser import FormDataParser


class BoundedRequest(Request):
    """A request whose forms are read by our own parser, which is imported with the first form."""

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        # case means nothing (RFC 9110, 4.2.3), but Werkzeug compares it with the trusted hosts, and we with an Origin
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        super().__init__(environ, *args, **kwargs)

    def make_form_data_parser(self) -> FormDataParser:
        """Return the parser of this request's form."""
        from app.views.form import FormParser

        return FormParser(
            stream_factory=self._get_file_stream,
            max_form_parts=self.max_form_parts,
            cls=self.parameter_storage_class,
        )

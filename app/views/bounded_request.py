"""The class of our requests: Flask's, with bounds on forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Request

if TYPE_CHECKING:
    from werkzeug.formparser import FormDataParser


class BoundedRequest(Request):
    """A request whose forms are read by our own parser, which is imported with the first form."""

    def make_form_data_parser(self) -> FormDataParser:
        """Return the parser of this request's form."""
        from app.views.form import FormParser

        return FormParser(
            stream_factory=self._get_file_stream,
            max_form_parts=self.max_form_parts,
            cls=self.parameter_storage_class,
        )

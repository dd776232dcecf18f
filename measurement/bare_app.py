"""A bare Flask app that resizes an image, the baseline for our cold start."""

from io import BytesIO

from flask import Flask, Response, request
from PIL import Image

app = Flask(__name__)


@app.post("/resize")
def resize() -> Response:
    """Return the JPEG of the request's body, reduced to the width ``w``."""
    width = int(request.args["w"])
    image = Image.open(BytesIO(request.get_data()))
    image.thumbnail((width, 10 * width))
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=80)
    return Response(out.getvalue(), content_type="image/jpeg")

"""The least a conventional Flask app needs to resize an image: what our cold start is held against."""

from io import BytesIO

from flask import Flask, Response, request
from PIL import Image

app = Flask(__name__)


@app.post("/resize")
def resize() -> Response:
    width = int(request.args["w"])
    image = Image.open(BytesIO(request.get_data()))
    image.thumbnail((width, 10 * width))
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=80)
    return Response(out.getvalue(), content_type="image/jpeg")

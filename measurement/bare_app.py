"""A bare Flask app that resizes an image, reports its health and has a page: the baseline for our cold start."""

from io import BytesIO

from flask import Flask, Response, render_template, request
from jinja2 import DictLoader
from PIL import Image

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{% block title %}Resize{% endblock %}</title>
</head>
<body>
<h1>Resize an image</h1>
<form action="{{ url_for('resize') }}" method="post" enctype="multipart/form-data">
<label>Image <input type="file" name="file" accept="{{ types|join(',') }}" required></label>
<label>Width
<select name="w">
{% for width in widths %}<option{% if width == 480 %} selected{% endif %}>{{ width }}</option>
{% endfor %}</select>
</label>
<button>Resize</button>
</form>
</body>
</html>
"""

app = Flask(__name__)
app.jinja_loader = DictLoader({"page.html": PAGE})


@app.post("/resize")
def resize() -> Response:
    """Return the JPEG of the request's body, reduced to the width ``w``."""
    width = int(request.args["w"])
    image = Image.open(BytesIO(request.get_data()))
    image.thumbnail((width, 10 * width))
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=80)
    return Response(out.getvalue(), content_type="image/jpeg")


@app.get("/healthz")
def healthz() -> Response:
    """Say that the app is up."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@app.get("/")
def page() -> str:
    """Return a form for an image and a width."""
    return render_template("page.html", types=("image/jpeg", "image/png"), widths=(240, 480, 960))

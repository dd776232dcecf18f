# The app on a plain server, as a user without rights:
#   docker build --tag monolambda .
#   docker run --publish 127.0.0.1:5000:5000 --volume monolambda:/data --env MONOLAMBDA_API_KEYS=… monolambda
# Lambda does not use it: there the zip of `make package` runs.

FROM python:3.13-slim AS packages
COPY requirements-serve.txt .
RUN pip install --no-cache-dir --only-binary=:all: --require-hashes --target /packages \
    --requirement requirements-serve.txt

FROM python:3.13-slim
# what is uploaded belongs to this user, and nothing else does
RUN useradd --system --uid 10001 --no-create-home monolambda && install --directory --owner monolambda --mode 0700 /data
COPY --from=packages /packages /packages
WORKDIR /srv
COPY app app
COPY serve serve
COPY wsgi.py NOTICE LICENSE ./
RUN python -m compileall -q app serve wsgi.py
ENV PYTHONPATH=/packages:/srv PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MONOLAMBDA_STORAGE=/data
USER 10001
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5000/healthz', timeout=4)"]
CMD ["python", "-m", "serve", "--host", "0.0.0.0"]

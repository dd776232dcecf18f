"""Builds and checks the zip that runs on Lambda: ``python -m infra.package``."""

"""Holds more memory than it was given before it is ever asked for anything."""

BLOCK = b"x" * (300 * 1024 * 1024)


def handler(event, context):
    return len(BLOCK)

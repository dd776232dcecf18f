"""A Lambda on this machine: many containers, each a process that runs AWS's own runtime client.

The lab knows the app only as a handler in a directory or a zip. Only the small functions in experiments/functions/,
which run in containers, import the app; app_settings.py knows the names of its variables. Nothing imports ``bench``.
"""

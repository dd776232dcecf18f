"""A Lambda on this machine: many containers, each a process that runs AWS's own runtime client.

The lab knows the app only as a handler in a directory or a zip; nothing here imports ``app``, nor ``bench``.
"""

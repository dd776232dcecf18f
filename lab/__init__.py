"""The lab: many containers on this machine, each AWS's own runtime client in a real process.

It knows the app only as a handler in a directory or a zip; nothing here imports ``app``.
"""

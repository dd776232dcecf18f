"""Repeated requests: the CPU of the app when the result exists already."""

"""Repeated requests: what the app spends when the result is known already."""

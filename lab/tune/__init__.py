"""Finds the memory setting for a function, as AWS Lambda Power Tuning does, on this machine."""

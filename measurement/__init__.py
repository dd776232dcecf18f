"""Code the benchmark and the lab share to measure and report: figures, tables, charts, processes, packages.

Imports neither of them, and this module imports nothing: the benchmark needs ``measurement.stamps`` before any
requirement is installed.
"""

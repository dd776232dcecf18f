"""Throws broken input at every door: ``python -m tests.fuzz`` explores, test_fuzz.py repeats what is known."""

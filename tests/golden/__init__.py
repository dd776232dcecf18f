"""Golden digests: what the pixels of some results are, for the version of the engine that made them.

Caches keep a result for a year under a key that names ENGINE, so pixels may not change without it.
"""

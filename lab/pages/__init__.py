"""The live page at /_lab."""

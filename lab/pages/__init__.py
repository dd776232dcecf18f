"""The live page at /_lab, which draws the containers."""

"""Reads what a file states about its image, without decoding pixels: one scanner per container format."""

"""Reads and writes the pixels of each format."""

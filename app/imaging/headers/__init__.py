"""Reads what a file says about its picture, without decoding pixels."""

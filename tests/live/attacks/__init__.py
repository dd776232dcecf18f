"""Attacks through the real door: requests that strangers may send, over a socket and as events."""

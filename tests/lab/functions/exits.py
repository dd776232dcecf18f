"""Ends before it ever asks for an event."""

import sys

sys.exit(7)

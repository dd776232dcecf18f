"""A function whose process ends before it asks for an event."""

import sys

sys.exit(7)

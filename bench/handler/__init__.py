"""The Lambda handler: its cost on top of the WSGI app."""

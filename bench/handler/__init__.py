"""The Lambda handler: what it costs on top of the WSGI app."""

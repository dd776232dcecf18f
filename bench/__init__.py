"""Measures Monolambda and its peers: the image engine, cold starts, the Lambda handler, quality, memory and cost."""

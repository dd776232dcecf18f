"""A minute of mixed work on the server and on the lab: errors, latency, cost, leaks."""

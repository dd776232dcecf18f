"""API Gateway: real HTTP in, proxy events to the function, its answers back out."""

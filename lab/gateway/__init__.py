"""API Gateway: HTTP requests in, proxy events to the function, its responses back out."""

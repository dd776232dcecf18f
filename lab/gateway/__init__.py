"""API Gateway and Function URLs: HTTP requests in, events to the function, its responses back out."""

"""What one process shares among its requests: caches, admission, background work, AWS clients, logs and metrics."""

"""What one process has: its memory cache, admission control, background threads, logs and metrics."""

"""A small HTTP/1.1 server that all of the lab's endpoints use."""

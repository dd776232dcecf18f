"""A month's bill: on Lambda in its variants, and on a server that is always on."""

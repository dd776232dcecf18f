"""The whole server under load, beside servers around other libraries."""

"""Containers: processes of AWS's runtime client that are started, frozen, reused and ended as Lambda does it."""

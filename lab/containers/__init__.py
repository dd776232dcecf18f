"""Containers: processes of AWS's runtime client, started, frozen, reused and ended as on Lambda."""

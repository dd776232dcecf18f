"""Probes a deployed function behind any Lambda API, and compares it with AWS's documentation and with the lab."""

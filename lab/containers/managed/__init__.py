"""Environments of Lambda Managed Instances: containers that take several invocations at once."""

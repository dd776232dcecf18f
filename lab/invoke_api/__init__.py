"""The Lambda API for boto3 and the AWS CLI: invocations, versions, aliases and concurrency.

Signatures are not checked.
"""

"""The Lambda API as boto3 and the AWS CLI speak it, as far as invocations, versions, aliases and concurrency go.

Signatures are not checked.
"""

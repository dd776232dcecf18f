"""The Lambda API as boto3 and the AWS CLI speak it, as far as invoking and versions go.

Signatures are not checked.
"""

from __future__ import annotations

from tests.support.iam_policy import Permission, allows


def test_deny_wins_and_wildcards_work_as_in_iam() -> None:
    allow = {"Effect": "Allow", "Action": "s3:Get*", "Resource": ["arn:aws:s3:::b/?/*"]}
    deny = {"Effect": "Deny", "Action": ["s3:*"], "Resource": "arn:aws:s3:::b/a/secret"}
    both = {"Statement": [allow, deny]}
    assert allows(both, Permission("S3:getobject", "arn:aws:s3:::b/a/x/y"))
    assert not allows(both, Permission("s3:GetObject", "arn:aws:s3:::b/a/secret"))
    assert not allows(both, Permission("s3:GetObject", "arn:aws:s3:::b/aa/x"))
    assert not allows(both, Permission("s3:PutObject", "arn:aws:s3:::b/a/x"))
    assert not allows({"Statement": []}, Permission("s3:GetObject", "arn:aws:s3:::b/a/x"))

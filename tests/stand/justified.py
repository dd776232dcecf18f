"""Rights of the deployer that no run here uses, each with its reason."""

from __future__ import annotations

from typing import Final

# what the settings of the stage production make Zappa do beside; test_production.py sees it done
ONLY_PRODUCTION: Final = {
    "lambda:CreateAlias",
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:PublishVersion",
    "lambda:PutFunctionConcurrency",
    "lambda:PutProvisionedConcurrencyConfig",
}
NEVER: Final = {
    "apigateway:DELETE": "CloudFormation does it with the deployer's rights, when zappa undeploy deletes the API",
    "apigateway:PUT": "CloudFormation does it with the deployer's rights, for the methods of the API",
    "cloudformation:ListStackResources": "zappa deploy draws a bar with it until the stack is ready, at once here",
    "lambda:DeleteProvisionedConcurrencyConfig": "zappa update takes the old version's away",
    "lambda:TagResource": "zappa update with tags in the settings, where there are none",
    "lambda:UpdateAlias": "zappa update moves the alias that the same setting made before",
    "logs:DescribeLogStreams": "zappa tail, which fails on a log without streams, and nothing is logged to moto",
    "logs:FilterLogEvents": "zappa tail",
    "s3:CreateBucket": "zappa deploy makes s3_bucket when it is missing; here it is there",
}

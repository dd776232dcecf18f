"""What surrounds the app on AWS: package builder, IAM policies, CloudFormation stack. None of it ships."""

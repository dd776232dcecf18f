"""The contents of an AWS account: functions, their code, versions, aliases and concurrency."""

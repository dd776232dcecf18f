"""What an AWS account holds: functions, their code, versions, aliases and concurrency."""

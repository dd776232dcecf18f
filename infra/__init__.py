"""What stands around the app on AWS: its package, its policy, its resources. Nothing here ships."""

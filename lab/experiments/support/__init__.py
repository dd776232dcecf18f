"""What several experiments stand on: origins, servers, packages, traffic, and ways to ask."""

"""Benchmarks of Monolambda beside its peers; knows the app only as a user of it would."""

"""Decides who may do what: the policy, signed links, and where secrets come from."""

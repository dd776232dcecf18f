"""Estimates the memory and CPU time of a resize before anything is decoded."""

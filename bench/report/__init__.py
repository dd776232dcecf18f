"""The results: their file, and the README's block, docs/bench.md and the charts that are generated from it."""

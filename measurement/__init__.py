"""What the benchmark and the lab both measure and report with: figures, tables, charts, processes, packages."""

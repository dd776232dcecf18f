"""Where packages are, and which imports wait until they are needed."""

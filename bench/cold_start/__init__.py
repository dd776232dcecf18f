"""Cold starts: from the start of the interpreter to the first resized JPEG."""

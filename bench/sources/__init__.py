"""Images drawn from seeds, so that no file of unknown origin is measured."""

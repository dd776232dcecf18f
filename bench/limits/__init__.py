"""The limits: whether the whole process stays within its memory for the largest inputs and results it accepts."""

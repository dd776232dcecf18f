"""The image engine beside its peers: CPU, memory, stages and options of one resize in a warm process."""

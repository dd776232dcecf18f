"""The steps that turn a decoded frame into the result, one file each."""

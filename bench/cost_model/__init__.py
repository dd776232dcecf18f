"""The cost model: the estimate from header and options before decoding, beside the measured cost."""

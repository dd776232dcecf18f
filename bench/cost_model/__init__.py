"""The cost model: what is estimated from header and options before decoding, beside what is then measured."""

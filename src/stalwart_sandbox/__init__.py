"""A stand-in for a Stalwart mail server: plain ASGI, strict, for tests and demonstrations."""

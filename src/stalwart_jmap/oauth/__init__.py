"""Signing in without I/O: each step builds a request and reads its answer (RFC 6749, 7636, 8628; Stalwart's own)."""

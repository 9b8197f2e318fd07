"""Bulwark Account Security: the panel and the command line."""

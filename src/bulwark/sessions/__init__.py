"""A signed-in browser: its cookie, its sealed tokens, its lifetime. One session is one account."""

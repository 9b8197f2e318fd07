"""Signing in, proving presence again, signing out; and the guard that every signed-in page passes."""

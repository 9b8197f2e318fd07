"""Two-factor authentication and recovery codes: on, replaced, off, and the way back in without the phone."""

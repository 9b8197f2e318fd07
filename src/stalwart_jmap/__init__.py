"""A typed, async JMAP client for account security on a Stalwart mail server (0.16 or newer)."""

"""One person's account on the mail server: its client, its rights, and what the server's refusals mean."""

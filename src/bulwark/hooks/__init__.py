"""What other programs call: no browser, no session, no person; each proves itself by a secret of its own."""

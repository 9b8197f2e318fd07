"""What commands need to talk to a person: questions, tables, JSON, exit statuses, the kept sign-in."""

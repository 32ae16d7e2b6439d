"""What a project wants of accounts in KAZOO, by a file, and how they get it."""

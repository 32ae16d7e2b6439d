"""New templates and new projects, made of what is here."""

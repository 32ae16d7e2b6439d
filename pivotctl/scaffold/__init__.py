"""Creates templates and projects from the existing ones."""

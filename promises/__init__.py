"""What the collection promises, each measured anew by one command."""

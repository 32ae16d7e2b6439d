"""The documents that a project wants in accounts of KAZOO, by a file, and ways to make them."""

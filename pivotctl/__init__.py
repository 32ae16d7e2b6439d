"""The developer's tool: run, dial and check the functions on this machine."""

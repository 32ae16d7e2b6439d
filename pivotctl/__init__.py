"""The developer's tool: run, call, and check the functions on this machine."""

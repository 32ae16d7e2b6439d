"""Plays callflow JSON: `cf_exe.erl` and the `cf_<module>.erl` files."""

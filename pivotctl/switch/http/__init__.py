"""HTTP as KAZOO speaks it, byte for byte."""

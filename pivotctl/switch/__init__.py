"""The local KAZOO: sends requests byte for byte as KAZOO does and executes answers as it does.

It shares no parsing, rendering or checking code with the layer whose answers it judges.
"""

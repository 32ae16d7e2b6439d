"""Commands of pivotctl, one module each; the command of a module is called `command`.

`json_lines`, `logged_deliveries`, `named_stack`, and `records_table` are parts that commands are
made of.
"""

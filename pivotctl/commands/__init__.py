"""The commands of pivotctl, one module each; a module's command is called `command`."""

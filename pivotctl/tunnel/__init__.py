"""A tunnel from the internet to the running stack, by a program that the developer has."""

from pivotctl.tunnel.programs import Program, TunnelError, program_of
from pivotctl.tunnel.running import Tunnel, opened

__all__ = ["Program", "Tunnel", "TunnelError", "opened", "program_of"]

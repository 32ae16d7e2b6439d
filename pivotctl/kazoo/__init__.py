"""A client of KAZOO's Crossbar for commands: signs in, checks bodies, and explains refusals.

The operations are those of the layer (`pivotkit.services.crossbar_api`), over a transport of their
own: no deadline of a function, retries where they are safe, and errors that a person reads.
"""

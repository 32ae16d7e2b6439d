"""Crossbar's list of an account's WebSockets, and of the bindings that there are."""

from listing import Listing
from pivotkit.store.socket_grants import Grants
from pivotkit.store.sockets import Sockets
from pivotkit.store.wrong_tokens import WrongTokens

handler = Listing(Sockets(), Grants(), WrongTokens())

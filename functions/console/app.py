"""The operator's pages: functions and their URLs for KAZOO, and the settings of accounts.

The console is locked: see `access`. It knows no key of KAZOO's URLs, no secret, and of its own key
only the hash.
"""

from access import Access, Locked
from live_access import origin, ticket
from live_pages import operator, screen_pop
from mangum import Mangum
from overview import root
from pages import ASSETS, ERRORS, error_page
from settings_pages import change, settings, settings_of
from sign_in import sign_in, sign_out
from starlette.applications import Starlette
from starlette.routing import Route

from pivotpages.guard import Guard

site = Starlette(
    routes=[
        Route("/", root),
        Route("/settings", settings),
        Route("/settings/{function}", settings_of),
        Route("/settings/{function}", change, methods=["POST"]),
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/screen-pop", screen_pop),
        Route("/operator", operator),
        Route("/sockets/ticket", ticket),
        ASSETS.route,
    ],
    exception_handlers=dict.fromkeys(ERRORS, error_page),
)
site.router.redirect_slashes = False  # a redirect would go to whatever the Host header says
handler = Mangum(
    Guard(Locked(site, Access.from_environment()), connect_src=origin()), lifespan="off"
)

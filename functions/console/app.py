"""The operator's pages: functions and their URLs for KAZOO, calls, and the settings of accounts.

The console is locked: see `access`. It knows no key of KAZOO's URLs, no secret, and of its own key
only the hash.
"""

from access import FROM_ISSUER, SIGN_IN, SIGNED_OUT, TO_ISSUER, Access, Locked
from audit_pages import audit
from call_page import call, call_json, call_recording, call_replay
from calls_page import calls, newer_calls, switch
from cdr_pages import cdrs, cdrs_csv
from entries_pages import entries
from funnel_pages import funnel
from hook_pages import enable, hooks
from hours_pages import hours, save_hours
from issuer_pages import from_issuer, signed_out, to_issuer
from list_pages import caller_list, save_callers
from live_access import origin, ticket
from live_pages import operator, screen_pop
from mangum import Mangum
from overview import root
from pages import ASSETS, ERRORS, error_page
from settings_pages import change, settings, settings_of
from sign_in import sign_in, sign_out
from starlette.applications import Starlette
from starlette.routing import Route
from switch_pages import set_switch, switches
from template_pages import templates
from tree_pages import save_tree, trees

from pivotpages.guard import Guard

site = Starlette(
    routes=[
        Route("/", root),
        Route("/cdrs", cdrs),
        Route("/cdrs.csv", cdrs_csv),
        Route("/funnel", funnel),
        Route("/hooks", hooks),
        Route("/hooks", enable, methods=["POST"]),
        Route("/audit", audit),
        Route("/templates", templates),
        Route("/calls", calls),
        Route("/calls/newer", newer_calls),
        Route("/calls/debug", switch, methods=["POST"]),
        Route("/call", call),
        Route("/call.json", call_json),
        Route("/call/recording", call_recording),
        Route("/call/replay", call_replay, methods=["POST"]),
        Route("/settings", settings),
        Route("/settings/{function}", settings_of),
        Route("/settings/{function}", change, methods=["POST"]),
        Route("/entries", entries),
        Route("/entries/hours", hours),
        Route("/entries/hours", save_hours, methods=["POST"]),
        Route("/entries/callers", caller_list),
        Route("/entries/callers", save_callers, methods=["POST"]),
        Route("/entries/switches", switches),
        Route("/entries/switches", set_switch, methods=["POST"]),
        Route("/entries/trees", trees),
        Route("/entries/trees", save_tree, methods=["POST"]),
        Route(SIGN_IN, sign_in, methods=["GET", "POST"]),
        Route(TO_ISSUER, to_issuer),
        Route(FROM_ISSUER, from_issuer),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route(SIGNED_OUT, signed_out),
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

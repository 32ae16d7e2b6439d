"""Settings of a template, its argument besides the call, and the fallback made from them."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pivotkit.calls.call import Call
from pivotkit.calls.render import Flow, rendered
from pivotkit.http.gateway import GatewayResponse
from pivotkit.kazoo import Action, hangup, tts

if TYPE_CHECKING:
    from pivotkit.store.account_settings import AccountSettings, Texts

APOLOGY = tts("Sorry, something went wrong. Please try again later. Goodbye.") >> hangup()
"""The fallback of templates that declare none."""

MOST_FALLBACKS = 256
"""The number of accounts whose rendered fallbacks an environment keeps."""

type FallbackOf[S] = Flow | Callable[[S], Flow]
"""A fallback, or a function that makes it from the settings."""


class Fallback(NamedTuple):
    """A rendered fallback, and the flow for a nested pivot that fails."""

    answer: GatewayResponse
    after_failed_pivot: Action


class TemplateSettings:
    """The settings of a template, if it declares any, and its fallback.

    Settings are the arguments of the template after the call: one, or none. The fallback is made
    from the deployment's settings at import, so a wrong one fails a deploy at once.
    """

    def __init__(
        self,
        function: str,
        fallback: FallbackOf[Any],
        settings: type[tuple[Any, ...]] | None,
        *,
        by_number: bool,
    ) -> None:
        self._fallback = fallback
        self._accounts = _accounts(settings, function, by_number=by_number) if settings else None
        self.deployment = (self._accounts.deployment,) if self._accounts else ()
        self._fallbacks = lru_cache(MOST_FALLBACKS)(self._made)
        self._fallbacks(self.deployment)

    def of(self, call: Call) -> tuple[Any, ...]:
        """The settings for *call*."""
        return (self._accounts.of(call.account_id, call.request),) if self._accounts else ()

    def texts(self, call: Call) -> "Texts":
        """The values that the account of *call* has itself."""
        return self._accounts.texts(call.account_id, call.request) if self._accounts else {}

    def with_texts(self, call: Call, texts: "Texts") -> tuple[Any, ...]:
        """The settings for *call*, whose account has *texts*."""
        return (self._accounts.with_texts(call.account_id, texts),) if self._accounts else ()

    def fallback(self, settings: tuple[Any, ...]) -> Fallback:
        """The fallback for *settings*, or that of the deployment if it cannot be made."""
        try:
            return self._fallbacks(settings)
        except Exception:  # noqa: BLE001  (callers must hear something)
            return self._fallbacks(self.deployment)

    def _made(self, settings: tuple[Any, ...]) -> Fallback:
        made = self._fallback(*settings) if callable(self._fallback) else self._fallback
        after = made if isinstance(made, Action) else APOLOGY
        return Fallback(rendered(made, after), after)


def _accounts(
    settings: type[tuple[Any, ...]], function: str, *, by_number: bool
) -> "AccountSettings[tuple[Any, ...]]":
    from pivotkit.store.account_settings import AccountSettings  # noqa: PLC0415  (not for others)

    return AccountSettings(settings, function, by_number=by_number)

"""The local Crossbar as one of the fakes, and the switch's reports to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from pivotctl.crossbar import CrossbarRequest, HookDocument, LocalCrossbar
from pivotctl.crossbar.envelope import CrossbarRefusal, failure
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from pivotctl.switch.world import Rung
from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class CrossbarFake:
    """Answers as `pivotctl.crossbar` does; `crossbar` has the data."""

    def __init__(self) -> None:
        self.crossbar = LocalCrossbar()

    def answer(self, request: FakeRequest) -> FakeReply:
        """Return the answer to a worker's or template's request."""
        unread = request.body is None and request.headers.get("content-length", "0") != "0"
        wanted = CrossbarRequest(
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            readable=not unread,
        )
        answer = self.crossbar.handle(wanted)
        return FakeReply(answer.body, answer.status, answer.kind, answer.headers)

    def close(self) -> None:
        """Wait for the end of the calls that Crossbar has placed."""
        self.crossbar.calls.finish()

    def failed(self) -> FakeReply:
        """Return the answer of a failing Crossbar, in its usual envelope of errors."""
        fault = CrossbarRefusal(500, "unspecified_fault")
        return FakeReply(failure(fault, self.crossbar.clock()), fault.status)

    def control(self, request: FakeRequest) -> FakeReply:
        """Answer the switch and pivotctl, in any mode of the fake.

        `POST events`, `POST attempts`, and `POST debug` report events, deliveries, and debug
        documents. `POST hooks` registers webhooks, `PUT hooks` with `{"ids": [...]}` enables them.
        Each returns the state of all webhooks. `PUT phones` scripts the outcomes of calls to a
        number. `POST disabled` returns the webhooks disabled since the last such request.
        """
        hooks = self.crossbar.hooks
        match request.method, request.last:
            case "POST", "events":
                self.crossbar.happened(request.body["hook"], request.body["event"])
            case "POST", "attempts":
                hooks.note(DeliveryAttempt(**request.body))
            case "POST", "debug":
                self.crossbar.debugged(request.body)
            case "POST", "hooks":
                for document in request.body["hooks"]:
                    hooks.register(HookDocument(**document))
            case "PUT", "hooks":
                self._enable(request.body["ids"])
            case "PUT", "phones":
                outcomes = tuple(map(Rung, request.body["outcomes"]))
                self.crossbar.phones.outcomes[request.body["number"]] = outcomes
            case "POST", "disabled":
                return self._state(hooks.newly_disabled(self.crossbar.clock()))
            case "GET", "hooks":
                pass
            case _:
                return NOT_FOUND
        return self._state(hooks.documents(self.crossbar.clock()))

    def _enable(self, wanted: list[str]) -> None:
        hooks = self.crossbar.hooks
        known = hooks.documents(self.crossbar.clock())
        hooks.re_enable([each for each in known if each.id in wanted])

    def _state(self, documents: Iterable[HookDocument]) -> FakeReply:
        hooks, now = self.crossbar.hooks, self.crossbar.clock()
        shown = [asdict(each) | {"failures": hooks.failures(each.id, now)} for each in documents]
        return FakeReply({"hooks": shown})

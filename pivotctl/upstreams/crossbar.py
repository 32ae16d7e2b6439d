"""KAZOO's own API among the other services: the local Crossbar, and what the switch tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from pivotctl.crossbar import CrossbarRequest, HookDocument, LocalCrossbar
from pivotctl.crossbar.envelope import CrossbarRefusal, failure
from pivotctl.switch.webhooks.ledger import DeliveryAttempt
from pivotctl.switch.world import Rung
from pivotctl.upstreams.service import NOT_FOUND, FakeReply, FakeRequest


class CrossbarFake:
    """Answers as `pivotctl.crossbar` does; `crossbar` is what it knows."""

    def __init__(self) -> None:
        self.crossbar = LocalCrossbar()

    def answer(self, asked: FakeRequest) -> FakeReply:
        """The answer to a worker's or template's request."""
        unread = asked.body is None and asked.headers.get("content-length", "0") != "0"
        request = CrossbarRequest(
            asked.method, asked.path, asked.query, asked.headers, asked.body, readable=not unread
        )
        answer = self.crossbar.handle(request)
        return FakeReply(answer.body, answer.status, answer.kind, answer.headers)

    def failed(self) -> FakeReply:
        """The answer of a Crossbar that fails: its envelope of errors, as for any other."""
        fault = CrossbarRefusal(500, "unspecified_fault")
        return FakeReply(failure(fault, self.crossbar.clock()), fault.status)

    def told(self, asked: FakeRequest) -> FakeReply:
        """What the switch and pivotctl say and ask, however Crossbar behaves.

        `POST events` and `POST attempts` are what happened, `POST hooks` which hooks there are.
        `PUT hooks` with `{"ids": [...]}` enables them. Each answer is the state of all hooks.
        `PUT phones` says what becomes of calls to a number. `POST disabled` answers which hooks
        were disabled since it was asked last.
        """
        hooks = self.crossbar.hooks
        match asked.method, asked.last:
            case "POST", "events":
                self.crossbar.happened(asked.body["hook"], asked.body["event"])
            case "POST", "attempts":
                hooks.note(DeliveryAttempt(**asked.body))
            case "POST", "hooks":
                for document in asked.body["hooks"]:
                    hooks.register(HookDocument(**document))
            case "PUT", "hooks":
                self._enable(asked.body["ids"])
            case "PUT", "phones":
                outcomes = tuple(map(Rung, asked.body["outcomes"]))
                self.crossbar.phones.outcomes[asked.body["number"]] = outcomes
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

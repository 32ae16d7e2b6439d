"""A stage for faults: templates in AWS's runtime, called as KAZOO calls them while parts fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pivotctl.stack
from pivotctl.catalogue import CALL
from pivotctl.commands.call import unheard
from pivotctl.lint.verdict import refusals
from pivotctl.project import Function, Project
from pivotctl.reader.answers import PivotAnswer
from pivotctl.stack import Stack, seed
from pivotctl.stack.engine import start_sandbox
from pivotctl.stack.environment import LambdaEnvironment
from pivotctl.stack.runtime import Sandbox
from pivotctl.switch.http.exchange import ExchangeError, HttpRequest, HttpResponse, send
from pivotctl.switch.player.call import place_call
from pivotctl.upstreams import FAKES
from pivotctl.upstreams.server import SAME
from promises.variants import VARIANTS, Variant
from scripts.make_dialogues import arguments_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OK, _FAILED = 200, 500
_WARM_SECONDS, _WARM_TIMES = 30.0, 10
"""On a busy machine, INIT can take longer than the gateway waits."""

_TABLES = ("CallStateTable", "DirectoryTable")
_UNKEPT = {"Parameters": {"PIVOTCTL_SETTINGS_SECONDS": "0"}}
"""An account's settings are read for each request, so that each depends on DynamoDB."""

_SERVICES = tuple(name for name in FAKES if name not in SAME)

type Change = Callable[[LambdaEnvironment], LambdaEnvironment]
type Failing = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Heard:
    """An answer as KAZOO got it, and KAZOO's problems with it; status 0 if none came."""

    status: int
    seconds: float
    problems: tuple[str, ...] = ()

    @property
    def executes(self) -> bool:
        """Whether both KAZOOs run the answer."""
        return self.status == _OK and not self.problems

    @property
    def falls_back(self) -> bool:
        """Whether KAZOO goes on with the `_` child, because the server says that it failed."""
        return self.status >= _FAILED


@dataclass(frozen=True)
class Step:
    """A request of a call: whether the template asked DynamoDB, and which services."""

    number: int
    asks_dynamodb: bool
    services: frozenset[str]


@dataclass(frozen=True)
class ReadmeCall:
    """A call in a template's README, by the arguments of `pivotctl call`, and its requests.

    Or one with the settings of a *variant*.
    """

    arguments: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    variant: Variant | None = None

    @property
    def services(self) -> frozenset[str]:
        """The services that the template asks in this call."""
        return frozenset(name for step in self.steps for name in step.services)


class _EnoughError(Exception):
    """The answer that mattered was heard; the rest of the call is not played."""


@dataclass
class _Exchange:
    """Exchanges the requests of a call; `judge` hears those to the template `name`.

    It gets the number of the request and a function that sends it.
    """

    name: str
    judge: Callable[[int, Callable[[], HttpResponse]], HttpResponse]
    count: int = 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer to a request."""
        if not urlsplit(request.url).path.endswith(f"/pivot/{self.name}"):
            return send(request)
        number, self.count = self.count, self.count + 1
        return self.judge(number, partial(send, request))


@dataclass(frozen=True)
class Stage:
    """A running stack on which one template after the other is called."""

    stack: Stack
    _variants: list[Variant] = field(default_factory=list)

    @classmethod
    @contextmanager
    def opened(cls, project: Project, functions: Sequence[str]) -> Iterator[Stage]:
        """Yield a stage with Lambda's own limits: they are the promise."""
        strict = replace(project, patience=1.0)
        with pivotctl.stack.session(
            strict, functions=functions, env=_UNKEPT, fresh=True, wire=True
        ) as stack:
            yield cls(stack)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """A client that no fault concerns."""
        return self.stack.own.aws.dynamodb()

    def reset(self, function: Function) -> None:
        """Leave only what the template's seed.json says, and services that are well."""
        for table in _TABLES:
            seed.empty(self.dynamodb, self.stack.tables[table])
        seed.seed(self.dynamodb, function)
        self.stack.upstreams.reset()

    @contextmanager
    def started(
        self, function: Function, change: Change = lambda same: same, *, may_fail: bool = False
    ) -> Iterator[None]:
        """Run the template in new processes, whose environment is changed, and warm.

        With `may_fail` they need not start.
        """
        engine = self.stack.own
        pool = engine.pool(function)
        before = pool.start

        def start() -> Sandbox:
            environment = change(self._varied(engine.environment(function)))
            log = engine.log_of(function.name)
            return start_sandbox(engine.project, environment, engine.processes, log)

        pool.start = start
        pool.restart()
        if not may_fail:
            self.warm(function)
        try:
            yield
        finally:
            pool.start = before
            pool.restart()

    @contextmanager
    def varied(self, variant: Variant | None) -> Iterator[None]:
        """Start the template with the variables of *variant* meanwhile."""
        if variant is None:
            yield
            return
        self._variants.append(variant)
        try:
            yield
        finally:
            self._variants.clear()

    def _varied(self, environment: LambdaEnvironment) -> LambdaEnvironment:
        given = {
            name: value
            for variant in self._variants
            for name, value in variant.at(str(self.stack.upstreams_url)).items()
        }
        return replace(environment, variables={**environment.variables, **given})

    def warm(self, function: Function) -> None:
        """Have the template's process started: INIT is not what is tried."""
        request = HttpRequest("POST", self.stack.url(function.name), timeout=_WARM_SECONDS)
        for _ in range(_WARM_TIMES):
            if send(request).status < _FAILED:
                return
        raise RuntimeError(f"{function.name} does not start")

    # -- calls ---------------------------------------------------------------------------------

    def calls(self, function: Function) -> Iterator[ReadmeCall]:
        """Yield the calls of the README and of variants, each with its requests.

        Those in which a service fails from the start come last.
        """
        text = (function.path / "README.md").read_text(encoding="utf-8")
        every = [tuple(arguments_of(block)) for block in CALL.finditer(text)]
        for arguments in sorted(every, key=lambda each: "--upstream" in each):
            yield self._observed(function, arguments)
        for variant in VARIANTS.get(function.name, ()):
            keys = (word for key in variant.press for word in ("--press", key))
            with self.varied(variant), self.started(function):
                yield self._observed(function, (*every[0], *keys), variant)

    def _observed(
        self, function: Function, arguments: tuple[str, ...], variant: Variant | None = None
    ) -> ReadmeCall:
        steps = []

        def observe(number: int, answer: Callable[[], HttpResponse]) -> HttpResponse:
            before = self._received()
            with self.stack.dynamodb.recorded() as operations:
                found = answer()
            asked = {name for name, count in self._received().items() if count > before[name]}
            steps.append(Step(number, bool(operations), frozenset(asked)))
            return found

        self._play(function, arguments, observe)
        return ReadmeCall(arguments, tuple(steps), variant)

    def _received(self) -> dict[str, int]:
        return {name: len(self.stack.upstreams[name].received) for name in _SERVICES}

    def hear(self, function: Function, call: ReadmeCall) -> list[Heard]:
        """Play the whole call, and return every answer of the template."""
        heard: list[Heard] = []

        def judge(number: int, answer: Callable[[], HttpResponse]) -> HttpResponse:
            del number
            return self._heard(function, answer, heard)

        self._play(function, call.arguments, judge)
        return heard

    def hear_at(
        self, function: Function, call: ReadmeCall, step: int, failing: Failing
    ) -> list[Heard]:
        """Play the call up to the request *step*, which is answered while something fails."""
        heard: list[Heard] = []

        def judge(number: int, answer: Callable[[], HttpResponse]) -> HttpResponse:
            if number < step:
                return answer()
            with failing():
                self._heard(function, answer, heard)
            raise _EnoughError

        self._play(function, call.arguments, judge)
        return heard

    def _play(
        self,
        function: Function,
        arguments: Sequence[str],
        judge: Callable[[int, Callable[[], HttpResponse]], HttpResponse],
    ) -> None:
        exchange = _Exchange(function.name, judge)
        try:
            with unheard(self.stack, arguments) as scenario:
                for _ in place_call(scenario, exchange):
                    pass
        except _EnoughError:
            return

    def _heard(
        self, function: Function, answer: Callable[[], HttpResponse], heard: list[Heard]
    ) -> HttpResponse:
        started = time.monotonic()
        try:
            response = answer()
        except ExchangeError as error:
            heard.append(Heard(0, time.monotonic() - started, (str(error),)))
            raise
        seconds = time.monotonic() - started
        given = PivotAnswer(response.body, response.content_type, response.status)
        problems = tuple(refusals(given, self.stack.url(function.name)))
        heard.append(Heard(response.status, seconds, problems))
        return response

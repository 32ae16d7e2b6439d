"""Assembles the parts of a stack, starts them in order, and stops them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pivotctl.infra import FragmentError
from pivotctl.project import Project
from pivotctl.sam_template import TemplateError, arn
from pivotctl.socket_apis import SocketApi
from pivotctl.stack import aws as local_aws
from pivotctl.stack import build, failures, gateway, runtime, schedules, seed
from pivotctl.stack.aws import LocalAws
from pivotctl.stack.clock import ScheduleClock
from pivotctl.stack.debugger import Debugger
from pivotctl.stack.door import Door
from pivotctl.stack.environment import (
    LambdaEnvironment,
    Overrides,
    code_of,
    overridden,
    with_own_urls,
)
from pivotctl.stack.faults import Wire
from pivotctl.stack.info import StackInfo
from pivotctl.stack.live_variables import RENEW_PATH, live_variables
from pivotctl.stack.mappings import (
    EventSourceMapping,
    QueueMapping,
    StreamMapping,
    WorkersBusyError,
    wait_until_idle,
)
from pivotctl.stack.processes import Processes, alive
from pivotctl.stack.reload import Reloader
from pivotctl.stack.runtime import (
    BusyError,
    Log,
    LogFile,
    Pool,
    RieSandbox,
    RuntimeFailedError,
    Sandbox,
    StillRunningError,
)
from pivotctl.stack.server import AccessLog, ApiServer
from pivotctl.stack.socket_gateway import INVOKE_SECONDS, SocketGateway
from pivotctl.stack.socket_posts import SocketPosts
from pivotctl.stack.subprocess_runtime import SubprocessSandbox
from pivotctl.upstreams import FakeMode, Upstreams, redirected

if TYPE_CHECKING:
    from datetime import datetime

    from pivotctl.project import EventSource, Function, Route, Schedule
    from pivotctl.stack.gateway import GatewayAnswer, Returned

FIRST_PORT = 8080
IDLE_PATH = "/_pivotctl/idle"
_BUS = "EVENT_BUS"
_WORKER_SECONDS = 30.0
_counter = itertools.count(1)


@dataclass(frozen=True)
class Options:
    """Options of a stack.

    `port` None means the first free port from 8080 on; `limit` is the number of environments that
    a function may have at once; `upstreams` are the initial modes of the fakes of other services;
    `schedules` runs scheduled functions on time; `say` gets progress messages, `show` a line for
    each request, `extended` the stack's facts when a new function was taken up; `debugger` names
    the function to inspect; `door` admits requests from outside, at a port of its own.
    """

    functions: tuple[str, ...] | None = None
    overrides: Overrides = field(default_factory=dict)
    port: int | None = None
    reload: bool = False
    wire: bool = False
    limit: int = 4
    upstreams: Mapping[str, FakeMode] = field(default_factory=dict)
    schedules: bool = False
    logs: Path | None = None
    say: Callable[[str], None] = lambda _: None
    show: Callable[[str], None] = lambda _: None
    extended: Callable[[StackInfo], None] = lambda _: None
    debugger: Debugger | None = None
    door: Door | None = None


@dataclass
class Engine:
    """A stack running in this process."""

    project: Project
    options: Options
    folder: Path = field(init=False)
    aws: LocalAws = field(init=False)
    wire: Wire | None = field(init=False, default=None)
    upstreams: Upstreams = field(init=False)
    pools: dict[str, Pool] = field(init=False, default_factory=dict)
    servers: dict[str, ApiServer] = field(init=False, default_factory=dict)
    mappings: list[EventSourceMapping] = field(init=False, default_factory=list)
    clock: ScheduleClock | None = field(init=False, default=None)
    outside: ApiServer | None = field(init=False, default=None)
    sockets: SocketGateway | None = field(init=False, default=None)
    socket_posts: SocketPosts | None = field(init=False, default=None)
    public_url: str = field(init=False, default="")
    phone_url: str = field(init=False, default="")
    _cleanup: contextlib.ExitStack = field(init=False, default_factory=contextlib.ExitStack)
    _log_lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    # -- life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything; if a part fails, stop the parts already started."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._prepare()
        self.processes = Processes()
        self._cleanup.callback(self.processes.close)
        self.aws = LocalAws(
            self.project.tools, self.processes, self.folder / "aws", self.logs / "aws.log"
        )
        self.aws.start()
        self.build = build.link(self.project, self.folder / "build")
        self._bind()
        self.aws.wait()
        if self.options.wire:
            self.wire = Wire(self.aws.port)
            self._cleanup.callback(self.wire.close)
        local_aws.provision(self.aws, self.project)
        self._seed()
        self._start_upstreams()
        self._serve()

    def _prepare(self) -> None:
        if self.options.schedules:
            self.clock = ScheduleClock(list(self.functions.values()), self._fire)
        if runtime.supported():
            runtime.check(self.project.tools)
        build.ensure(self.project, self.options.say)
        sweep(self.project.home)
        self.folder = self.project.home / f"run-{os.getpid()}-{next(_counter)}"
        self.folder.mkdir(parents=True)
        self._cleanup.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.logs = self.options.logs or self.folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def _bind(self) -> None:
        """Bind a port for each API; the first API gets the requested one."""
        port = self.options.port
        for api in self.project.apis:
            server = self._server(api)
            server.own = {IDLE_PATH: self._idle, RENEW_PATH: self._renew}
            server.invoke = self._invoked_by_sdk
            first = not self.servers
            server.bind(
                port if first and port is not None else self._next_port(),
                exactly=first and port is not None,
            )
            self.servers[api] = server
            self._cleanup.callback(server.stop)

        if self.options.door:
            self._bind_door(self.options.door)
        self._bind_sockets()

    def _bind_sockets(self) -> None:
        """Serve the WebSocket API, if the functions behind its routes are in this stack."""
        api = SocketApi.of_template(self.project.template)
        known = {function.logical_id for function in self.functions.values()}
        if api is None or not {route.function for route in api.routes.values()} <= known:
            return
        self.sockets = SocketGateway(api, self._invoke_route, self.complain)
        self.sockets.start(self._next_port())
        self._cleanup.callback(self.sockets.stop)
        self.socket_posts = SocketPosts(self.sockets)
        self.socket_posts.start()
        self._cleanup.callback(self.socket_posts.stop)

    def _bind_door(self, door: Door) -> None:
        """Bind a port for requests from outside to the API that KAZOO calls."""
        api = next(api for api in self.project.apis if not self._is_console(api))
        self.outside = self._server(api)
        self.outside.admits = door.admits
        self.outside.bind(self._next_port(), exactly=False)
        self._cleanup.callback(self.outside.stop)

    def _server(self, api: str) -> ApiServer:
        return ApiServer(
            routes=list(self._routes(api)),
            log=AccessLog(partial(self.note, "gateway"), self.options.show),
            complain=self.complain,
            explain=self.explain,
            invoked=self._invoked,
        )

    def _next_port(self) -> int:
        taken = [server.port for server in (*self.servers.values(), self.outside) if server]
        return max(taken, default=FIRST_PORT - 1) + 1

    def _routes(self, api: str) -> Iterable[tuple[Route, Pool]]:
        for function in self.functions.values():
            for route in function.routes:
                if route.api == api:
                    yield route, self.pool(function)

    def _start_upstreams(self) -> None:
        self.upstreams = Upstreams()
        for name, mode in self.options.upstreams.items():
            self.upstreams[name].switch(mode)
        self.upstreams.show(self.options.show)
        self.upstreams.start()
        self._cleanup.callback(self.upstreams.stop)

    def _seed(self) -> None:
        client = self.aws.dynamodb()
        for function in self.functions.values():
            seed.seed(client, function)

    def _serve(self) -> None:
        for function in self.functions.values():
            self._feed(function)
        for server, _ in self._apis():
            server.start()
        if self.options.reload:
            self._reload()
        if self.clock is not None:
            self.clock.start()
            self._cleanup.callback(self.clock.stop)

    def _apis(self) -> Iterator[tuple[ApiServer, str]]:
        """Yield each server with its API."""
        yield from ((server, api) for api, server in self.servers.items())
        if self.outside:
            yield self.outside, next(api for api in self.servers if not self._is_console(api))

    def _reload(self) -> None:
        """Take up changed sources and new functions."""

        def extend() -> list[str]:
            try:
                added = self.extend()
            except (TemplateError, FragmentError, build.BuildError, seed.SeedError) as error:
                self.options.say(str(error))
                return []
            reloader.project = self.project
            return added

        say = self.options.say
        reloader = Reloader(self.project, self.build, self.restart, say, extend)
        reloader.start()
        self._cleanup.callback(reloader.stop)

    def extend(self) -> list[str]:
        """Take up the functions that the project has gained, and return their names.

        They use the tables and queues there are; what needs new ones waits for a restart.
        """
        if self.options.functions is not None:
            return []
        build.renew_template(self.project.root, self.options.say)
        found = Project.find(self.project.root)
        project = replace(
            found,
            patience=self.project.patience,
            parameters={**self.project.parameters, **found.parameters},
        )
        added = [each for each in project.functions.values() if each.name not in self.functions]
        if not added or not self._has_resources(project):
            return []
        build.ensure(project, self.options.say)
        for function in added:
            build.link_function(project, function, self.build)
        self.project = project
        self._take_up(added)
        return [function.name for function in added]

    def _has_resources(self, project: Project) -> bool:
        have, want = self.project, project
        pairs = ((have.tables, want.tables), (have.queues, want.queues), (have.buses, want.buses))
        return all(wanted.keys() <= had.keys() for had, wanted in pairs)

    def _take_up(self, functions: Iterable[Function]) -> None:
        """Seed, serve, and feed functions whose code is in place, and publish them."""
        client = self.aws.dynamodb()
        for function in functions:
            seed.seed(client, function)
            self._feed(function)
        for server, api in self._apis():
            server.route(self._routes(api))
        self.options.extended(self.info())

    def _feed(self, function: Function) -> None:
        """Start the function's event source mappings."""
        for source in function.event_sources:
            if source.enabled:
                mapping = self._mapping(function, source)
                self.mappings.append(mapping)
                mapping.start()
                self._cleanup.callback(mapping.stop)

    def stop(self) -> None:
        """Stop everything in reverse order; may be called twice."""
        self._cleanup.close()

    # -- functions -----------------------------------------------------------------------------

    @property
    def functions(self) -> Mapping[str, Function]:
        """The functions of this stack."""
        if self.options.functions is None:
            return self.project.functions
        chosen = [self.project.function(name) for name in self.options.functions]
        return {function.name: function for function in chosen}

    def pool(self, function: Function) -> Pool:
        """Return the pool of a function, created on first use."""
        if function.name not in self.pools:
            start = partial(self._sandbox, function)
            limit = 1 if self._inspected(function) else self.options.limit
            self.pools[function.name] = Pool(function.name, start, limit)
        return self.pools[function.name]

    def _sandbox(self, function: Function) -> Sandbox:
        environment = self.environment(function)
        if debugger := self._inspected(function):
            environment = debugger.attached(environment, self.project, self.folder / "debugger")
        return start_sandbox(self.project, environment, self.processes, self.log_of(function.name))

    def _inspected(self, function: Function) -> Debugger | None:
        debugger = self.options.debugger
        return debugger if debugger and debugger.function == function.name else None

    def environment(self, function: Function) -> LambdaEnvironment:
        """Return the environment of a function's process."""
        template = self.project.environment(
            function, gateway_url=self.gateway_url, aws_url=self.aws.url
        )
        if self.wire is not None:
            template["AWS_ENDPOINT_URL_DYNAMODB"] = self.wire.url
        template = redirected(self._with_own_urls(template), self.upstreams.url)
        if function.kind == "console":
            template["AWS_ENDPOINT_URL_LAMBDA"] = self.gateway_url
        if self.sockets and self.socket_posts:
            template = self.sockets.api.with_urls(template, self.sockets.url, self.socket_posts.url)
        variables = overridden(function, template, self.options.overrides)
        variables |= live_variables(self.folder)
        code = code_of(self.project, function, self.build)
        return LambdaEnvironment(function, code, variables, self.aws.url, self.project.patience)

    def _with_own_urls(self, template: Mapping[str, str]) -> dict[str, str]:
        """The variables with the stack's URLs: at a tunnel, with the keys of the run."""
        if not (self.public_url and self.options.door):
            return with_own_urls(template, self.gateway_url)
        own = {"PUBLIC_URL": self.public_url} if "PUBLIC_URL" in template else {}
        return {**with_own_urls(template, self.public_url, self.options.door.keys), **own}

    def publish(self, url: str) -> None:
        """Have the functions name *url* in their answers, the address of the door outside."""
        self.public_url = url
        self._renew()

    def restart(self, name: str) -> None:
        """Discard a function's processes; the next request starts new ones."""
        if name in self.pools:
            self.pools[name].restart()

    def log_of(self, name: str) -> LogFile:
        """Return the log of a function, or of `gateway`, `stack`, or `aws`."""
        return LogFile(self.logs / f"{name}.log")

    def note(self, log: str, line: str) -> None:
        """Append a line to one of the stack's own logs."""
        with self._log_lock, (self.logs / f"{log}.log").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def complain(self, line: str) -> None:
        """Log and print an error of the stack itself."""
        self.note("stack", line)
        self.options.say(line)

    def explain(self, name: str, returned: Returned) -> str:
        """Report an invocation that failed in the runtime, and return the error's name."""
        function = self.project.function(name)
        entry = failures.entry_of(returned, self.environment(function), self.project.tools.python)
        self.note(name, json.dumps(entry))
        return failures.header_of(entry, function)

    def _invoked_by_sdk(self, name: str, payload: bytes) -> Returned | None:
        """Run a Pivot handler for the console, as Lambda's Invoke does; `None` for any other."""
        found = next((each for each in self.functions.values() if each.logical_id == name), None)
        if found is None or found.kind != "pivot":
            return None
        return self.pool(found).invoke(payload, found.timeout)

    def _invoke_route(self, logical_id: str, payload: bytes) -> Returned:
        """Run a function behind a route of the WebSocket API, and report its failure."""
        function = self.project.function(logical_id)
        returned = self.pool(function).invoke(payload, INVOKE_SECONDS * self.project.patience)
        if returned.failed:
            self.explain(function.name, returned)
        return returned

    def _invoke(self, function: Function, payload: bytes) -> Returned:
        """Run a function that no one waits for, and report its failure."""
        returned = self.pool(function).invoke(payload, function.timeout + _WORKER_SECONDS)
        if returned.failed:
            self.explain(function.name, returned)
        return returned

    # -- workers -------------------------------------------------------------------------------

    def _mapping(self, function: Function, source: EventSource) -> EventSourceMapping:
        invoke = partial(self._work, function)
        log = self.complain
        if not source.stream:
            queue = self.project.queues[source.source]
            return QueueMapping(
                source, function, self.aws, invoke, log,
                url=local_aws.url_of(self.aws, queue),
                queue_arn=arn("AWS::SQS::Queue", queue.logical_id, queue.name),
            )  # fmt: skip
        target = self.project.queues.get(source.destination or "")
        return StreamMapping(
            source, function, self.aws, invoke, log,
            table=self.project.tables[source.source].name,
            destination_url=local_aws.url_of(self.aws, target) if target else None,
        )  # fmt: skip

    def _work(self, function: Function, event: Mapping[str, Any]) -> Returned:
        returned = self._invoke(function, json.dumps(event).encode())
        self._invoked(function.name)
        return returned

    def _invoked(self, name: str) -> None:
        """Wake the mappings that the function feeds: streams by a receiver, queues by a bus."""
        function = self.functions[name]
        feeds_streams = function.kind in ("webhooks", "cdr")
        feeds_queues = _BUS in function.environment
        for mapping in self.mappings:
            if feeds_streams if mapping.source.stream else feeds_queues:
                mapping.wake()

    def tick(self, function: Function, at: datetime | None) -> list[Returned]:
        """Run a function once for each of its schedules."""
        return [self._invoke(function, event) for event in schedules.events(function, at)]

    def _fire(self, function: Function, schedule: Schedule, at: datetime) -> None:
        """Run a function for one schedule, and report a failure; the cause is in its log."""
        try:
            failed = self._invoke(function, schedules.event(schedule, at)).failed
        except (BusyError, RuntimeFailedError, StillRunningError):
            failed = True
        if failed:
            self.complain(f"{function.name} failed when {schedule.name} ran it at {at:%H:%M} UTC")

    def wait_for_workers(self, timeout: float) -> None:
        """Wait until no worker has anything left to do, as patiently as the project is."""
        wait_until_idle(self.mappings, timeout * self.project.patience)

    def stop_aws(self) -> None:
        """Stop the local AWS, and carry the records of its streams over to when it is back.

        MiniStack keeps tables and queues over a restart, but not the records of streams, which AWS
        keeps for a day. So the mappings read all of them before, while nothing is written.
        """
        with self.wire.closed() if self.wire else contextlib.nullcontext():
            if self.aws.running:
                for mapping in self.mappings:
                    mapping.read_ahead()
            self.aws.stop()
        for mapping in self.mappings:
            mapping.rewind()

    def restart_aws(self) -> None:
        """Start the local AWS again, with the tables and queues it had."""
        self.stop_aws()
        self.aws.restart()

    @contextlib.contextmanager
    def paused_workers(self) -> Iterator[None]:
        """Keep the workers from polling, for tests that patch AWS clients in this process."""
        with contextlib.ExitStack() as gates:
            for mapping in self.mappings:
                gates.enter_context(mapping.gate)
            yield

    def _idle(self) -> GatewayAnswer:
        try:
            self.wait_for_workers(_WORKER_SECONDS)
        except WorkersBusyError as error:
            return gateway.message(503, str(error))
        return gateway.message(200, "idle")

    def _renew(self) -> GatewayAnswer:
        """Restart all functions, so that they read their variables again."""
        for name in list(self.pools):
            self.restart(name)
        return gateway.message(200, "renewed")

    # -- addresses -----------------------------------------------------------------------------

    @property
    def gateway_url(self) -> str:
        """The address of the API that KAZOO calls."""
        return next(
            (server.url for api, server in self.servers.items() if not self._is_console(api)),
            "http://127.0.0.1:8080",
        )

    @property
    def console_url(self) -> str | None:
        """The address of the operator's pages."""
        return next(
            (server.url for api, server in self.servers.items() if self._is_console(api)), None
        )

    @property
    def sockets_url(self) -> str:
        """The address that WebSocket clients connect to; '' if there is no such API."""
        return f"{self.sockets.url}/{self.sockets.api.stage}" if self.sockets else ""

    def _is_console(self, api: str) -> bool:
        kinds = {
            function.kind
            for function in self.project.functions.values()
            for route in function.routes
            if route.api == api
        }
        return kinds == {"console"}

    def info(self) -> StackInfo:
        """Return everything that other processes need to use this stack."""
        return StackInfo(
            pid=os.getpid(),
            gateway_url=self.gateway_url,
            console_url=self.console_url,
            aws_url=self.aws.url,
            logs=str(self.logs),
            build=str(self.build),
            runtime="rie" if uses_rie() else "subprocess",
            functions=tuple(self.functions),
            overrides=self.options.overrides,
            upstreams_url=self.upstreams.url,
            schedules=self.clock is not None,
            sockets_url=self.sockets_url,
            socket_posts_url=self.socket_posts.url if self.socket_posts else "",
            public_url=self.public_url,
            phone_url=self.phone_url,
            public_keys=self.options.door.keys if self.public_url and self.options.door else {},
        )


def uses_rie() -> bool:
    """Whether functions run in AWS's own runtime; PIVOTCTL_RUNTIME=subprocess disables it."""
    return runtime.supported() and os.environ.get("PIVOTCTL_RUNTIME") != "subprocess"


def start_sandbox(
    project: Project, environment: LambdaEnvironment, processes: Processes, log: Log
) -> Sandbox:
    """Start an execution environment, in AWS's runtime if supported."""
    kind = RieSandbox if uses_rie() else SubprocessSandbox
    return kind(project.tools, environment, processes, log)


def sweep(home: Path) -> None:
    """Remove the folders of runs that were killed."""
    for folder in home.glob("run-*"):
        pid = folder.name.split("-")[1]
        # A folder of this very second may belong to a run whose process we cannot see yet.
        old = time.time() - folder.stat().st_mtime > 1.0
        if pid.isdigit() and old and not alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)

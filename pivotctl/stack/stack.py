"""A stack for its users, whether this process runs it or `pivotctl serve` does."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pivotctl.socket_apis import SocketApi
from pivotctl.stack.engine import IDLE_PATH, Engine, Options
from pivotctl.stack.environment import (
    DEVELOPMENT_KEYS,
    LambdaEnvironment,
    code_of,
    overridden,
    with_own_urls,
)
from pivotctl.stack.info import StackInfo, running
from pivotctl.stack.live_variables import live_variables
from pivotctl.stack.mappings import WorkersBusyError
from pivotctl.stack.runtime import LogFile
from pivotctl.upstreams import redirected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pivotctl.project import Project
    from pivotctl.stack.debugger import Debugger
    from pivotctl.stack.faults import Wire
    from pivotctl.stack.gateway import Returned
    from pivotctl.upstreams import Upstreams


class StackError(Exception):
    """The stack cannot do this; the text has the reason and the fix."""


@dataclass(frozen=True)
class Stack:
    """A running stack. `engine` is None unless this process runs it."""

    project: Project
    info: StackInfo
    engine: Engine | None = None

    @property
    def gateway_url(self) -> str:
        """The address of the API that KAZOO calls."""
        return self.info.gateway_url

    @property
    def console_url(self) -> str | None:
        """The address of the operator's pages, if the template has any."""
        return self.info.console_url

    @property
    def aws_url(self) -> str:
        """The address of the local AWS."""
        return self.info.aws_url

    @property
    def sockets_url(self) -> str:
        """The address of the WebSocket API; '' if there is none."""
        return self.info.sockets_url

    @property
    def upstreams_url(self) -> str | None:
        """The address of the fakes of other services."""
        return self.info.upstreams_url

    @property
    def current(self) -> Stack:
        """The stack as it is now: one that runs here takes up functions added since it began."""
        engine = self.engine
        return self if engine is None else Stack(engine.project, engine.info(), engine)

    @property
    def tables(self) -> Mapping[str, str]:
        """Names of the tables by logical ID."""
        return {table.logical_id: table.name for table in self.project.tables.values()}

    @property
    def buckets(self) -> Mapping[str, str]:
        """Names of the buckets by logical ID."""
        return {bucket.logical_id: bucket.name for bucket in self.project.buckets.values()}

    @property
    def queues(self) -> Mapping[str, str]:
        """URLs of the queues by logical ID."""
        resolver = self.project.resolver(aws_url=self.aws_url)
        return {name: str(resolver.resolve({"Ref": name})) for name in self.project.queues}

    def url(self, name: str, key: str | None = None) -> str:
        """Return the whole URL of a function, with `key` or its kind's development key."""
        function = self.project.function(name)
        if function.route is None:
            raise StackError(f"{name} has no route in template.yaml, so it has no URL")
        if function.kind == "console":
            return f"{self.console_url}/"
        secret = key if key is not None else DEVELOPMENT_KEYS.get(function.kind, "")
        return self.gateway_url + function.route.base.replace("{key}", quote(secret, safe=""))

    def environment(self, name: str) -> dict[str, str]:
        """Return all environment variables of a function's process."""
        return self.lambda_environment(name).build()

    def lambda_environment(self, name: str) -> LambdaEnvironment:
        """Return the environment of a function's process."""
        function = self.project.function(name)
        if self.engine is not None:
            return self.engine.environment(function)
        template = self.project.environment(
            function, gateway_url=self.gateway_url, aws_url=self.aws_url
        )
        template = with_own_urls(template, self.gateway_url)
        if self.upstreams_url:
            template = redirected(template, self.upstreams_url)
        api = SocketApi.of_template(self.project.template)
        if api and self.sockets_url:
            socket = self.sockets_url.removesuffix(f"/{api.stage}")
            template = api.with_urls(template, socket, self.info.socket_posts_url)
        variables = overridden(function, template, self.info.overrides)
        variables |= live_variables(Path(self.info.build).parent)
        code = code_of(self.project, function, Path(self.info.build))
        return LambdaEnvironment(function, code, variables, self.aws_url, self.project.patience)

    def logs(self, name: str) -> list[str]:
        """Return the log lines of a function, or of `gateway`, `stack`, or `aws`."""
        return LogFile(Path(self.info.logs) / f"{name}.log").lines()

    def wait_for_workers(self, timeout: float = 20.0) -> None:
        """Wait until the workers have nothing left to do. Raises `WorkersBusyError`."""
        if self.engine is not None:
            self.engine.wait_for_workers(timeout)
            return
        try:
            with urllib.request.urlopen(self.gateway_url + IDLE_PATH, timeout=timeout):  # noqa: S310
                return
        except (urllib.error.URLError, TimeoutError) as error:
            raise WorkersBusyError(f"The workers are not done: {error}") from error

    def tick(self, name: str, at: datetime | None = None) -> list[Returned]:
        """Run a function as its schedules would at the time `at` (default: now)."""
        return self.own.tick(self.project.function(name), at)

    def retry_failed(self) -> None:
        """Deliver failed messages again now, not after their visibility timeout."""
        for mapping in self.own.mappings:
            mapping.hurry()

    # -- faults, for stacks of this process ------------------------------------------------------

    @property
    def own(self) -> Engine:
        """The engine. Raises `StackError` for a stack that another process runs."""
        if self.engine is None:
            raise StackError(
                "`pivotctl serve` runs this stack: start another one with session(fresh=True)"
            )
        return self.engine

    @property
    def dynamodb(self) -> Wire:
        """The wire to DynamoDB, which counts calls and can fail; requires session(wire=True)."""
        if self.own.wire is None:
            raise StackError("This stack has no wire: start one with session(wire=True)")
        return self.own.wire

    @property
    def upstreams(self) -> Upstreams:
        """The fakes of other services."""
        return self.own.upstreams

    def stop_aws(self) -> None:
        """Stop the local AWS; it keeps its tables and queues for `restart_aws`."""
        self.own.stop_aws()

    def restart_aws(self) -> None:
        """Start the local AWS again, with the tables and queues it had."""
        self.own.restart_aws()

    def kill_handler(self, name: str) -> bool:
        """Kill a process at work; return whether its request failed because of it."""
        return self.own.pool(self.project.function(name)).kill_one()

    def restart_function(self, name: str) -> None:
        """End a function's processes; the next request is a cold start."""
        self.own.restart(self.project.function(name).name)


@contextmanager
def session(
    project: Project,
    *,
    functions: Iterable[str] | None = None,
    env: Mapping[str, Mapping[str, str]] | None = None,
    fresh: bool = False,
    wire: bool = False,
    say: Callable[[str], None] | None = None,
    debugger: Debugger | None = None,
) -> Iterator[Stack]:
    """Yield the running stack, or one that lives as long as the context.

    `env` overrides variables by function (logical ID or name; `Parameters` for all). A running
    stack is not used with `env`, `fresh`, `wire`, or `debugger`.
    """
    chosen = None if functions is None else tuple(functions)
    wanted = project.functions if chosen is None else (project.function(n).name for n in chosen)
    info = None if fresh or env or wire or debugger else running(project)
    if info is not None and set(wanted) <= set(info.functions):
        yield Stack(project, info)
        return
    options = Options(chosen, env or {}, wire=wire, say=say or (lambda _: None), debugger=debugger)
    with started(project, options) as stack:
        try:
            yield stack
        finally:
            if not fresh and running(project) is None:
                _keep_logs(project, stack.own.logs)


@contextmanager
def started(project: Project, options: Options) -> Iterator[Stack]:
    """Yield a new stack, which stops with the context."""
    engine = Engine(project, options)
    engine.start()
    try:
        yield Stack(project, engine.info(), engine)
    finally:
        engine.stop()


def _keep_logs(project: Project, logs: Path) -> None:
    """Copy the logs of a stack that ends to where those of `pivotctl serve` would be."""
    shutil.rmtree(project.home / "logs", ignore_errors=True)
    shutil.copytree(logs, project.home / "logs")

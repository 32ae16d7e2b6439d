"""The WebSocket API of a template: its stage, and the functions behind its routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pivotctl.infra.intrinsics import references
from pivotctl.sam_template import REGION, physical_name

if TYPE_CHECKING:
    from pivotctl.sam_template import SamTemplate

_API = "AWS::ApiGatewayV2::Api"
_STAGE = "AWS::ApiGatewayV2::Stage"
_ROUTE = "AWS::ApiGatewayV2::Route"
_ROUTE_RESPONSE = "AWS::ApiGatewayV2::RouteResponse"
_INTEGRATION = "AWS::ApiGatewayV2::Integration"


@dataclass(frozen=True)
class SocketRoute:
    """A route: the function behind it, by logical ID, and whether the client gets its answer."""

    key: str
    function: str
    answers: bool = False


@dataclass(frozen=True)
class SocketApi:
    """A WebSocket API. `selection` is the expression that chooses the route of a message."""

    logical_id: str
    stage: str
    selection: str
    routes: Mapping[str, SocketRoute]

    @classmethod
    def of_template(cls, template: SamTemplate) -> SocketApi | None:
        """The API in a template, or None; a template has one at most."""
        for name, api in template.of_type(_API).items():
            if api.get("ProtocolType") == "WEBSOCKET":
                reader = _Reader(template, name)
                return cls(
                    name, reader.stage(), str(api["RouteSelectionExpression"]), reader.routes()
                )
        return None

    def with_urls(self, variables: Mapping[str, str], socket: str, post: str) -> dict[str, str]:
        """Return *variables* with a local gateway's addresses in place of AWS's.

        Clients connect to *socket* (`ws://...`), and functions send by way of *post*.
        """
        host = f"{physical_name(self.logical_id)}.execute-api.{REGION}.amazonaws.com"
        local = {f"wss://{host}": socket, f"https://{host}": post}
        found = dict(variables)
        for aws, own in local.items():
            found = {name: text.replace(aws, own) for name, text in found.items()}
        return found


@dataclass(frozen=True)
class _Reader:
    template: SamTemplate
    api: str

    def stage(self) -> str:
        return str(next(iter(self._of_api(_STAGE).values()))["StageName"])

    def routes(self) -> dict[str, SocketRoute]:
        answering = {
            name for each in self._of_api(_ROUTE_RESPONSE).values() for name in references(each)
        }
        routes = (
            SocketRoute(str(route["RouteKey"]), self._function(route), name in answering)
            for name, route in self._of_api(_ROUTE).items()
        )
        return {route.key: route for route in routes}

    def _function(self, route: Mapping[str, Any]) -> str:
        """The function of the integration that a route leads to."""
        integrations = self.template.of_type(_INTEGRATION)
        (name,) = references(route["Target"]) & integrations.keys()
        functions = self.template.of_type("AWS::Serverless::Function").keys()
        (function,) = references(integrations[name]["IntegrationUri"]) & functions
        return function

    def _of_api(self, kind: str) -> dict[str, Mapping[str, Any]]:
        every = self.template.of_type(kind).items()
        return {name: each for name, each in every if references(each.get("ApiId")) == {self.api}}

"""The gateway's events and answers are API Gateway's."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pivotctl.project import Route
from pivotctl.stack import gateway
from pivotctl.stack.gateway import (
    GatewayAnswer,
    Returned,
    Router,
    http_answer,
    http_event,
    rest_event,
)

ROUTE = Route(api="Api", method="ANY", path="/{key}/pivot/say_hello")
URL = "http://127.0.0.1:8080/pivot-development/pivot/say_hello"
NOW = datetime(2026, 11, 21, 5, 47, 12, 345000, UTC)
FORM = "application/x-www-form-urlencoded"
KAZOO_QUERY = (
    "To=2030&From=%2B14155550199&Direction=inbound&Digits[custom_name]=1234&&&"
    "Caller-ID-Name=Jane+%22JD%22+Doe"
)


def event(method: str = "POST", url: str = URL, **kwargs: Any) -> dict[str, Any]:
    """A payload 2.0 event with a fixed time and id."""
    headers = kwargs.pop("headers", [("host", "127.0.0.1:8080")])
    return http_event(method, url, headers, route=ROUTE, now=NOW, request_id="id", **kwargs)


def test_whole_event() -> None:
    """A payload 2.0 event has exactly the fields that API Gateway sends."""
    got = event("GET", URL + "?a=1", headers=[("Host", "127.0.0.1:8080"), ("User-Agent", "x")])
    trace = got["headers"].pop("x-amzn-trace-id")
    assert trace.startswith("Root=1-6")
    assert got == {
        "version": "2.0",
        "routeKey": "ANY /{key}/pivot/say_hello",
        "rawPath": "/pivot-development/pivot/say_hello",
        "rawQueryString": "a=1",
        "headers": {
            "host": "127.0.0.1:8080",
            "user-agent": "x",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "8080",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"a": "1"},
        "pathParameters": {"key": "pivot-development"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "GET",
                "path": "/pivot-development/pivot/say_hello",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "x",
            },
            "requestId": "id",
            "routeKey": "ANY /{key}/pivot/say_hello",
            "stage": "$default",
            "time": "21/Nov/2026:05:47:12 +0000",
            "timeEpoch": 1795240032345,
        },
        "isBase64Encoded": False,
    }


def test_query_of_kazoo_survives() -> None:
    """Raw brackets and the empty pairs of KAZOO's GET requests reach the function as sent."""
    got = event("GET", f"{URL}?{KAZOO_QUERY}")
    assert got["rawQueryString"] == KAZOO_QUERY
    assert got["queryStringParameters"] == {
        "To": "2030",
        "From": "+14155550199",
        "Direction": "inbound",
        "Digits[custom_name]": "1234",
        "Caller-ID-Name": 'Jane "JD" Doe',
    }


@pytest.mark.parametrize(
    ("query", "parsed"),
    [
        ("a=1&a=2&b=", {"a": "1,2", "b": ""}),
        ("a", {"a": ""}),
        ("a=%2C&a=b", {"a": ",,b"}),
        ("&&&", None),
        ("", None),
    ],
)
def test_repeated_and_empty_parameters(query: str, parsed: dict[str, str] | None) -> None:
    """Repeated parameters are joined with commas, empty pairs are none, none at all is absent."""
    assert event("GET", f"{URL}?{query}").get("queryStringParameters") == parsed


@pytest.mark.parametrize(
    ("content_type", "body", "text", "encoded"),
    [
        (FORM, b"a=1", None, b"a=1"),
        (FORM + "; charset=utf-8", b"a=1", None, b"a=1"),
        ("application/json", b'{"a":1}', '{"a":1}', None),
        ("application/json; charset=utf-8", "ü".encode(), "ü", None),
        ("application/vnd.api+json", b"{}", "{}", None),
        ("text/plain", b"x", "x", None),
        ("application/xml", b"<a/>", "<a/>", None),
        ("application/octet-stream", b"\x00\xff", None, b"\x00\xff"),
        ("multipart/form-data; boundary=x", b"--x", None, b"--x"),
        ("", b"x", None, b"x"),
        ("text/plain", b"\xff", None, b"\xff"),
    ],
)
def test_bodies(content_type: str, body: bytes, text: str | None, encoded: bytes | None) -> None:
    """A body that is not plainly text, and so every form that KAZOO posts, comes in base64."""
    headers = [("host", "h"), ("content-type", content_type)]
    got = event(body=body, headers=headers)
    assert got["isBase64Encoded"] is (encoded is not None)
    if encoded is None:
        assert got["body"] == text
    else:
        assert base64.b64decode(got["body"]) == encoded


def test_no_body() -> None:
    """A request without a body has none in its event."""
    assert "body" not in event("GET")


def test_compressed_text_is_no_text() -> None:
    """A body with a content-encoding comes in base64 whatever its type."""
    headers = [("host", "h"), ("content-type", "text/plain"), ("content-encoding", "gzip")]
    assert event(body=b"x", headers=headers)["isBase64Encoded"] is True


def test_headers() -> None:
    """Header names are lower-cased, repeated ones joined, a connection's own are left out."""
    headers = [
        ("Host", "example.com"),
        ("X-One", "a"),
        ("x-one", "b"),
        ("TE", ""),
        ("Connection", "keep-alive"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("Content-Length", "0"),
    ]
    got = event(headers=headers)["headers"]
    assert got["x-one"] == "a,b"
    assert got["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert got["x-forwarded-port"] == "80"
    assert got["content-length"] == "0"
    assert not {"te", "connection"} & got.keys()


def test_cookies() -> None:
    """Cookies come as a list of their own, not as a header."""
    got = event(headers=[("host", "h"), ("cookie", "a=1; b=2"), ("cookie", "c=3")])
    assert got["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in got["headers"]


def test_path_is_decoded() -> None:
    """An HTTP API hands path and path parameters on decoded."""
    got = event("GET", "http://h/a%20b/pivot/say_hello")
    assert got["rawPath"] == "/a b/pivot/say_hello"
    assert got["pathParameters"] == {"key": "a b"}


def test_rest_event() -> None:
    """A payload 1.0 event keeps the headers' case, the raw path and text bodies."""
    headers = [("Host", "h"), ("X-One", "a"), ("X-One", "b"), ("Content-Type", FORM)]
    got = rest_event(
        "POST", URL + "?a=1&a=2", headers, b"To=2030", route=ROUTE, now=NOW, request_id="id"
    )
    assert got["version"] == "1.0"
    assert got["resource"] == "/{key}/pivot/say_hello"
    assert (got["headers"]["X-One"], got["multiValueHeaders"]["X-One"]) == ("b", ["a", "b"])
    assert got["queryStringParameters"] == {"a": "2"}
    assert got["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert (got["body"], got["isBase64Encoded"]) == ("To=2030", False)
    assert got["requestContext"]["stage"] == "Prod"
    assert got["requestContext"]["requestTimeEpoch"] == 1795240032345


def test_rest_event_with_binary_media_types() -> None:
    """A REST API whose binaryMediaTypes name the type sends base64; empty parts are null."""
    got = rest_event("POST", URL, [("host", "h")], b"\xff", route=ROUTE, binary=True)
    assert (got["body"], got["isBase64Encoded"]) == (base64.b64encode(b"\xff").decode(), True)
    assert got["queryStringParameters"] is None


def answer(value: object, payload: str = "2.0") -> GatewayAnswer:
    """The HTTP answer for what a function returned."""
    return http_answer(Returned(json.dumps(value).encode()), payload)


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        ({"statusCode": 200, "body": "x"}, 200, "text/plain;charset=UTF-8", b"x"),
        ({"statusCode": "201", "body": None}, 201, "text/plain;charset=UTF-8", b""),
        (
            {"statusCode": 200, "headers": {"Content-Type": "text/xml"}, "body": "<a/>"},
            200,
            "text/xml",
            b"<a/>",
        ),
        (
            {"statusCode": 200, "isBase64Encoded": True, "body": "/w=="},
            200,
            "text/plain;charset=UTF-8",
            b"\xff",
        ),
        ({"module": "hangup"}, 200, "application/json", b'{"module":"hangup"}'),
        ("text", 200, "application/json", b"text"),
        (None, 200, "application/json", b"null"),
    ],
)
def test_answers(value: object, status: int, content_type: str, body: bytes) -> None:
    """A function's result becomes an answer; without statusCode it is itself the body."""
    got = answer(value)
    headers = {name.lower(): text for name, text in got.headers}
    assert (got.status, headers["content-type"], got.body) == (status, content_type, body)


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "x"},
        {"statusCode": 99},
        {"statusCode": None},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "isBase64Encoded": True, "body": "%%%"},
        {"statusCode": 200, "headers": ["x"]},
        {"statusCode": 200, "headers": {"x": {"y": 1}}},
        {"statusCode": 200, "headers": {"x": "a\r\nset-cookie: b"}},
    ],
)
def test_malformed_answers(value: object) -> None:
    """A result that is no answer is a 500 with the gateway's words."""
    assert answer(value) == gateway.INTERNAL_ERROR
    assert gateway.INTERNAL_ERROR.body == b'{"message":"Internal Server Error"}'


def test_failed_function() -> None:
    """A function's error is a 500, and its text stays inside."""
    failed = Returned(b'{"errorMessage": "secret", "errorType": "ValueError"}', failed=True)
    assert http_answer(failed) == gateway.INTERNAL_ERROR


def test_cookies_of_an_answer() -> None:
    """Each cookie becomes a set-cookie header of its own; connection headers are not ours."""
    got = answer(
        {
            "statusCode": 200,
            "headers": {"Content-Length": "9", "Connection": "close", "x-flag": True},
            "multiValueHeaders": {"x-many": ["a", "b"]},
            "cookies": ["a=1", "b=2"],
            "body": "x",
        }
    )
    assert got.headers == (
        ("content-type", "text/plain;charset=UTF-8"),
        ("x-flag", "true"),
        ("x-many", "a"),
        ("x-many", "b"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    )


def test_payload_1_infers_nothing() -> None:
    """With payload 1.0 an answer without a statusCode is a 500."""
    assert answer({"module": "hangup"}, "1.0") == gateway.INTERNAL_ERROR


ROUTES = [
    Route("Api", "ANY", "/{key}/pivot/say_hello"),
    Route("Api", "GET", "/{key}/pivot/{name}"),
    Route("Api", "ANY", "/{key}/pivot/{name}"),
    Route("Api", "ANY", "/{proxy+}"),
    Route("Api", "ANY", "/"),
]


@pytest.mark.parametrize(
    ("method", "path", "expected", "parameters"),
    [
        ("POST", "/k/pivot/say_hello", "ANY /{key}/pivot/say_hello", {"key": "k"}),
        ("GET", "/k/pivot/other", "GET /{key}/pivot/{name}", {"key": "k", "name": "other"}),
        ("PUT", "/k/pivot/other", "ANY /{key}/pivot/{name}", {"key": "k", "name": "other"}),
        ("GET", "/a/b/c/d", "ANY /{proxy+}", {"proxy": "a/b/c/d"}),
        ("HEAD", "/", "ANY /", {}),
    ],
)
def test_most_specific_route_wins(
    method: str, path: str, expected: str, parameters: dict[str, str]
) -> None:
    """Of several routes that fit, the one with more fixed text and a fixed method is taken."""
    match = Router((route, route.key) for route in ROUTES).match(method, path)
    assert match is not None
    assert (match.target, match.parameters) == (expected, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/pivot/say_hello"),
        ("POST", "//pivot/say_hello"),
        ("POST", "/k/pivot/say_hello/"),
        ("POST", "/k/pivot/say_hello/more"),
        ("POST", "/a%2Fb/pivot/say_hello"),
        ("POST", "/k/Pivot/say_hello"),
    ],
)
def test_no_route(method: str, path: str) -> None:
    """A path without a key, or with anything more, has no route."""
    assert Router([(ROUTES[0], "x")]).match(method, path) is None


def test_default_route() -> None:
    """`$default` takes whatever no other route takes."""
    router = Router([(Route("Api", "ANY", "$default"), "rest"), (ROUTES[0], "first")])
    found = [router.match("GET", path) for path in ("/k/pivot/say_hello", "/any/thing")]
    assert [match.target for match in found if match] == ["first", "rest"]


@pytest.mark.parametrize(("size", "refused"), [(10_230, False), (10_231, True)])
def test_header_limit(size: int, refused: bool) -> None:  # noqa: FBT001
    """Request line and header values may have 10 240 bytes together."""
    headers = [("x-long-name-that-does-not-count", "v" * size)]
    assert gateway.headers_too_large("GET / HTTP", headers) is refused

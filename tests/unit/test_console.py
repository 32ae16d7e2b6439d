"""The console: its page, the requests it refuses, and the secrets it never shows."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from pivotctl.project import Route
from pivotctl.stack.gateway import http_event
from tests.console import HASH, cookie
from tests.functions import load

API = "https://abc123.execute-api.eu-central-1.amazonaws.com"
ENDPOINTS = "pivot/say_hello pivot/ring pivot/twiml_menu webhooks/channel_events cdr/cdr_url"
FLAGS = (
    "SIGNING_SECRETS_SET",
    "ALARM_EMAIL_SET",
)


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a stack on AWS with all parameters set."""
    for name in ("AWS_SAM_LOCAL", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("API_URL", API)
    monkeypatch.setenv("ENDPOINTS", ENDPOINTS)
    monkeypatch.setenv("KEY_HASHES", HASH)
    monkeypatch.delenv("SETTINGS_TABLE", raising=False)
    for name in FLAGS:
        monkeypatch.setenv(name, "true")


def ask(path: str = "/", method: str = "GET") -> dict[str, Any]:
    """The function's response to the browser of an operator who is signed in."""
    route = Route("ConsoleApi", "ANY", "/" if path == "/" else "/{proxy+}")
    headers = (("cookie", cookie()), ("sec-fetch-site", "same-origin"))
    event = http_event(method, f"https://console.example.com{path}", headers, route=route)
    reply: dict[str, Any] = load("console")(event, None)
    return reply


def page() -> str:
    """The text of the root page."""
    body: str = ask()["body"]
    return body


class Outline(HTMLParser):
    """The tags of a page, and the levels of its headings in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a tag."""
        self.tags.append((tag, dict(attrs)))

    @property
    def headings(self) -> list[int]:
        """The levels of the headings."""
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch(r"h[1-6]", tag)]


def outline() -> Outline:
    """The outline of the root page."""
    parser = Outline()
    parser.feed(page())
    return parser


@pytest.mark.parametrize("endpoint", ENDPOINTS.split())
def test_every_live_function_has_its_url_with_a_place_for_the_key(endpoint: str) -> None:
    """An operator can copy the URL of each deployed function."""
    assert f"{API}/&lt;KEY&gt;/{endpoint}" in page()


def test_a_function_that_is_not_deployed_is_not_shown() -> None:
    """Functions deleted from the template are not offered for callflows."""
    assert "play_media" not in page()


def test_a_function_that_the_catalogue_lacks_is_shown_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new function is shown before it is documented."""
    monkeypatch.setenv("ENDPOINTS", "pivot/my_own")

    assert f"{API}/&lt;KEY&gt;/pivot/my_own" in page()


def test_functions_are_listed_under_their_group() -> None:
    """Functions are sorted by purpose."""
    text = page()

    assert text.index("<h3>Starters</h3>") < text.index("pivot/ring<")
    assert text.index("pivot/ring<") < text.index("<h3>Twilio style</h3>")
    assert text.index("<h3>Twilio style</h3>") < text.index("pivot/twiml_menu<")


def test_settings_that_are_samples_are_named() -> None:
    """The page names the settings that still have the values of an example."""
    assert "Replace in <code>function.yaml</code>: <code>RING_ID</code>" in page()


def test_your_own_domain_replaces_the_address_of_aws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """URLs start with the parameter PublicUrl if it is set."""
    monkeypatch.setenv("PUBLIC_URL", "https://pivot.example.org/")

    assert "https://pivot.example.org/&lt;KEY&gt;/pivot/ring" in page()
    assert API not in page()


def test_the_callflow_to_paste_has_a_fallback_and_the_address() -> None:
    """A pasted callflow has a fallback for requests that fail."""
    text = page().replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
    start = text.index('{\n  "name": "Pivot Functions: ring"')
    document, _ = json.JSONDecoder().raw_decode(text[start:])

    assert document["flow"]["data"]["voice_url"] == f"{API}/<KEY>/pivot/ring"
    assert document["flow"]["children"]["_"]["module"] == "user"


@pytest.mark.parametrize("flag", FLAGS)
def test_a_missing_parameter_is_a_task(flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each missing parameter adds one task."""
    before = page().count("To do")
    monkeypatch.setenv(flag, "")

    assert page().count("To do") == before + 1


def test_no_secret_and_no_hash_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is in the environment by mistake does not reach the page."""
    for name in ("SIGNING_SECRETS", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, f"marked-{name}")
    whole = json.dumps(ask())

    assert HASH not in whole

    assert "marked-" not in whole
    assert "-development" not in whole


def test_a_local_run_shows_the_published_keys_and_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Newcomers find commands to try."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.delenv("KEY_HASHES")

    assert "pivot-development" in page()
    assert "pivotctl call account_balance --press 1001# --press 4321" in page()


@pytest.mark.parametrize("path", ["/", "/assets/style.css", "/assets/icon.svg", "/nothing"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    """Other origins, frames, and keeping a page are forbidden, whatever the path."""
    headers = ask(path)["headers"]

    assert headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
    )
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if "assets" in path else "no-store")


def test_the_page_needs_nothing_that_its_policy_forbids() -> None:
    """The page has no script of its own text, no inline style, and no event attribute."""
    for tag, attributes in outline().tags:
        assert tag not in {"style", "iframe"}
        assert tag != "script" or str(attributes["src"]).startswith("/assets/")
        assert not any(name == "style" or name.startswith("on") for name in attributes)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_reading_is_allowed(method: str) -> None:
    """Methods other than GET and HEAD get 405 and the list of allowed methods."""
    reply = ask(method=method)

    assert reply["statusCode"] == 405
    assert set(reply["headers"]["allow"].split(", ")) == {"GET", "HEAD"}


def test_head_is_get_without_the_page() -> None:
    """A monitor can request the headers alone."""
    reply = ask(method="HEAD")

    assert (reply["statusCode"], reply["body"]) == (200, "")
    assert reply["headers"]["content-type"] == ask()["headers"]["content-type"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/assets/nothing.css", "/assets/..%2fapp.py", "/style.css"]
)
def test_an_unknown_path_gets_an_error_page(path: str) -> None:
    """Unknown paths get 404 and a link back, never a file of the folder."""
    reply = ask(path)

    assert reply["statusCode"] == 404
    assert 'href="/"' in reply["body"]


def test_a_fault_of_the_console_is_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators see a page that has nothing of the error."""
    monkeypatch.setattr("functions.console.overview.setup_tasks", lambda: 1 / 0)
    reply = ask()

    assert reply["statusCode"] == 500
    assert "The console&#39;s log has more." in reply["body"]
    assert "division" not in reply["body"]


@pytest.mark.parametrize(
    ("path", "kind"), [("/assets/style.css", "text/css"), ("/assets/icon.svg", "image/svg")]
)
def test_style_and_icon_come_from_the_function(path: str, kind: str) -> None:
    """Style and icon come from the function, so the page needs no other server."""
    reply = ask(path)

    assert reply["statusCode"] == 200
    assert reply["headers"]["content-type"].startswith(kind)


def test_text_from_the_environment_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting cannot put markup into the page."""
    monkeypatch.setenv("PUBLIC_URL", "https://x/<script>")

    assert "<script>" not in page()


def test_the_page_has_landmarks_and_headings_without_gaps() -> None:
    """Screen reader users can navigate the page."""
    found = outline()
    tags = [tag for tag, _ in found.tags]

    assert ("html", {"lang": "en"}) in found.tags
    assert [tags.count(name) for name in ("header", "main", "footer", "h1")] == [1] * 4
    assert found.headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(found.headings))


def test_links_and_labels_lead_to_something() -> None:
    """Each ID that the page refers to exists once."""
    tags = outline().tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    used = [(a.get("href") or "")[1:] for _, a in tags if (a.get("href") or "").startswith("#")]
    used += [a["aria-labelledby"] or "" for _, a in tags if "aria-labelledby" in a]

    assert len(set(ids)) == len(ids)
    assert set(used) <= set(ids)

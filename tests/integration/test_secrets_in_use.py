"""Secrets in use: in no log, answer, or stored entry, also while the services that get them fail.

Functions run with a secret of each kind, whose value exists nowhere else, against services that
work, refuse, fail, and are gone. The secret has to arrive at the service, and nowhere else.
"""

import io
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pivotctl.infra.fragment import Fragment
from pivotctl.upstreams import FakeUpstream, Upstreams, redirected
from pivotkit.core.gregorian import to_gregorian
from pivotkit.services.upstream import _upstream_at
from pivotkit.store.records import Delivery
from pivotkit.workers.bus import detail_of
from scripts.make_events import CALLED_LEG
from scripts.sample_deliveries import ACCOUNT, MORE
from tests import functions
from tests.aws import aws_client
from tests.deliveries import delivery
from tests.integration.pivotkit.workers.batches import queue
from tests.integration.replaying import Line

pytestmark = [
    pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time"),
    pytest.mark.usefixtures("function_environment"),
]

SECRET = "Zq7-never-to-be-seen-41c9"
LEG = {**CALLED_LEG, "hook_event": "channel_create"}
EVENTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "notify_chat": ("chat_url", "missed_call", MORE["missed_call"]),
    "billing_sync": ("billing_token", "doc_created", MORE["doc_created"]),
    "update_row": ("rows_token", "missed_call", MORE["missed_call"]),
    "screen_pop": ("desk_token", "channel_create", LEG),
    "store_media": ("crossbar_api_key", "voicemail_new", MORE["voicemail_new"]),
}
"""Workers with the name of a secret, and an event for which they use it."""

SCHEDULED = ("cdr_export", "cdr_reconcile", "callback_dialer", "hook_watch")
CALLED = {"crm_lookup": "crm_token", "assistant": "assistant_token"}
TROUBLES = ("is_well", "fails", "is_dead", "is_wrong")
SERVICES = ("chat", "billing", "rows", "desk", "crossbar", "crm", "assistant")
TABLES = ("CALL_STATE_TABLE", "CALL_RECORDS_TABLE", "DIRECTORY_TABLE")
BUCKET = "files-of-secrets"


class Scene:
    """Services, and functions whose every secret is the same one."""

    def __init__(self, fakes: Upstreams, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.fakes = fakes
        self._patch = patch
        self._file = folder / "secrets.json"

    def handler(self, path: str, secret: str, value: str = SECRET) -> Any:
        """A new copy of the function in *path*, with *value* as its *secret*."""
        fragment = Fragment.read(functions.ROOT, functions.FUNCTIONS / path)
        given = {**fragment.settings, **fragment.samples, "ASSISTANT": "service"}
        for name, text in redirected(given, self.fakes.url).items():
            self._patch.setenv(name, text)
        self._patch.delenv(secret.upper(), raising=False)
        self._patch.setenv("CROSSBAR_URL", f"{self.fakes.url}/crossbar/v2")
        self._patch.setenv("MEDIA_ACCOUNTS", "all")
        self._patch.setenv("POWERTOOLS_SERVICE_NAME", fragment.name)
        self._patch.setenv("SECRETS_PATH", f"/local/{fragment.name}")
        self._patch.setenv("PIVOTCTL_SECRETS", str(self._file))
        if secret == "chat_url":
            value = f"{self.fakes.url}/chat/services/T0/B0/{value}"
        self._file.write_text(json.dumps({f"/local/{fragment.name}/{secret}": value}))
        return functions.load(path)

    def everywhere(self, trouble: str) -> None:
        """Bring all services into the same trouble, or out of it."""
        _upstream_at.cache_clear()
        for name in SERVICES:
            getattr(self._service(name), trouble)()

    def arrived(self) -> str:
        """All that the services were sent."""
        asked = [each for name in SERVICES for each in self._service(name).received]
        return repr([(each.path, each.headers, each.body) for each in asked])

    def _service(self, name: str) -> FakeUpstream:
        return self.fakes[name]


@pytest.fixture
def scene(
    tables: Mapping[str, str], function_environment: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Scene]:
    """Running services, empty tables, and a bucket for each purpose."""
    assert tables
    for name in ("RECORDINGS_BUCKET", "MEDIA_BUCKET", "CDR_BUCKET"):
        function_environment.setenv(name, BUCKET)
    aws_client("s3").create_bucket(Bucket=BUCKET)
    found = Upstreams()
    found.start()
    yield Scene(found, function_environment, tmp_path)
    found.stop()


def stored() -> str:
    """Everything in the tables, and the names of all files."""
    pages = [aws_client("dynamodb").scan(TableName=os.environ[name]) for name in TABLES]
    files = aws_client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return repr([[page["Items"] for page in pages], [each["Key"] for each in files]])


def batch(found: Delivery) -> dict[str, Any]:
    """The delivery as it comes from the bus."""
    return queue(json.dumps({"detail": json.loads(detail_of(found))}))


def nowhere(said: object, log: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    """Check that the secret is in none of the places where anyone could read it."""
    printed = capfd.readouterr()
    for place in (repr(said), log.getvalue(), printed.out, printed.err, stored()):
        assert SECRET not in place
    assert log.getvalue() or printed.out


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", EVENTS)
def test_workers(
    scene: Scene, log: io.StringIO, capfd: pytest.CaptureFixture[str], name: str, trouble: str
) -> None:
    """A delivery's secret arrives at the service alone, whatever the service does."""
    secret, event, values = EVENTS[name]
    scene.everywhere(trouble)
    handler = scene.handler(f"workers/{name}", secret)
    now = {"timestamp": to_gregorian(datetime.now(UTC))}
    answer = handler(batch(delivery(event, {**values, **now})), None)
    assert SECRET in scene.arrived()
    nowhere(answer, log, capfd)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", SCHEDULED)
def test_scheduled_workers(
    scene: Scene, log: io.StringIO, capfd: pytest.CaptureFixture[str], name: str, trouble: str
) -> None:
    """A run's key arrives at Crossbar alone, also if Crossbar does not know it."""
    scene.everywhere(trouble)
    said: object
    try:
        handler = scene.handler(f"workers/{name}", "crossbar_api_key")
        said = handler({"time": "2026-01-15T12:00:00Z"}, None)
    except Exception as error:  # noqa: BLE001  (what Lambda would log)
        said = [str(error), repr(error.__cause__)]
        log.write("failed")
    nowhere(said, log, capfd)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", CALLED)
def test_templates(
    scene: Scene, log: io.StringIO, capfd: pytest.CaptureFixture[str], name: str, trouble: str
) -> None:
    """A caller's request sends the token to the service alone, and callers hear nothing of it."""
    scene.everywhere(trouble)
    handler = scene.handler(f"pivot/{name}", CALLED[name])
    line = Line(handler, **{"Caller-ID-Number": "+14155550123"}).ask()
    assert SECRET in scene.arrived()
    nowhere(line.answer, log, capfd)


def test_a_service_that_is_gone(
    scene: Scene, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    """The URL of a chat is in no report of a connection that failed, with its causes."""
    _upstream_at.cache_clear()
    handler = scene.handler("workers/notify_chat", "chat_url")
    scene.fakes.stop()
    answer = handler(batch(delivery("missed_call", MORE["missed_call"])), None)
    assert len(answer["batchItemFailures"]) == 1
    nowhere(answer, log, capfd)


@pytest.mark.parametrize("value", [f"no url {SECRET}", f"http://example.com/{SECRET}", "\\"])
def test_a_secret_that_is_no_url(
    scene: Scene, log: io.StringIO, capfd: pytest.CaptureFixture[str], value: str
) -> None:
    """The log names the setting and its rule, never the value."""
    handler = scene.handler("workers/notify_chat", "chat_url")
    file = Path(os.environ["PIVOTCTL_SECRETS"])
    file.write_text(json.dumps({"/local/notify_chat/chat_url": value}))
    answer = handler(batch(delivery("missed_call", MORE["missed_call"])), None)
    assert len(answer["batchItemFailures"]) == 1
    assert "the secret chat_url must be a URL that begins with https://" in log.getvalue()
    nowhere(answer, log, capfd)


def test_an_account_has_a_chat_of_its_own(scene: Scene, log: io.StringIO) -> None:
    """Its messages go to its own URL, and those of others to the common one, or nowhere."""
    handler = scene.handler("workers/notify_chat", "chat_url")
    file = Path(os.environ["PIVOTCTL_SECRETS"])
    own = f"{scene.fakes.url}/chat/services/T0/B0/of-the-account"
    file.write_text(json.dumps({f"/local/notify_chat/{ACCOUNT}/chat_url": own}))
    ours = delivery("missed_call", MORE["missed_call"])
    item = {**ours.item, "pk": {"S": f"{'e' * 32}#call"}}
    for each in (ours, Delivery(item["pk"]["S"], item)):
        assert handler(batch(each), None) == {"batchItemFailures": []}
    paths = [each.path for each in scene.fakes["chat"].received]
    assert paths == ["/services/T0/B0/of-the-account"]
    assert "of-the-account" not in log.getvalue()

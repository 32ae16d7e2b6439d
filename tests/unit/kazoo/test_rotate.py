"""`pivotctl kazoo rotate`, on the local Crossbar and a stack behind the local gateway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.commands import kazoo_rotate
from pivotctl.connect.accepted_keys import Ending, NextGeneration, StackKey, StackKeys
from pivotctl.connect.documents import MARK, WantedDocument
from pivotctl.connect.key_documents import KeyDocument
from pivotctl.crossbar import ACCOUNT_ID, API_KEY, SECOND_ACCOUNT_ID, LocalCrossbar
from pivotctl.kazoo.client import KazooClient, ReadDocument, Session
from pivotctl.kazoo.credentials import SignIns
from pivotctl.kazoo.transport import Transport
from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake
from pivotkit.http.keys import digest_of
from tests.unit.kazoo import rotated
from tests.unit.kazoo.rotated import SECRET, Door, Traffic

DEAD = "http://127.0.0.1:9"


@dataclass
class Office:
    """Crossbar with a client of the master account, the stack, and the command line."""

    crossbar: LocalCrossbar
    url: str
    door: Door
    client: KazooClient
    sleeps: list[float] = field(default_factory=list)

    def callflow(
        self, number: str, key: str, account: str = ACCOUNT_ID, *, ours: bool = True, **data: Any
    ) -> str:
        """Make a callflow whose URL has *key*; return its path."""
        url = f"{self.door.url}/{key}/pivot/say_hello"
        flow = {"module": "pivot", "data": {"voice_url": url, "method": "post", **data}}
        fields = {"name": f"flow {number}", "numbers": [number], "flow": flow}
        return self._made("callflows", number, fields, account, ours=ours)

    def hook(self, name: str, key: str, account: str = ACCOUNT_ID, **more: Any) -> str:
        """Make a webhook whose URL has *key*; return its path."""
        uri = f"{self.door.url}/{key}/webhooks/channel_events"
        fields = {"name": name, "hook": "channel_create", "uri": uri, **more}
        return self._made("webhooks", name, fields, account, ours=True)

    def _made(
        self, collection: str, name: str, fields: dict[str, Any], account: str, *, ours: bool
    ) -> str:
        mark = {MARK: WantedDocument(collection, name, fields).marked("demo")} if ours else {}
        path = f"/accounts/{account}/{collection}"
        made = self.client.put(path, {"data": {**fields, **mark}})
        return f"{path}/{made.text('data', 'id')}"

    def key(self, kind: str, owner: str = ACCOUNT_ID, generation: int = 1) -> str:
        """A key of the stack."""
        return self.door.keys.make(kind, owner, generation)

    def read(self, path: str) -> dict[str, Any]:
        """The document at a path."""
        return dict(self.client.read(path).data)

    def rotate(self, *options: str, status: int = 0, answer: str = "") -> str:
        """The output of the command."""
        given = [] if answer else ["--yes"]
        result = CliRunner().invoke(
            main, ["kazoo", "rotate", "--url", self.url, *given, *options], input=answer
        )
        assert result.exit_code == status, (result.output, result.exception)
        return result.output

    def accepts(self, key: str, kind: str = "pivot", name: str = "say_hello") -> bool:
        """Whether the stack accepts a key."""
        return rotated.ask(f"{self.door.url}/{key}/{kind}/{name}", "", "DELETE") == 405


@pytest.fixture
def office(sign_ins: SignIns, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office with a sign-in at its Crossbar, and a stack that forgets nothing."""
    del sign_ins  # it gives the test a folder of its own
    running, door = Upstreams(), Door(monkeypatch)
    running.start()
    fake = running.crossbar.fake
    assert isinstance(fake, CrossbarFake)
    url = f"{running.url}/crossbar/v2"
    transport = Transport(url)
    client = KazooClient(transport, Session(transport, key=API_KEY))
    found = Office(fake.crossbar, url, door, client)
    monkeypatch.setattr(kazoo_rotate, "key_stack", lambda _stack: door)
    monkeypatch.setattr(kazoo_rotate, "time", SimpleNamespace(sleep=found.sleeps.append))
    login = ["kazoo", "login", "--api-key", "--url", found.url]
    assert CliRunner().invoke(main, login, input=API_KEY).exit_code == 0
    yield found
    transport.close()
    running.stop()
    door.stop()
    rotated.close()


def connected(office: Office, flows: int = 6, hooks: int = 3) -> list[str]:
    """Connect the account; return the paths of its documents."""
    pivot, webhooks = office.key("pivot"), office.key("webhooks")
    return [
        *(office.callflow(f"60{at:02}", pivot) for at in range(flows)),
        *(office.hook(f"hook {at}", webhooks) for at in range(hooks)),
    ]


# -- under load ------------------------------------------------------------------------------------


def test_no_request_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 2,000 calls and deliveries around every step of a rotation, the stack refuses none."""
    connected(office)
    traffic = Traffic(office.crossbar, ACCOUNT_ID, office.door, each=20)
    old = {office.key("pivot"), office.key("webhooks")}
    new = {office.key("pivot", generation=2), office.key("webhooks", generation=2)}
    slept = SimpleNamespace(sleep=lambda _seconds: traffic.some())
    monkeypatch.setattr(kazoo_rotate, "time", slept)
    with traffic.around():
        office.rotate()
    during = traffic.statuses.total()
    traffic.finish(2000)
    assert traffic.statuses == {200: 2000}
    assert traffic.keys.keys() == old | new
    assert during > 1000
    assert min(traffic.keys.values()) > 100
    assert not any(map(office.accepts, [office.key("pivot"), office.key("webhooks")]))
    assert office.door.options == {"RevokedKeys": f"{ACCOUNT_ID}:1"}


def test_a_rotation_that_is_cut_anywhere(office: Office) -> None:
    """Whichever request to Crossbar fails, no request is refused, and the next run finishes."""
    paths = connected(office, flows=2, hooks=1)
    traffic = Traffic(office.crossbar, ACCOUNT_ID, office.door, each=3)
    with traffic.around():
        office.rotate()
    assert office.door.options == {"RevokedKeys": f"{ACCOUNT_ID}:1"}
    for generation, cut in enumerate(range(2, traffic.requests + 1, 5), 3):
        traffic.requests, traffic.cut_at = 0, cut
        with traffic.around():
            office.rotate(status=1)
            assert office.door.options == {"RevokedKeys": f"{ACCOUNT_ID}:{generation - 2}"}
            traffic.cut_at = 0
            office.rotate()
        assert office.door.options == {"RevokedKeys": f"{ACCOUNT_ID}:{generation - 1}"}
        texts = [str(office.read(path)) for path in paths]
        assert all(f"-g{generation}-" in text for text in texts)
    assert set(traffic.statuses) == {200}


def test_an_end_that_is_cut(office: Office) -> None:
    """A run that ends before the stack has ended the old keys is taken up, also elsewhere."""
    connected(office, flows=1, hooks=1)
    office.door.fails = True
    office.rotate(status=1)
    assert office.accepts(office.key("pivot"))
    office.door.fails = False
    office.door.notes.clear()
    assert "0 of 2 documents have an old key" in office.rotate()
    assert not office.accepts(office.key("pivot"))
    assert office.accepts(office.key("pivot", generation=2))


# -- what is changed -------------------------------------------------------------------------------


def test_every_place_of_a_key(office: Office) -> None:
    """Keys are found in nested actions, CDR URLs, headers, and recordings, and no others are."""
    keys = office.door.keys
    pivot, cdr, hook = (office.key(kind) for kind in ("pivot", "cdr", "webhooks"))
    of_others = StackKeys(("o" * 40,), {}).make("pivot", ACCOUNT_ID, 1)
    nested = {"module": "record_call", "data": {"url": f"https://h/x/{hook}/webhooks/recordings"}}
    data: dict[str, Any] = {
        "name": f"not {of_others}, and not pivot-functions",
        "flow": {
            "data": {"voice_url": "https://h/header/pivot/a", "cdr_url": f"https://h/{cdr}/cdr/b"},
            "children": {"_": {**nested, "headers": [{"X-Pivot-Key": pivot}]}},
        },
        "numbers": ["6001"],
    }
    found = KeyDocument(ACCOUNT_ID, "callflows", "/", ReadDocument(data, ""))
    changed = found.changed(keys, NextGeneration(keys, {ACCOUNT_ID: 4}))
    assert {key.text for key in found.keys(keys)} == {pivot, cdr, hook}
    assert changed.keys() == {"flow"}
    text = str(data["flow"])
    for kind, old in (("pivot", pivot), ("cdr", cdr), ("webhooks", hook)):
        text = text.replace(old, keys.make(kind, ACCOUNT_ID, 4))
    assert str(changed["flow"]) == text


@pytest.mark.parametrize(
    ("url", "tried"),
    [
        ("https://h/{}/webhooks/channel_events?a=b", "https://h/{}/webhooks/channel_events"),
        ("https://h/stage/{}/webhooks/x", "https://h/stage/{}/webhooks/x"),
        ("https://h/{}/recordings", "https://h/{}/recordings/key"),
        ("https://h/{}/webhooks/recordings/", "https://h/{}/recordings/key"),
        ("https://h/{}", ""),
        ("https://h/webhooks-other/webhooks/x", ""),
    ],
)
def test_the_url_at_which_a_key_is_tried(url: str, tried: str) -> None:
    """It is the function's, also for recordings, whose files have paths of their own."""
    keys = StackKeys((SECRET,), {})
    key = keys.make("webhooks", ACCOUNT_ID, 1)
    data: dict[str, Any] = {"call_recording": [{"url": url.format(key)}]}
    found = KeyDocument(ACCOUNT_ID, "users", "/", ReadDocument(data, ""))
    assert [each.url for each in found.probes(keys)] == [tried.format(key)] * bool(tried)


def test_random_keys_give_way_to_keys_that_prove_their_account() -> None:
    """A random key is known by its hash; it ends with its accounts, or with the whole stack."""
    hashes = [digest_of("pivot-random"), f"{digest_of('pivot-b')}:{ACCOUNT_ID}"]
    keys = StackKeys((SECRET,), {"PivotKeyHashes": " ".join(hashes), "RevokedKeys": "any:1"})
    assert keys.read("pivot-random") == StackKey("pivot-random", "pivot")
    assert keys.read("pivot-unknown") is None
    assert keys.read("webhooks-random") is None
    how = NextGeneration(keys, {ACCOUNT_ID: 2})
    fresh = how.fresh(StackKey("pivot-random", "pivot"), ACCOUNT_ID, for_all=False)
    assert fresh == keys.make("pivot", ACCOUNT_ID, 2)
    ending = Ending({ACCOUNT_ID: 1})
    assert keys.without(ending) == {
        "PivotKeyHashes": hashes[0],
        "RevokedKeys": f"any:1,{ACCOUNT_ID}:1",
    }
    whole = {"PivotKeyHashes": "", "RevokedKeys": "", "KeyGeneration": "2"}
    assert keys.without(Ending({}, 2)) == whole


def test_a_key_in_a_header(office: Office) -> None:
    """A key in X-Pivot-Key is tried in that header, and renewed there."""
    path = office.callflow(
        "6001", "header", custom_request_headers={"X-Pivot-Key": office.key("pivot")}
    )
    office.rotate()
    data = office.read(path)["flow"]["data"]
    assert data["custom_request_headers"] == {"X-Pivot-Key": office.key("pivot", generation=2)}
    assert "/header/pivot/" in data["voice_url"]


def test_a_plan_changes_nothing(office: Office) -> None:
    """The documents are shown before the question, without keys; a no changes nothing."""
    (path,) = connected(office, flows=1, hooks=0)
    before = office.read(path)
    said = office.rotate(status=1, answer="n\n")
    assert "1 of 1 documents have an old key\n  ~ callflow 6000\n" in said
    assert "Rotate the keys of 1 account?" in said
    assert "pivot-a" not in said
    assert office.read(path) == before


def test_documents_of_others_keep_the_key_alive(office: Office) -> None:
    """Documents that apply has not made are named and kept, and so the old keys stay valid."""
    office.callflow("6001", office.key("pivot"))
    path = office.callflow("6002", office.key("pivot"), ours=False)
    before = office.read(path)
    said = office.rotate(status=1)
    assert "  ! callflow 6002: not made by apply" in said
    assert "the old keys stay valid, because these have one:\n  callflow 6002" in said
    assert office.read(path) == before
    assert office.accepts(office.key("pivot"))
    office.rotate("--unmarked")
    assert not office.accepts(office.key("pivot"))


def test_a_change_by_somebody_else_is_kept(office: Office) -> None:
    """A document that is edited between reading and writing keeps the edit, and gets the key."""
    (path,) = connected(office, flows=1, hooks=0)
    handle = office.crossbar.handle
    edited: list[str] = []

    def interfering(request: Any) -> Any:
        if request.method == "PATCH" and not edited:
            edited.append(path)
            office.crossbar.handle = handle  # type: ignore[method-assign]
            office.client.patch(path, name="Front desk")
        return handle(request)

    office.crossbar.handle = interfering  # type: ignore[method-assign]
    office.rotate()
    found = office.read(path)
    assert (edited, found["name"]) == ([path], "Front desk")
    assert "-g2-" in found["flow"]["data"]["voice_url"]


def test_a_renewed_document_is_no_edit(office: Office) -> None:
    """Apply knows a document with a new key as its own, and one that was edited as edited."""
    one, two = connected(office, flows=2, hooks=0)
    office.client.patch(two, name="Front desk")
    office.rotate()
    flows = [office.read(path) for path in (one, two)]
    fields = [{name: flow[name] for name in ("name", "numbers", "flow")} for flow in flows]
    digests = [WantedDocument("callflows", "", each).digest for each in fields]
    assert flows[0][MARK]["digest"] == flows[0][MARK]["wanted"] == digests[0]
    assert flows[1][MARK]["digest"] != digests[1]


# -- when the new key is refused -------------------------------------------------------------------


def test_a_key_that_the_stack_refuses(office: Office) -> None:
    """If the key file has another secret than the stack, nothing is changed."""
    office.door.secrets = ("t" * 40,)
    path = office.callflow("6001", office.key("pivot"))
    before = office.read(path)
    said = office.rotate(status=1)
    assert "refuses the new key: the signing secret in your key file is not the stack's" in said
    assert office.read(path) == before


# -- live calls ------------------------------------------------------------------------------------


def live(office: Office, *calls: str) -> None:
    """Have calls begin."""
    for call in calls:
        event = {"call_id": call, "account_id": ACCOUNT_ID, "to": "6001@r"}
        office.crossbar.happened("channel_create", event)


def test_calls_that_began_before_are_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old keys end after the calls that were live; calls that begin later are not waited for."""
    connected(office, flows=1, hooks=0)
    live(office, "before")

    def passing(seconds: float) -> None:
        office.sleeps.append(seconds)
        assert office.accepts(office.key("pivot"))
        if len(office.sleeps) == 20:
            live(office, "after")
            office.crossbar.channels.pop("before")

    monkeypatch.setattr(kazoo_rotate, "time", SimpleNamespace(sleep=passing))
    office.rotate()
    assert len(office.sleeps) == 20
    assert not office.accepts(office.key("pivot"))


def test_calls_that_do_not_end(office: Office) -> None:
    """After the wait the old keys stay valid, exit status 2; --wait 0 ends them at once."""
    connected(office, flows=1, hooks=0)
    live(office, "long")
    said = office.rotate("--wait", "2", status=2)
    assert "1 calls are still live that began before" in said
    assert sum(office.sleeps) == 120
    assert office.accepts(office.key("pivot"))
    office.rotate("--wait", "0")
    assert not office.accepts(office.key("pivot"))


# -- accounts --------------------------------------------------------------------------------------


def test_a_run_goes_on_after_an_error(office: Office) -> None:
    """An account that fails is named, the others are done, and a second run is its alone."""
    made = [office.crossbar.accounts.create(ACCOUNT_ID, {"name": f"site {at}"}) for at in range(4)]
    for each in made:
        office.callflow("6001", office.key("pivot", each.id), each.id)
    (broken,) = office.crossbar.documents.of(made[2].id, "callflows")
    path = f"/accounts/{made[2].id}/callflows/{broken.id}"
    flow = broken.data["flow"]
    dead = {**flow["data"], "voice_url": flow["data"]["voice_url"].replace(office.door.url, DEAD)}
    office.client.patch(path, flow={**flow, "data": dead})
    many = ("--all-descendants", "--match", "site")
    said = office.rotate(*many, status=1)
    assert "1 account failed; repeat the command to finish:\nsite 2" in said
    assert office.door.options["RevokedKeys"].count(":1") == 3
    office.client.patch(path, flow=flow)
    said = office.rotate(*many)
    assert "A rotation was begun in 1 account, and is taken up there." in said
    assert {office.door.keys.first(each.id) for each in made} == {2}
    assert not any(office.accepts(office.key("pivot", each.id)) for each in made)


def test_accounts_without_keys_are_left_alone(office: Office) -> None:
    """An account that no function answers for gets no key, and does not stop the next rotation."""
    path = office.callflow("6001", office.key("pivot", SECOND_ACCOUNT_ID), SECOND_ACCOUNT_ID)
    office.crossbar.accounts.create(ACCOUNT_ID, {"name": "empty"})
    for generation in (2, 3):
        assert "The earlier keys of 1 account have ended." in office.rotate("--all-descendants")
        assert office.key("pivot", SECOND_ACCOUNT_ID, generation) in str(office.read(path))
    assert office.door.notes == {SECOND_ACCOUNT_ID: 3}


def test_the_whole_stack(office: Office) -> None:
    """With --whole-stack keys for all accounts get a new generation, and all earlier ones end."""
    everyone = office.hook("all", office.key("webhooks", "any"), include_subaccounts=True)
    mine = office.callflow("6001", office.key("pivot", "any"))
    below = office.callflow("6001", office.key("pivot", SECOND_ACCOUNT_ID), SECOND_ACCOUNT_ID)
    said = office.rotate()
    assert "1 of 2 documents have an old key" in said
    assert "  = 1 for subaccounts keep the key for all accounts (--whole-stack renews it)" in said
    assert office.key("webhooks", "any") in office.read(everyone)["uri"]
    assert office.key("pivot", generation=2) in str(office.read(mine))
    office.rotate("--whole-stack")
    assert office.key("webhooks", "any", 3) in office.read(everyone)["uri"]
    assert office.key("pivot", generation=3) in str(office.read(mine))
    assert office.key("pivot", SECOND_ACCOUNT_ID, 3) in str(office.read(below))
    assert office.door.options == {"KeyGeneration": "3", "RevokedKeys": ""}
    assert not office.accepts(office.key("webhooks", "any"), "webhooks", "channel_events")


def test_nothing_to_rotate(office: Office) -> None:
    """An account without a key of the stack is left alone."""
    assert "No document has a key of demo" in office.rotate()
    assert office.door.options == {}


def test_accounts_of_the_whole_stack(office: Office) -> None:
    """The whole stack takes no accounts, and the published secret is not replaced."""
    assert "they need all" in office.rotate("--whole-stack", "--account", ACCOUNT_ID, status=2)
    assert "--new-secret needs --stack" in office.rotate("--new-secret", status=2)

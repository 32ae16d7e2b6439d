"""An account of the local Crossbar, and the command line that works with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pivotctl.cli import main
from pivotctl.connect.documents import MARK
from pivotctl.crossbar import ACCOUNT_ID, API_KEY, LocalCrossbar
from pivotctl.kazoo.client import KazooClient, Session
from pivotctl.kazoo.transport import Transport
from pivotkit.services.crossbar_api import object_of

FILE = """
[[numbers]]
extension = "6001"
function = "say_hello"

[[numbers]]
number = "+14155550123"
function = "menu"
cdr_url = true

[webhooks]
receivers = ["messages", "voicemails"]

[ids]
user = "11111111111111111111111111111111"
"""


@dataclass(frozen=True)
class Office:
    """The local Crossbar, the command line that has signed in there, and `kazoo.toml`."""

    crossbar: LocalCrossbar
    url: str
    file: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> KazooClient:
        """A client of the master account."""
        transport = Transport(self.url)
        return KazooClient(transport, Session(transport, key=API_KEY))

    def run(self, command: str, *options: str, text: str | None = None) -> Result:
        """Run a command with the file, after writing *text* into it."""
        if text is not None:
            self.file.write_text(text)
        arguments = ["kazoo", command, str(self.file), *options]
        return CliRunner().invoke(main, arguments, env={"KAZOO_URL": self.url, **self.variables})

    def does(self, command: str, *options: str, status: int = 0, text: str | None = None) -> str:
        """The output of a command that must exit with *status*."""
        result = self.run(command, *options, text=text)
        assert result.exit_code == status, result.output
        return result.output

    def callflows(self, account: str = ACCOUNT_ID) -> list[dict[str, Any]]:
        """The callflows of an account."""
        return [each.public() for each in self.crossbar.documents.of(account, "callflows")]

    def hooks(self, account: str = ACCOUNT_ID) -> list[dict[str, Any]]:
        """The webhooks of an account."""
        return [each.public() for each in self.crossbar.hooks.of(account, self.crossbar.clock())]

    def all(self) -> str:
        """All documents of the master account, as text."""
        kinds = ("resources", "storage", "clicktocall")
        others = [self.documents(kind) for kind in kinds]
        return json.dumps([self.callflows(), self.hooks(), *others], sort_keys=True)

    def documents(self, collection: str) -> list[Any]:
        """The documents of a collection, as the API has them."""
        path = f"/accounts/{ACCOUNT_ID}/{collection}"
        if collection == "storage":
            found = self.crossbar.documents.get(ACCOUNT_ID, "storage", ACCOUNT_ID)
            return [found.public()] if found else []
        rows = list(self.client.rows(path))
        return [object_of(self.client.get(f"{path}/{row['id']}")) for row in rows]

    def edit(self, mark: str, data: Any = None, **fields: Any) -> None:
        """Change fields of a document by hand, or *data* of its first action."""
        both = (("callflows", self.callflows()), ("webhooks", self.hooks()))
        ((collection, found),) = [
            (collection, each)
            for collection, documents in both
            for each in documents
            if each.get(MARK, {}).get("name") == mark
        ]
        if data is not None:
            fields["flow"] = {**found["flow"], "data": {**found["flow"]["data"], **data}}
        self.client.patch(f"/accounts/{ACCOUNT_ID}/{collection}/{found['id']}", **fields)


def others(client: KazooClient, account: str, number: str) -> str:
    """Have somebody else make a callflow for a number; return its path."""
    flow: dict[str, Any] = {"module": "hangup", "data": {}, "children": {}}
    data: dict[str, Any] = {"name": "theirs", "numbers": [number], "flow": flow}
    path = f"/accounts/{account}/callflows"
    answer = client.put(path, {"data": data})
    return f"{path}/{answer.text('data', 'id')}"

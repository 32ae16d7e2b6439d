"""The workers' client of Crossbar, on a server that refuses its key."""

import pytest

from pivotkit.services.crossbar import LOCAL_ACCOUNT, Crossbar
from pivotkit.services.upstream import UpstreamDown
from tests.loopback import says, server

pytestmark = pytest.mark.usefixtures("limits_of_lambda")


def test_an_unknown_key_is_no_unknown_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that Crossbar does not know (404) does not look like a call that has ended."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    with server(says('{"data": {}}', "404 Not Found")) as url:
        monkeypatch.setenv("CROSSBAR_URL", f"{url}/v2")
        with pytest.raises(UpstreamDown, match="does not know the API key") as caught:
            Crossbar().channel(LOCAL_ACCOUNT, "call-1")
    assert (caught.value.status, caught.value.is_refusal) == (401, True)

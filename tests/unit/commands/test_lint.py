"""`pivotctl lint`: KAZOO's verdict on files, URLs and many answers at once."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands.lint import command, guessed_type
from pivotctl.lint.report import table
from scripts.make_guides import GUIDES, RENEWED, SHOWN
from tests.kazoo import document, needs_data
from tests.unit.switch.servers import listening

GOOD = "<Response><Say>Hello</Say></Response>"
BAD = '<Response>\n<Say language="en-US">Hello</Say></Response>'
KEYS = '<Response><Gather numDigits="1"/></Response>'


def lint(*arguments: str, given: str | bytes = "") -> Result:
    """Run the command with *given* on standard input."""
    return CliRunner().invoke(command, list(arguments), input=given)


def lint_many(*answers: object) -> list[dict[str, Any]]:
    """The object that comes back for each answer."""
    text = "\n".join(json.dumps(answer) for answer in answers)
    return [json.loads(line) for line in lint("--jsonl", given=text).stdout.splitlines()]


@pytest.mark.parametrize(
    ("options", "given", "verdict"),
    [
        ((), GOOD, "executes"),
        ((), '{"module": "hangup"}', "executes"),
        ((), BAD, "hangs_up"),
        ((), "", "hangs_up"),
        ((), "<Response/>", "dead_air"),
        ((), "hello", "rejected"),
        (("--content-type", "application/json"), GOOD, "rejected"),
        (("--status", "204"), GOOD, "falls_back"),
        ((), KEYS, "executes"),
        (("--press", "1"), KEYS, "hangs_up"),
    ],
)
def test_verdicts(options: tuple[str, ...], given: str, verdict: str) -> None:
    """Each verdict has its name, and only `executes` exits with 0."""
    result = lint(*options, "--json", "-", given=given)
    assert json.loads(result.stdout)["verdict"] == verdict
    assert result.exit_code == (0 if verdict == "executes" else 1)


STREAMS = '<Response><Start><Stream url="wss://h/x"/></Start><Say>Hi</Say></Response>'


@pytest.mark.parametrize(
    ("options", "given", "verdicts"),
    [
        ((), STREAMS, ("hangs_up", "executes")),
        ((), '{"module": "tones"}', ("dead_air", "executes")),
        ((), '{"module": "response", "data": {"code": "486"}}', ("dead_air", "hangs_up")),
        (("--content-type", "text/plain"), GOOD, ("executes", "hangs_up")),
        ((), "hello", ("rejected", "hangs_up")),
        (("http://127.0.0.1:9/x",), "", ("times_out", "falls_back")),
    ],
)
def test_both_kazoos_can_be_asked(
    options: tuple[str, ...], given: str, verdicts: tuple[str, str]
) -> None:
    """An answer that they treat differently gets two verdicts; k50 is the default."""
    source = () if options and options[-1].startswith("http") else ("-",)
    modes = ((), ("--mode", "k50"), ("--mode", "k5"))
    told = [lint(*mode, "--json", *options, *source, given=given).stdout for mode in modes]
    assert [json.loads(each)["verdict"] for each in told] == [verdicts[0], *verdicts]


def test_each_line_has_a_mode() -> None:
    """k50 when it is missing or null."""
    line = {"content_type": "text/xml", "body": STREAMS}
    modes: list[dict[str, Any]] = [{}, {"mode": None}, {"mode": "k50"}, {"mode": "k5"}]
    verdicts = [each["verdict"] for each in lint_many(*({**line, **mode} for mode in modes))]
    assert verdicts == ["hangs_up"] * 3 + ["executes"]


def test_a_problem_has_line_path_rule_and_fix(tmp_path: Path) -> None:
    """A stranger finds the place, and learns what to write."""
    path = tmp_path / "answer.xml"
    path.write_text(BAD, encoding="utf-8")
    [problem] = json.loads(lint("--json", str(path)).stdout)["problems"]
    assert problem["line"] == 2
    assert problem["path"] == "Response/Say[1]"
    assert "en-US" in problem["rule"]
    assert "en-gb" in problem["fix"]


def test_a_url_is_asked_as_kazoo_asks() -> None:
    """The server gets a POST form, and its Content-Type counts."""
    asked: list[bytes] = []

    def answer(connection: Any, request: bytes) -> None:
        asked.append(request)
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {len(GOOD)}\r\n\r\n"
        connection.sendall(head.encode() + GOOD.encode())

    with listening(answer) as url:
        result = lint("--json", f"{url}/x")
    assert result.exit_code == 0, result.output
    assert asked[0].startswith(b"POST /x HTTP/1.1\r\ncontent-type: application/x-www-form-urlenc")
    assert b"&&&" in asked[0]


@pytest.mark.parametrize(
    ("url", "verdict"),
    [("http://127.0.0.1:9/x", "times_out"), ("http://", "times_out")],
)
def test_a_url_that_does_not_answer(url: str, verdict: str) -> None:
    """KAZOO waits in vain; the problem says why."""
    result = lint("--json", url)
    assert json.loads(result.stdout)["verdict"] == verdict
    assert result.exit_code == 1


def test_a_file_that_is_not_there_is_named() -> None:
    """The error names the file and what may be given."""
    result = lint("/no/such/file")
    assert result.exit_code == 2
    assert "/no/such/file: No such file or directory; give a file, a URL, or -" in result.output
    assert "use --jsonl" in lint().output


@pytest.mark.parametrize(
    "arguments",
    [
        ("--jsonl", "answer.xml"),
        ("--jsonl", "--mode", "k5"),
        ("--jsonl", "--twilio"),
        ("--status", "204", "http://h/"),
    ],
)
def test_options_that_do_not_go_together(arguments: tuple[str, ...]) -> None:
    """An option that would have no effect is refused, not passed over."""
    assert lint(*arguments).exit_code == 2


def test_an_encoding_that_nobody_knows_is_no_crash() -> None:
    """It is a body that cannot be read."""
    result = lint("--json", "-", given='<?xml version="1.0" encoding="UF-8"?><Response/>')
    assert json.loads(result.stdout)["verdict"] == "rejected"


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b" <Response/>", "text/xml"), (b"\xef\xbb\xbf<R/>", "text/xml"), (b"{}", "application/json")],
)
def test_the_content_type_is_guessed_from_the_first_character(body: bytes, kind: str) -> None:
    """`<` means TwiML, whatever stands before it, and anything else JSON."""
    assert guessed_type(body) == kind


def test_many_answers() -> None:
    """An object a line back, in order: text or Base64, keys, and a header that is missing."""
    encoded = base64.b64encode(GOOD.encode()).decode()
    verdicts = lint_many(
        {"content_type": "text/xml", "body": GOOD},
        {"content_type": "text/xml", "body_b64": encoded, "status": None},
        {"content_type": "text/xml", "body": KEYS, "digits": ["1"], "base_url": "https://h/x"},
        {"content_type": None, "body": '{"module": "hangup"}'},
        {"content_type": "text/xml", "body": GOOD, "status": 500},
        {"body_b64": base64.b64encode(b"\xff").decode()},
    )
    assert [each["verdict"] for each in verdicts] == [
        "executes", "executes", "hangs_up", "rejected", "falls_back", "falls_back",
    ]  # fmt: skip


def test_standard_input_may_be_named() -> None:
    """`--jsonl -` is the same as `--jsonl`."""
    given = json.dumps({"body": GOOD})
    assert lint("--jsonl", "-", given=given).stdout == lint("--jsonl", given=given).stdout
    assert lint("--jsonl", "-", given=given).exit_code == 0


def test_silence_at_one_question() -> None:
    """An empty entry presses nothing at one question; the next entry is for the next."""
    ask = '<Gather numDigits="1" action="https://h/{}"><Say>Key?</Say></Gather>'
    body = f"<Response>{ask.format('a')}{ask.format('b')}<Sms/></Response>"
    first, second = (lint("--press", keys, "-", given=body).exit_code for keys in ("1", ""))
    assert (first, second) == (0, 1)
    assert lint("--press", "", "--press", "2", "-", given=body).exit_code == 0


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("x", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"body": 1}', "body is 1; write text"),
        ('{"status": "200"}', "status is '200'; write an integer"),
        ('{"mode": "k6"}', "mode is 'k6'; write k50 or k5"),
        ('{"digits": "1"}', "digits is '1'; write a list of texts"),
        ('{"body_b64": "*"}', "body_b64 is not Base64"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_answered(line: str, error: str) -> None:
    """It gives an object with its number and the error, and the next line is read."""
    result = lint("--jsonl", given=f"{line}\n\n{json.dumps({'body': GOOD})}")
    bad, good = map(json.loads, result.stdout.splitlines())
    assert bad["line"] == 1
    assert error in bad["error"]
    assert good["verdict"] == "executes"
    assert result.exit_code == 1


NOOP = '{"module":"noop","children":{"_":'


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ('{"module":"tts","data":{"text":"a"},"children":{"":1}}', "executes"),
        ('{"module":"tts","data":{"text":"a"},"children":{"":{"a":1}}}', "executes"),
        ('{"module":"tts","data":{"text":"a"},"children":{"_":1}}', "dead_air"),
        ('{"module":"tts","data":{"text":"a"},"children":{"_":{}}}', "dead_air"),
        (NOOP * 600 + '{"module":"noop"}' + "}}" * 600, "executes"),
        ("[" * 5000 + "]" * 5000, "dead_air"),
        ("[" * 100_000, "rejected"),
        ("<?xml version='1.0' encoding='Shift_JIS'?><Response/>", "rejected"),
        ("<?xml version='1.0' encoding='UTF-32'?><Response/>", "rejected"),
        ("<Response>" + "<Gather>" * 3000 + "</Gather>" * 3000 + "</Response>", "hangs_up"),
        ("<Response><Say loop='1.0e999'>a</Say></Response>", "executes"),
        ("\ud800", "falls_back"),
    ],
    ids=range(12),
)
def test_every_line_gets_a_verdict(body: str, verdict: str) -> None:
    """Nothing in an answer ends the reading, and the next line is read."""
    kind = "text/xml" if body.startswith("<") else "application/json"
    verdicts = lint_many({"content_type": kind, "body": body}, {"body": GOOD})
    assert [each["verdict"] for each in verdicts] == [verdict, "executes"]


@needs_data
def test_the_verdicts_are_kazoos() -> None:
    """Nearly all random answers get the verdict that KAZOO's own code gave them."""
    cases = document("observed/random_answers.json")["cases"]
    asked = [{**case["job"], "base_url": case["job"]["uri"]} for case in cases]
    verdicts = [each["verdict"] for each in lint_many(*asked)]
    agreed = [case["verdict"] == told for case, told in zip(cases, verdicts, strict=True)]
    assert sum(agreed) / len(agreed) >= 0.98


@pytest.mark.parametrize("name", RENEWED)
def test_the_guides_show_what_is_printed(name: str, tmp_path: Path) -> None:
    """Outputs and tables in the guides are current: `python -m scripts.make_guides` renews them."""
    text = (GUIDES / name).read_text(encoding="utf-8")
    assert RENEWED[name](text, tmp_path) == text


def test_the_page_of_verbs_has_the_whole_table() -> None:
    """The table of Twilio's verbs is on its page, between the marks."""
    text = (GUIDES / "../twilio-verbs.md").read_text(encoding="utf-8")
    assert f"<!-- table -->\n\n{table()}\n\n<!-- end of table -->" in text


def test_the_guide_shows_ten_documents_that_kill_a_call() -> None:
    """Each is refused, with a fix."""
    shown = list(SHOWN.finditer((GUIDES / "lint.md").read_text(encoding="utf-8")))
    assert len(shown) >= 10
    assert all("    → " in found[0] and ": executes" not in found[0] for found in shown)

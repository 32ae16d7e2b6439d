"""Templates that are broken, each in a way of its own, and the report that its author gets.

In a report, `APP` stands for the path of the template's app.py from the project's root.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import dedent


@dataclass(frozen=True)
class Broken:
    """A broken template: its files, keys to press, and the lines of the report."""

    app: str
    report: Sequence[str]
    press: Sequence[str] = ()
    settings: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    verdict: str = "fallback"
    printed: Sequence[str] = ()

    @property
    def source(self) -> str:
        """The text of app.py."""
        return dedent(self.app).lstrip()


HEAD = """
    import sys
    import time
    from pivotkit import Call, Flow, ask, conversation, pivot, setting
    from pivotkit.kazoo import Action, hangup, sleep, tts

"""

BROKEN = {
    "raises": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        return tts(f"Extension {int(call.caller.name)}.")
    """,
        [
            "raises failed: ValueError: invalid literal for int() with base 10: 'Jane Doe'",
            "  APP:9, in handler",
            '    return tts(f"Extension {int(call.caller.name)}.")',
        ],
    ),
    "in_a_helper": Broken(
        """
    from pivotkit import Call, Flow, pivot
    from prices import price

    @pivot
    def handler(call: Call) -> Flow:
        return price("basic")
    """,
        [
            "in_a_helper failed: LookupError: there is no such plan",
            "  APP:6, in handler",
            '    return price("basic")',
            "  functions/pivot/in_a_helper/prices.py:5, in price",
            '    raise LookupError("there is no such plan") from error',
            "  caused by KeyError: 'basic'",
        ],
        files={
            "prices.py": "def price(plan):\n    try:\n        return {}[plan]\n"
            "    except KeyError as error:\n"
            '        raise LookupError("there is no such plan") from error\n'
        },
    ),
    "returns_none": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        tts("Hello.")
    """,
        [
            ("returns_none failed: AnswerError: answer: flow is None: "
            "must be callflow actions or a TwiML Response"),
            "  APP:8, in handler",
            "    def handler(call: Call) -> Flow:",
        ],
    ),
    "returns_a_dict": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        return {"module": "hangup"}
    """,
        [
            ("returns_a_dict failed: AnswerError: answer: flow is {'module': 'hangup'}: "
            "must be callflow actions or a TwiML Response"),
            "  APP:8, in handler",
            "    def handler(call: Call) -> Flow:",
        ],
    ),
    "unknown_field": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        return Action("tts", {"text": "Hello.", "speed": 2})
    """,
        [
            ("unknown_field failed: AnswerError: tts: speed is 2: "
            "KAZOO does not know this property"),
            "  APP:9, in handler",
            '    return Action("tts", {"text": "Hello.", "speed": 2})',
        ],
    ),
    "refused_value": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        return sleep(20.5) >> hangup()
    """,
        [
            "refused_value failed: AnswerError: sleep: duration is 20.5: must be an integer",
            "  APP:9, in handler",
            "    return sleep(20.5) >> hangup()",
        ],
    ),
    "after_the_end": Broken(
        HEAD
        + """
    GOODBYE = hangup() >> tts("Goodbye.")

    @pivot
    def handler(call: Call) -> Flow:
        return GOODBYE
    """,
        [
            ("after_the_end failed: AnswerError: hangup: >> is 'tts': "
            "KAZOO runs nothing after hangup"),
            "  APP:7",
            '    GOODBYE = hangup() >> tts("Goodbye.")',
        ],
        verdict="falls_back",
    ),
    "loops": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        while True: pass
    """,
        [
            "loops failed: DeadlineExceeded: no result within N seconds",
            "  APP:9, in handler",
            "    while True: pass",
        ],
    ),
    "sleeps": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        time.sleep(60)
        return hangup()
    """,
        [
            "sleeps failed: DeadlineExceeded: no result within N seconds",
            "  APP:9, in handler",
            "    time.sleep(60)",
        ],
    ),
    "syntax_error": Broken(
        """
    from pivotkit import Call, Flow, pivot

    @pivot
    def handler(call: Call) -> Flow
        return tts("Hello.")
    """,
        [
            "syntax_error failed: SyntaxError: expected ':'",
            "  APP:4",
            "    def handler(call: Call) -> Flow",
        ],
        verdict="falls_back",
    ),
    "missing_module": Broken(
        """
    import requests
    from pivotkit import Call, Flow, pivot

    @pivot
    def handler(call: Call) -> Flow:
        return requests.get("https://example.com")
    """,
        [
            "missing_module failed: ModuleNotFoundError: No module named 'requests'",
            "  APP:1",
            "    import requests",
        ],
        verdict="falls_back",
    ),
    "misspelled_handler": Broken(
        HEAD
        + """
    @pivot
    def handle(call: Call) -> Flow:
        return hangup()
    """,
        [
            ("misspelled_handler failed: HandlerNotFound: no function is called handler; "
            "did you mean handle?"),
            "  APP:8",
            "    def handle(call: Call) -> Flow:",
        ],
        verdict="falls_back",
    ),
    "wrong_setting": Broken(
        HEAD
        + """
    SECONDS = setting("SECONDS", 20)

    @pivot
    def handler(call: Call) -> Flow:
        return hangup()
    """,
        [
            ("wrong_setting failed: SettingError: setting SECONDS is 'soon': "
            "must be a whole number; correct it in function.yaml"),
            "  APP:7",
            '    SECONDS = setting("SECONDS", 20)',
        ],
        settings={"SECONDS": "soon"},
        verdict="falls_back",
    ),
    "undeclared_upstream": Broken(
        HEAD
        + """
    from pivotkit.services.upstream import Upstream
    orders = Upstream("ORDERS_URL", "https://orders.example.com/v1")

    @pivot
    def handler(call: Call) -> Flow:
        return tts(orders.get("/orders").text("status"))
    """,
        [
            ("undeclared_upstream failed: SettingUndeclared: setting ORDERS_URL is not declared: "
            "add it under settings in function.yaml"),
            "  APP:8",
            '    orders = Upstream("ORDERS_URL", "https://orders.example.com/v1")',
        ],
        verdict="falls_back",
    ),
    "upstream_down": Broken(
        HEAD
        + """
    from pivotkit.services.upstream import Upstream
    orders = Upstream("ORDERS_URL", "https://orders.example.com/v1")

    @pivot
    def handler(call: Call) -> Flow:
        return tts(orders.get("/nothing/here").text("status"))
    """,
        [
            "upstream_down failed: UpstreamDown: orders: answered 404",
            "  APP:12, in handler",
            '    return tts(orders.get("/nothing/here").text("status"))',
        ],
        settings={"ORDERS_URL": "https://orders.example.com/v1"},
    ),
    "changes_its_question": Broken(
        HEAD
        + """
    RUNS = []

    @conversation
    def handler(call: Call):
        RUNS.append(1)
        pressed = yield from ask("Press 1.", name="first" if len(RUNS) == 1 else "second")
        return hangup()
    """,
        [
            ("changes_its_question failed: ConversationChanged: "
            "the answer to first is not to this question"),
            "  APP:10, in handler",
            "    def handler(call: Call):",
        ],
        press=["1"],
    ),
    "asks_nothing": Broken(
        HEAD
        + """
    @conversation
    def handler(call: Call):
        return hangup()
    """,
        [
            ("asks_nothing failed: TypeError: handler asks nothing: "
            "use `yield from ask(...)` in it, or decorate it with @pivot"),
            "  APP:8",
            "    def handler(call: Call):",
        ],
        verdict="falls_back",
    ),
    "undeclared_state": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        call.vars["visits"] = 1
        return hangup()
    """,
        [
            ("undeclared_state failed: StateNotDeclared: call.vars needs state: "
            "declare the function with @pivot(state=True)"),
            "  APP:9, in handler",
            '    call.vars["visits"] = 1',
        ],
    ),
    "prints_and_raises": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        print("called by", call.caller.number)
        print('{"numbers": [1, 2]}')
        raise RuntimeError
    """,
        [
            "prints_and_raises failed: RuntimeError",
            "  APP:11, in handler",
            "    raise RuntimeError",
        ],
        printed=["called by +14155550199", '{"numbers": [1, 2]}'],
    ),
    "exits": Broken(
        HEAD
        + """
    @pivot
    def handler(call: Call) -> Flow:
        sys.exit("no license")
    """,
        [
            "exits failed: SystemExit: no license",
            "  APP:9, in handler",
            '    sys.exit("no license")',
        ],
    ),
    "exits_at_import": Broken(
        """
    import sys
    sys.exit(3)
    """,
        ["exits_at_import failed: SystemExit: 3", "  APP:2", "    sys.exit(3)"],
        verdict="falls_back",
    ),
    "dies": Broken(
        """
    import os
    from pivotkit import Call, Flow, pivot

    @pivot
    def handler(call: Call) -> Flow:
        os._exit(3)
    """,
        ["dies failed: Runtime.ExitError: Error: Runtime exited with error: exit status 3"],
        verdict="falls_back",
    ),
    "not_of_the_layer": Broken(
        """
    def handler(event, context):
        return event["nothing"]
    """,
        ["not_of_the_layer failed: KeyError: 'nothing'", "  APP:2, in handler",
         '    return event["nothing"]'],
        verdict="falls_back",
    ),
}  # fmt: skip

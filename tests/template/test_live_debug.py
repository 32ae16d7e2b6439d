"""Live Debug: one option makes its table and its permissions, each for what it is needed for."""

from typing import Any

from scripts.deployed import deployed, switched_on, workers
from scripts.lint_template import Template
from tests.template.facts import functions

ON = {"LiveDebug": "on"}
CALLS, FIGURES, SWITCHES = ("call#*", "figures#*", "switches")
STEPS = {
    ("dynamodb:PutItem", CALLS),
    ("dynamodb:UpdateItem", CALLS),
    ("dynamodb:UpdateItem", FIGURES),
    ("dynamodb:GetItem", SWITCHES),
}


def granted(made: dict[str, Any], role: str) -> set[tuple[str, str]]:
    """The actions of a role on the table of calls, with the keys that each is limited to."""
    found = set()
    for policy in made[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "CallIndexTable" in str(statement.get("Resource")):
                limit = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
                (keys,) = limit.get("dynamodb:LeadingKeys", ["all"])
                actions = statement["Action"]
                found |= {(e, keys) for e in ([actions] if isinstance(actions, str) else actions)}
    return found


def test_a_stack_without_the_option_has_nothing_of_it(cloudformation: Template) -> None:
    """No table, no variable, and no permission for what is not there."""
    made = deployed(cloudformation)
    text = str(made)
    assert "CallIndexTable" not in text
    variables = made["SayHello"]["Properties"]["Environment"]["Variables"]
    assert variables["CALL_INDEX_TABLE"] == {"Ref": "AWS::NoValue"}
    assert "lambda:InvokeFunction" not in str(made["ConsoleRole"])


def test_who_may_do_what(template: Template, cloudformation: Template) -> None:
    """Handlers keep steps, the worker adds to rows, the console reads, and nobody else has any."""
    (documents,) = (each for each in workers() if each.name == "kazoo_debug")
    made = deployed(cloudformation, ON | switched_on(documents))
    for function in functions(template):
        role = f"{function.logical_id}Role"
        if role not in made:
            continue
        found = granted(made, role)
        if function.kind == "pivot":
            assert found == STEPS, function.name
        elif function.name == "call_records":
            assert found == {("dynamodb:UpdateItem", CALLS)}
        elif function.name == "kazoo_debug":
            reads = {("dynamodb:Query", CALLS), ("dynamodb:GetItem", SWITCHES)}
            assert found == {*reads, ("dynamodb:PutItem", CALLS)}
        elif function.kind == "console":
            assert found == {
                ("dynamodb:Query", "all"),
                ("dynamodb:GetItem", SWITCHES),
                ("dynamodb:PutItem", SWITCHES),
            }
        else:
            assert found == set(), function.name


def test_the_console_invokes_pivot_handlers_alone(
    template: Template, cloudformation: Template
) -> None:
    """A replay reaches handlers, which honor it, and no worker that would act on its event."""
    made = deployed(cloudformation, ON)
    (policy,) = made["ConsoleRole"]["Properties"]["Policies"]
    (invoke,) = (
        each
        for each in policy["PolicyDocument"]["Statement"]
        if each.get("Action") == "lambda:InvokeFunction"
    )
    named = {each["Fn::GetAtt"][0] for each in invoke["Resource"]}
    assert named == {each.logical_id for each in functions(template) if each.kind == "pivot"}


def test_everything_in_the_table_expires(cloudformation: Template) -> None:
    """Calls and steps are no archive: DynamoDB deletes them, and the stack takes them along."""
    table = deployed(cloudformation, ON)["CallIndexTable"]
    time_to_live = table["Properties"]["TimeToLiveSpecification"]
    assert time_to_live == {"AttributeName": "expires_at", "Enabled": True}
    assert table["DeletionPolicy"] == "Delete"
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}

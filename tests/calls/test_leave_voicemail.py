"""leave_voicemail, dialed."""

from pivotctl.switch.world import World
from tests.calls.conftest import Phone

OTHER = "8b7c6d5e4f3021a2938475665748391a"


def test_a_message(dial: Phone) -> None:
    """Callers hear the greeting, leave a message and hear a goodbye."""
    call = dial("leave_voicemail").hears("You've reached Acme.")
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").hears("Goodbye.")
    call.hung_up("kazoo").is_carried_through()


def test_another_mailbox(dial: Phone) -> None:
    """The mailbox comes from the settings."""
    world = World.of({"mailboxes": {OTHER: "This is Ann."}})
    call = dial("leave_voicemail", settings={"VOICEMAIL_BOX": OTHER}, world=world)
    call.hears("This is Ann.").leaves_voicemail(OTHER).is_carried_through()


def test_an_unknown_mailbox(dial: Phone) -> None:
    """Callers are not left in silence by an unknown mailbox."""
    call = dial("leave_voicemail", settings={"VOICEMAIL_BOX": OTHER})
    call.hears_media("vm-not_available_no_voicemail").hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()

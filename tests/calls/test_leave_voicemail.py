"""leave_voicemail, dialled."""

from pivotctl.switch.world import World
from tests.calls.conftest import Phone

OTHER = "8b7c6d5e4f3021a2938475665748391a"


def test_a_message(dial: Phone) -> None:
    """The caller hears the greeting, leaves a message and is bidden goodbye."""
    call = dial("leave_voicemail").hears("You have reached Acme.")
    call.leaves_voicemail("7a6b5c4d3e2f10918273645546372819").hears("Goodbye.")
    call.hung_up("kazoo").is_carried_through()


def test_another_mailbox(dial: Phone) -> None:
    """The mailbox is that of the settings."""
    world = World.of({"mailboxes": {OTHER: "This is Ann."}})
    call = dial("leave_voicemail", settings={"VOICEMAIL_BOX": OTHER}, world=world)
    call.hears("This is Ann.").leaves_voicemail(OTHER).is_carried_through()


def test_no_such_mailbox(dial: Phone) -> None:
    """A mailbox that is not there does not leave the caller in silence."""
    call = dial("leave_voicemail", settings={"VOICEMAIL_BOX": OTHER})
    call.hears_media("vm-not_available_no_voicemail").hears("Goodbye.").hung_up("kazoo")
    call.is_carried_through()

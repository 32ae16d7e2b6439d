"""ivr_tree, dialed: the tree in the folder, and one in the Directory."""

import pytest

from pivotctl.switch.scenario import Rung
from tests.calls.conftest import Dial

MAIN, SUPPORT, BILLS = "Welcome to Acme.", "For help with a phone", "For questions about a bill"
SORRY = "Sorry, that's not a valid choice."
FRONT_DESK, ON_CALL = "user b2c0a4e1", "user c3d1b5f2"
MAILBOX = "7a6b5c4d3e2f10918273645546372819"


@pytest.mark.parametrize(
    ("press", "target"),
    [
        ("1", FRONT_DESK),
        ("0", FRONT_DESK),
        ("21", "group e5f3d7b4"),
        ("20", FRONT_DESK),
        ("221", "device c3d1b5f2"),
        ("2981", FRONT_DESK),
        ("22821", "group e5f3d7b4"),
    ],
)
def test_paths_to_people(dial: Dial, press: str, target: str) -> None:
    """Every key leads to its target: a name, `back` or `operator`."""
    dial("ivr_tree", press=tuple(press)).is_bridged_to(target).is_carried_through()


def test_the_menus(dial: Dial) -> None:
    """`back` leads to the previous menu, a name to its menu, and `repeat` to the same menu."""
    call = dial("ivr_tree", press=("2", "2", "*", "9", "2", "8"))
    for prompt in (MAIN, SUPPORT, BILLS, BILLS, SUPPORT, BILLS, MAIN):
        call.hears(prompt)
    call.is_carried_through()


def test_back_after_a_shortcut(dial: Dial) -> None:
    """A name leads back to a menu on the path instead of deeper."""
    call = dial("ivr_tree", press=("2", "2", "8", "2", "9", "1"))
    call.hears(BILLS).hears(MAIN).hears(SUPPORT).hears(MAIN).is_bridged_to(FRONT_DESK)


def test_an_announcement(dial: Dial) -> None:
    """After an announcement the call goes on, here back to the menu."""
    call = dial("ivr_tree", press=("3", "1")).presses("3")
    call.hears(f"from 9 AM to 5 PM. {MAIN}").is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_spoken_end(dial: Dial) -> None:
    """An end can be a text alone."""
    call = dial("ivr_tree", press=("2", "2", "2"))
    call.hears("use the link printed on it. Goodbye.").hung_up("kazoo").is_carried_through()


@pytest.mark.parametrize("rung", [Rung.BUSY, Rung.NO_ANSWER])
@pytest.mark.parametrize("press", ["1", "21"])
def test_a_message(dial: Dial, press: str, rung: Rung) -> None:
    """Calls go to the `otherwise` node when there is no answer."""
    call = dial("ivr_tree", press=tuple(press), rung=rung)
    call.leaves_voicemail(MAILBOX).is_carried_through()


def test_no_answer_anywhere(dial: Dial) -> None:
    """Callers hear that no one is available after the last `otherwise` node."""
    call = dial("ivr_tree", press=("2", "2", "1"), rung=Rung.BUSY)
    call.hears("No one is available right now. Please try again later. Goodbye.").hung_up("kazoo")


@pytest.mark.parametrize("keys", ["7", "*"])
def test_wrong_keys_and_right_ones(dial: Dial, keys: str) -> None:
    """A valid key resets the count of wrong ones."""
    press = ("7", "8", keys, "2", "7", "8", "1")
    call = dial("ivr_tree", press=(*press[:2], "*", *press[3:]))
    call.hears(f"{SORRY} {MAIN}").hears(f"{SORRY} {MAIN}").hears(SUPPORT).hears(
        f"{SORRY} {SUPPORT}"
    )
    call.is_bridged_to("group").is_carried_through()


def test_too_many_wrong_keys(dial: Dial) -> None:
    """After three wrong keys in a row, the operator is rung."""
    call = dial("ivr_tree", press=("7", "8", "9"))
    call.presses("9").hears(SORRY).is_bridged_to(FRONT_DESK).is_carried_through()


def test_silence(dial: Dial) -> None:
    """After three silences the operator is rung, without an apology for a wrong key."""
    call = dial("ivr_tree").is_silent().hears(MAIN).is_silent().hears(MAIN).is_silent()
    call.does_not_hear(SORRY).is_bridged_to(FRONT_DESK).is_carried_through()


def test_a_tree_in_the_directory(dial: Dial) -> None:
    """A setting that names no file names an entry of the Directory."""
    night = {"TREE": "acme"}
    call = dial("ivr_tree", press=("1",), settings=night)
    call.hears("Acme's night line").is_bridged_to(ON_CALL).is_carried_through()
    dial("ivr_tree", press=("2",), settings=night).leaves_voicemail(MAILBOX)


def test_a_missing_tree(dial: Dial) -> None:
    """Callers reach the front desk if the tree is missing."""
    call = dial("ivr_tree", settings={"TREE": "nobody"})
    call.is_bridged_to(FRONT_DESK).is_caught()


def test_the_database_is_down(dial: Dial) -> None:
    """Callers reach the front desk if the database is down."""
    call = dial("ivr_tree", press=("1",), settings={"CALL_STATE_TABLE": "gone"})
    call.is_bridged_to(FRONT_DESK).is_caught()

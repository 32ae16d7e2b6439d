"""The form with an account's settings: its rows, and what an operator sends back.

An empty field has no value of its own, and follows the layer below it. The field of an optional
setting has a checkbox for no value at all, which is a value.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from catalogue import Declared, Setting
from form import Form

from pivotkit.core.setting_types import MOST_CHARACTERS, DeviceIds, Names, UserIds, Whole
from pivotkit.core.settings import Field
from pivotkit.store.account_entries import InForce, Layers, is_valid

PREFIX = "set."
NONE = "none"
IGNORED = "This value is ignored: it "
BOTH = "Enter a value, or check none: not both."
LISTS = (DeviceIds, Names, UserIds)
"""Types of lists, which are entered or pasted one item a line."""

BOOLEANS = ("true", "false")


class Widget(NamedTuple):
    """The element of a form that a type is entered with, and its limits."""

    kind: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    @classmethod
    def of(cls, declared: Field) -> "Widget":
        """The element for a setting."""
        if declared.is_secret:
            return cls("secret")
        if declared.choices or declared.kind is bool:
            return cls("select", declared.choices or BOOLEANS)
        if issubclass(declared.kind, LISTS):
            return cls("list", most=MOST_CHARACTERS)
        if issubclass(declared.kind, Whole):
            return cls("number", (), declared.kind.least, declared.kind.most)
        return cls("number") if declared.kind is int else cls("text", most=MOST_CHARACTERS)


class Row(NamedTuple):
    """A setting in the form.

    `text` is in the field, and `none` the state of its checkbox. `inherited` is in force while
    the field is empty, `in_force` now. `layers` are the texts by layer, the lowest first.
    """

    setting: Setting
    widget: Widget
    text: str
    none: bool
    inherited: InForce
    in_force: InForce
    layers: Mapping[str, str | None]
    fault: str

    @property
    def id(self) -> str:
        """The ID of the field in the page."""
        return f"setting-{self.setting.field.name}"


class Sent(NamedTuple):
    """A form as an operator sent it: new values, settings to unset, and rules that were broken."""

    values: dict[str, str]
    removed: list[str]
    faults: dict[str, str]

    @classmethod
    def of(cls, declared: Declared, form: Form) -> "Sent":
        """The content of a posted form. A setting that it lacks stays as it is."""
        sent = cls({}, [], {})
        for each in declared.settings:
            name = each.field.name
            if each.field.is_secret or PREFIX + name not in form.texts:
                continue
            text = _normal(each.field, form.text(PREFIX + name))
            is_none = name in form.every(NONE)
            if text or is_none:
                sent.add(each.field, text)
            else:
                sent.removed.append(name)
            if text and is_none:
                sent.faults[name] = BOTH
        return sent

    def add(self, declared: Field, text: str) -> None:
        """Add the value of a field, or the rule that it breaks."""
        try:
            declared.read(text)
        except ValueError as error:
            self.faults[declared.name] = str(error)
        self.values[declared.name] = text


def _normal(declared: Field, text: str) -> str:
    """The text of a field as it is stored: a list has spaces between its items, not lines."""
    is_list = not declared.is_secret and issubclass(declared.kind, LISTS)
    return " ".join(text.replace(",", " ").split()) if is_list else text.strip()


def layers_of(
    declared: Declared, account: Mapping[str, str], number: Mapping[str, str] | None
) -> Layers:
    """The layers of a function's settings. *number* is None unless they are a number's."""
    return Layers(
        default={each.field.name: each.default for each in declared.settings},
        deployment={
            each.field.name: text
            for each in declared.settings
            if (text := each.in_deployment) is not None
        },
        account=account,
        number=number or {},
    )


def rows(
    declared: Declared, layers: Layers, *, by_number: bool, sent: Sent | None = None
) -> Iterator[Row]:
    """The rows of the form, with what was *sent* in place of what is stored."""
    own = layers.number if by_number else layers.account
    texts = own if sent is None else {**own, **sent.values}
    below = Layers(layers.default, layers.deployment, layers.account if by_number else {})
    for each in declared.settings:
        name = each.field.name
        removed = sent is not None and name in sent.removed
        text = None if removed else texts.get(name)
        yield Row(
            setting=each,
            widget=Widget.of(each.field),
            text=text or "",
            none=text == "" and each.field.optional,
            inherited=below.in_force(each.field),
            in_force=layers.in_force(each.field),
            layers=_texts(each, layers, by_number=by_number),
            fault=_fault(each.field, text, sent),
        )


def _fault(declared: Field, text: str | None, sent: Sent | None) -> str:
    """The rule that a row breaks: as it was sent, or as it is stored."""
    if sent is not None:
        return sent.faults.get(declared.name, "")
    stored = text is not None and not declared.is_secret
    return IGNORED + declared.rule if stored and not is_valid(declared, text or "") else ""


def _texts(setting: Setting, layers: Layers, *, by_number: bool) -> dict[str, str | None]:
    """The texts of a setting by layer; None where a layer has none."""
    if setting.field.is_secret:
        return {}
    name = setting.field.name
    shown: dict[str, str | None] = {"default": setting.default}
    shown["deployment"] = setting.in_deployment
    shown["account"] = layers.account.get(name)
    return {**shown, "number": layers.number.get(name)} if by_number else shown

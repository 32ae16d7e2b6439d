"""Strategies for everything that the layer's builders can build, derived from their signatures.

A plan describes what to build: a builder and its arguments, which may be plans. Text from outside
is marked, so that a plan can be built again with harmless text. New builders are covered
automatically; only the entries of an audio macro list the builders whose data they take.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NamedTuple,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pivotkit import kazoo, twiml
from pivotkit.core.errors import AnswerError
from pivotkit.kazoo.action import Action

type Builder = Callable[..., Any]


class Free(str):
    """Arbitrary text, such as a caller's name."""

    __slots__ = ()


class Plan(NamedTuple):
    """A builder and its arguments."""

    builder: Builder
    positional: tuple[Any, ...]
    named: dict[str, Any]

    def built(self, harmless: str | None = None) -> Any:
        """Build the plan, with *harmless*, if given, in place of every free text."""
        named = {name: _made(value, harmless) for name, value in self.named.items()}
        return self.builder(*(_made(value, harmless) for value in self.positional), **named)


def _made(value: Any, harmless: str | None) -> Any:
    match value:
        case Plan():
            return value.built(harmless)
        case Free():
            return str(value) if harmless is None else harmless
        case list():
            return [_made(item, harmless) for item in value]
        case dict():
            return {name: _made(item, harmless) for name, item in value.items()}
        case _:
            return value


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20).map(Free)
URLS = st.sampled_from(
    ["https://pivot.example.com/k/pivot/menu?a=1&b=%2C", "http://media.example.com/a.mp3"]
)
IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
KEYS = st.text("0123456789*#", max_size=3)
LANGUAGES = st.sampled_from(["en", "en-us", "de-DE", "fr-ca"])
NUMBERS = st.integers(-1, 100) | st.sampled_from([486, 600, 5000, 5001, 86_400_001, 2**40])
KEPT_TEXT = st.text(
    st.characters(max_codepoint=0xFF, exclude_characters=[*map(chr, range(32))]), max_size=20
).map(Free)
"""Text that KAZOO keeps even in an attribute."""

TEXTS = st.one_of(
    ANY_TEXT, KEPT_TEXT, st.sampled_from(["main", "a b", "en-us", "+14155550142", "USER_BUSY"])
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def texts(name: str) -> SearchStrategy[Any]:
    """Text for the parameter *name*: mostly of the expected kind, sometimes any other."""
    likely = TEXTS
    if "url" in name or name in ("action", "media"):
        likely = URLS
    elif name == "id" or name.endswith("_id"):
        likely = IDS
    elif name in ("number", "targets") or "key" in name or "terminator" in name or "digits" in name:
        likely = KEYS.filter(bool)
    elif name in ("hangup_on", "finish_on_key"):
        likely = st.sampled_from([*"0123456789*#"])
    elif name == "language":
        likely = LANGUAGES
    return st.one_of(likely, likely, likely, likely, TEXTS, IDS, URLS, KEYS)


def entry_of(action: Action) -> dict[str, object]:
    """The audio macro entry that does the same as *action*."""
    return {"macro": action.module, **action.data}


def _object(required: Mapping[str, Any], **optional: Any) -> SearchStrategy[Plan]:
    made = st.fixed_dictionaries(dict(required), optional=optional)
    return made.map(lambda fields: Plan(dict, (), fields))


def entries() -> SearchStrategy[Plan]:
    """Audio macro entries of each kind."""
    acts = [plans(builder) for builder in builders() if builder.__name__ in ("play", "tts")]
    return st.one_of(
        st.one_of(acts).filter(buildable).map(lambda plan: Plan(entry_of, (plan,), {})),
        _object({"macro": st.just("prompt"), "id": texts("id")}, language=LANGUAGES),
        _object(
            {"macro": st.just("say"), "text": TEXTS},
            type=st.sampled_from(["number", "current_time", "name_spelled"]),
            method=st.sampled_from(["none", "pronounced"]),
            gender=st.just("neuter"),
            language=LANGUAGES,
        ),
        _object(
            {"macro": st.just("tone"), "frequencies": st.lists(NUMBERS, min_size=1, max_size=2)},
            duration_on=NUMBERS,
            volume=NUMBERS,
        ),
    )


_NAMED = _object({}, name=TEXTS, number=TEXTS)
OBJECTS: Mapping[str, SearchStrategy[Any]] = {
    "caller_id": st.one_of(_NAMED, _object({"external": _NAMED})),
    "config": _object(
        {}, name=TEXTS, play_welcome=st.booleans(), member=_object({}, join_muted=st.booleans())
    ),
    "macros": st.deferred(entries),
    "media": _object({"fax_option": st.sampled_from([True, False, "auto"])}),
    "recipients": _object(
        {"type": st.just("email"), "id": st.sampled_from(["a@example.com", ["b@c", "d@e"]])}
    ),
    "ringtones": _object({}, internal=TEXTS, external=TEXTS),
    "welcome_prompt": _object({}, play=st.booleans(), media_id=IDS),
}
"""Objects as these parameters take them, alone or in a list."""


def values(name: str, hint: Any) -> SearchStrategy[Any]:
    """Values for the parameter *name* of the type *hint*."""
    if isinstance(hint, TypeAliasType):
        return values(name, hint.__value__)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of([values(name, each) for each in arguments if each is not NoneType])
    if origin is Literal:
        return st.sampled_from(arguments)
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        made = st.dictionaries(
            st.text(min_size=1, max_size=5), values(name, arguments[1]), max_size=3
        )
        known = OBJECTS.get(name, parts())
        return st.one_of(made, known, known) if arguments[1] is object else made
    if inspect.isclass(origin) and issubclass(origin, Iterable):
        return st.lists(values(name, arguments[0]), max_size=3)
    return _of_class(name, hint)


def _of_class(name: str, hint: Any) -> SearchStrategy[Any]:
    if hint is str:
        return texts(name)
    if hint is bool:
        return st.booleans()
    if hint is int:
        # Few repetitions: the reader plays a prompt as often as it says.
        return st.integers(-1, 20) if name == "loop" else NUMBERS
    if hint is Action:
        return actions()
    if inspect.isclass(hint) and issubclass(hint, twiml.TwimlElement):
        return elements(hint)  # type: ignore[arg-type]  # (a class is hashable)
    return JSON


@st.composite
def plans(draw: DrawFn, builder: Builder) -> Plan:
    """Plans that *builder* accepts; rejected ones are excluded as far as possible."""
    hints = get_type_hints(builder.__init__ if inspect.isclass(builder) else builder)
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, parameter in inspect.signature(builder).parameters.items():
        given = values(name, hints.get(name, object))
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += draw(st.lists(given, max_size=3))
        elif parameter.default is parameter.empty:
            positional.append(draw(given))
        elif draw(st.booleans()):
            named[name] = draw(given)
    return _accepted(Plan(builder, tuple(positional), named))


def _accepted(plan: Plan) -> Plan:
    for _ in range(len(plan.named) + 1):
        try:
            plan.built()
        except AnswerError as error:
            plan = plan._replace(named=_without(plan.named, error.field))
    return plan


def _without(named: dict[str, Any], refused: str) -> dict[str, Any]:
    spelt = refused.replace("_", "").lower()
    kept = {name: value for name, value in named.items() if name.replace("_", "") != spelt}
    return kept if len(kept) < len(named) else dict(list(named.items())[1:])


def buildable(plan: Plan) -> bool:
    """Tell whether the builder accepts the plan, both as it is and with harmless text."""
    try:
        plan.built()
        plan.built("x")
    except AnswerError:
        return False
    return True


@cache
def builders() -> Sequence[Builder]:
    """All functions of `pivotkit.kazoo` that build an action."""
    functions = [getattr(kazoo, name) for name in kazoo.__all__]
    return [
        each
        for each in functions
        if inspect.isfunction(each) and get_type_hints(each).get("return") is Action
    ]


@cache
def parts() -> SearchStrategy[Plan]:
    """Functions of `pivotkit.kazoo` that build a part of an action, such as an endpoint."""
    functions = [getattr(kazoo, name) for name in kazoo.__all__]
    makers = [each for each in functions if inspect.isfunction(each) and each not in builders()]
    return st.sampled_from(makers).flatmap(plans).filter(buildable)


@cache
def actions() -> SearchStrategy[Plan]:
    """A single action of any module, without followers."""
    return st.sampled_from(builders()).flatmap(plans).filter(buildable)


@cache
def elements(kind: type[twiml.TwimlElement]) -> SearchStrategy[Plan]:
    """An element of the class *kind* or of a subclass."""
    kinds = [
        each
        for each in vars(twiml).values()
        if inspect.isclass(each)
        and issubclass(each, kind)
        and "__init__" in vars(each)
        and each is not twiml.TwimlElement
    ]
    return st.sampled_from(kinds).flatmap(plans).filter(buildable)


TERMINAL = elements(twiml.Verb).filter(lambda plan: plan.built().terminal)
DOCUMENTS = st.builds(
    lambda verbs, last: Plan(twiml.Response, (*verbs, last), {}),
    st.lists(elements(twiml.Verb), max_size=4),
    TERMINAL,
)


@st.composite
def trees(draw: DrawFn) -> Action:
    """A flow of a few actions, chained or branched wherever KAZOO allows it."""
    flow: Action = draw(actions()).built()
    branch = st.sampled_from(
        ["1", "timeout", "USER_BUSY", "sip:486", "match", "nomatch", "rule_set"]
    )
    for plan in draw(st.lists(actions(), max_size=4)):
        added: Action = plan.built()
        try:
            flow = added >> flow if draw(st.booleans()) else added.on(draw(branch), flow)
        except AnswerError:
            flow = added
    return flow

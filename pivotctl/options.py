"""Options: values of a stack that seldom change, packed into two of its parameters.

`sam deploy --guided` asks for every parameter, and for a hidden one until something is typed. So
infra/ declares most values under `Options`, as CloudFormation declares parameters. In template.yaml
they are members of the parameter `Options`, or of `Secrets` if they are hidden: text such as
`LogRetentionDays=90;FanOut=on`. Every `!Ref` of an option becomes the expression that reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OPTIONS, SECRETS = "Options", "Secrets"
PACKED = (OPTIONS, SECRETS)
"""The parameters that hold options: shown ones, and hidden ones."""

METADATA = "PivotFunctions"
"""The key of template.yaml's Metadata that lists the options."""


class OptionError(ValueError):
    """An option is unknown, or its value is refused. The message has name, value, and rule."""


@dataclass(frozen=True)
class Option:
    """One option. `holder` is the parameter that holds it; `default` is None if it is required."""

    name: str
    holder: str
    default: str | None
    pattern: str
    description: str
    rule: str = ""
    needs: str = ""

    @classmethod
    def declared(cls, name: str, spec: Mapping[str, Any]) -> Option:
        """The option with a declaration in the syntax of a parameter, and `Needs`."""
        default = spec.get("Default")
        return cls(
            name,
            SECRETS if spec.get("NoEcho") else OPTIONS,
            None if default is None else str(default),
            _pattern(spec),
            " ".join(str(spec.get("Description", "")).split()),
            str(spec.get("ConstraintDescription", "")),
            str(spec.get("Needs", "")),
        )

    @property
    def expression(self) -> str:
        """The YAML that reads the option: the text after its name, or after that of its default."""
        default = f"{self.name}={self.default or ''}"
        text = f'!Join [";", ["", !Ref {self.holder}, "{default}", ""]]'
        return f'!Select [0, !Split [";", !Select [1, !Split [";{self.name}=", {text}]]]]'

    @property
    def entry(self) -> dict[str, str]:
        """Its entry in template.yaml's Metadata."""
        found = {"In": self.holder, "Pattern": self.pattern, "Description": self.description}
        given = {"Rule": self.rule, "Needs": self.needs}
        found |= {key: value for key, value in given.items() if value}
        return found if self.default is None else {**found, "Default": self.default}

    def require(self, value: str) -> None:
        """Raise `OptionError` unless *value* is allowed."""
        if not re.fullmatch(self.pattern, value):
            shown = "the value" if self.holder == SECRETS else repr(value)
            raise OptionError(
                f"{self.name}: {shown} {self.rule or f'does not match {self.pattern}'}"
            )


def _pattern(spec: Mapping[str, Any]) -> str:
    """The regular expression of the values, without anchors."""
    if allowed := spec.get("AllowedValues"):
        return "|".join(map(str, allowed))
    if pattern := spec.get("AllowedPattern"):
        return str(pattern).removeprefix("^").removesuffix("$")
    return "[^;]*"


def of_template(body: Mapping[str, Any]) -> dict[str, Option]:
    """The options of a template.yaml, by name."""
    listed = (body.get("Metadata") or {}).get(METADATA, {}).get(OPTIONS) or {}
    return {
        name: Option(
            name,
            each["In"],
            each.get("Default"),
            each["Pattern"],
            each.get("Description", ""),
            each.get("Rule", ""),
            each.get("Needs", ""),
        )
        for name, each in listed.items()
    }


def packed(options: Mapping[str, Option], values: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a stack with *values*: options go into the parameters that hold them.

    Other parameters stay as they are. Options in `Options` or `Secrets` keep their place. Raises
    `OptionError`.
    """
    made = {name: value for name, value in values.items() if name not in options}
    for name, value in values.items():
        if name in options:
            options[name].require(value)
            holder = options[name].holder
            made[holder] = ";".join(filter(None, [f"{name}={value}", made.get(holder, "")]))
    return made


def unpacked(text: str) -> dict[str, str]:
    """The options in the text of a parameter that holds them; the first of a name counts."""
    pairs = [each.partition("=") for each in text.split(";") if each]
    return {name: value for name, _, value in reversed(pairs)}


def allowed_pattern(options: Iterable[Option]) -> str:
    """The AllowedPattern of a parameter that holds *options*."""
    every = list(options)
    needed = "".join(f"(?=(.*;)?{each.name}=)" for each in every if each.default is None)
    needed += "".join(
        f"(?=.*{each.needs}=.|(?!(.*;)?{each.name}=(?!{each.default}(;|$))))"
        for each in every
        if each.needs
    )
    members = "|".join(f"{each.name}=({each.pattern})" for each in every)
    return f"^{needed}(({members})(;|$))*$"


def lowered(text: str, options: Iterable[Option]) -> str:
    """The text of a template with an expression in place of each `!Ref` of an option."""
    expressions = {each.name: each.expression for each in options}
    if not expressions:
        return text
    names = "|".join(expressions)
    return re.sub(rf"!Ref ({names})\b(?!:)", lambda found: expressions[found[1]], text)

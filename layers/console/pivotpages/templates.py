"""Templates of pages. Everything in them is escaped; a name that is missing is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pivotpages.assets import Assets

_HERE = Path(__file__).parent / "templates"
_CODE = Markup("<code>{}</code>")


def environment(folder: Path, assets: Assets) -> Environment:
    """The templates in *folder*, and the shared ones that it does not have itself.

    `asset_url` is the URL of a file of *assets*.
    """
    made = Environment(
        loader=FileSystemLoader((folder, _HERE)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset_url"] = assets.url
    made.filters["with_code"] = with_code
    return made


def with_code(text: str) -> Markup:
    """*text*, with what is between backticks as code."""
    parts = enumerate(text.split("`"))
    return Markup("").join(_CODE.format(part) if at % 2 else part for at, part in parts)

"""Links to the files in the bucket."""

import re
from collections.abc import Callable
from urllib.parse import quote

from pivotkit.core.settings import SettingError

_ADDRESS = re.compile(r"https://[A-Za-z0-9.:/_~=&?%-]+")


def link_maker(style: str, bucket: str, region: str) -> Callable[[str], str]:
    """Return a function that makes a link to a place in *bucket*, '' for no link.

    *style* is `console`, `s3`, `none`, or the address of a page. Raises `SettingError`.
    """
    console = f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix="
    bases = {"console": console, "s3": f"s3://{bucket}/", "none": ""}
    if style not in bases and not _ADDRESS.fullmatch(style):
        raise SettingError("LINK", style, "must be console, s3, none or begin with https://")
    base = bases.get(style, f"{style.rstrip('/')}/")

    def link(place: str) -> str:
        return f"{base}{quote(place)}" if base else ""

    return link

"""Links to the files in the bucket."""

from collections.abc import Callable
from urllib.parse import quote

from pivotkit.deliveries.media_notes import MediaLink


def link_maker(style: str, bucket: str, region: str) -> Callable[[str], str]:
    """Return a function that makes a link to a place in *bucket*, '' for no link.

    *style* is `console`, `s3`, `none`, or the address of a page. Raises `ValueError`.
    """
    console = f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix="
    bases = {"console": console, "s3": f"s3://{bucket}/", "none": ""}
    base = bases.get(MediaLink(style), f"{style.rstrip('/')}/")

    def link(place: str) -> str:
        return f"{base}{quote(place)}" if base else ""

    return link

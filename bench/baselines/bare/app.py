"""Nothing but an answer: what the runtime itself costs."""

ANSWER = {"statusCode": 200, "body": "{}"}


def handler(_event: object, _context: object) -> dict[str, object]:
    """Answer."""
    return ANSWER

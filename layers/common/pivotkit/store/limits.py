"""Limits on requests to AWS that a caller outlasts.

By default the SDK retries a throttled table for up to 25 seconds. KAZOO waits for five.
"""

ANSWER_SECONDS = 0.4

# A cold start's TLS handshake takes some 0.2 s of a small Lambda's share of a processor.
CONNECT_SECONDS = 0.5

ATTEMPTS = 2

"""What `QA_SESSION_SECRET` signs for browsers, a purpose each: a token of one opens no other."""

import base64
import hashlib
import hmac

from itsdangerous import URLSafeSerializer


def signer(secret: str, purpose: str) -> URLSafeSerializer:
    """JSON values in text that fits a cookie, with their HMAC-SHA-256; `loads` raises BadData."""
    return URLSafeSerializer(
        secret,
        salt=f"qa_service {purpose}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def derived(secret: str, purpose: str, flow: str) -> str:
    """43 characters that only whoever holds the secret can tell from `flow`."""
    mac = hmac.digest(secret.encode(), f"qa_service {purpose} {flow}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")

"""Who visits: a name that stays with the browser, made from a secret in a cookie that the server sets."""

import hashlib
import re
import secrets

import streamlit as st

from explorer.ui.address.visit import OWNER

COOKIE = "explorer_visitor"
YEAR = 60 * 60 * 24 * 365  # seconds
SECRET = re.compile("[0-9a-f]{32}")
NAME = re.compile("v[0-9a-f]{16}")


def visitor() -> str:
    """The visitor's name, which tells nothing of the secret; without a cookie, the name of this visit alone."""
    secret = str(st.context.cookies.get(COOKIE, ""))
    if SECRET.fullmatch(secret):
        return "v" + hashlib.sha256(secret.encode()).hexdigest()[:16]
    OWNER.set(OWNER.get() or f"v{secrets.token_hex(8)}")
    return OWNER.get()


def is_visitor(owner: str) -> bool:
    """True if an owner is a visitor of this dashboard; the command line and older versions left other names."""
    return NAME.fullmatch(owner) is not None


def new_cookie() -> str:
    """A cookie for a browser that has none: no script can read it, nor another dashboard below the same host."""
    return f"{COOKIE}={secrets.token_hex(16)}; Max-Age={YEAR}; SameSite=Lax; HttpOnly"

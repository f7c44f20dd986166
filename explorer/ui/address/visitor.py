"""Who visits: a name that stays with the browser, made from a secret in a cookie that the server sets."""

import hashlib
import re
import secrets

import streamlit as st

from explorer.places import runs_root
from explorer.training.identity import identity_of
from explorer.ui.address.visit import OWNER

COOKIE = "visitor"
YEAR = 60 * 60 * 24 * 365  # seconds
SECRET = re.compile("[0-9a-f]{32}")
NAME = re.compile("v[0-9a-f]{16}")


def cookie(name: str) -> str:
    """The full name of one of the dashboard's cookies.

    A browser sends what it keeps to every port of a host. With the identity of the folder of runs in their names, two
    dashboards do not share a cookie, and one that starts again at another port finds its visitors again.
    """
    return f"explorer_{name}_{identity_of(runs_root())}"


def visitor() -> str:
    """The visitor's name, which tells nothing of the secret; without a cookie, the name of this visit alone."""
    secret = str(st.context.cookies.get(cookie(COOKIE), ""))
    if SECRET.fullmatch(secret):
        return "v" + hashlib.sha256(secret.encode()).hexdigest()[:16]
    OWNER.set(OWNER.get() or f"v{secrets.token_hex(8)}")
    return OWNER.get()


def is_visitor(owner: str) -> bool:
    """True if an owner is a visitor of this dashboard; the command line and older versions left other names."""
    return NAME.fullmatch(owner) is not None


def new_cookie() -> str:
    """A cookie for a browser that has none, which no script can read."""
    return f"{cookie(COOKIE)}={secrets.token_hex(16)}; Max-Age={YEAR}; SameSite=Lax; HttpOnly"

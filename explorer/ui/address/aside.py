"""A part of a script that is run aside: with the visitor's choices as they are, and without a trace on the page.

Streamlit hands every command to the script's context: its choices, its address, its widgets, its way to the browser.
Aside, another context takes their place for a while, so that whatever is called there, a widget, a button, a toast or a
rerun, finds the same choices and can neither meet its own twin on the page nor change anything there.
"""

import copy
import threading
from collections.abc import Callable
from contextvars import Context
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from streamlit.cursor import RunningCursor
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, ThreadState
from streamlit.runtime.scriptrunner_utils.script_run_context_attr import SCRIPT_RUN_CONTEXT_ATTR_NAME
from streamlit.runtime.scriptrunner_utils.shared_run_state import SharedRunState
from streamlit.runtime.state import SafeSessionState

T = TypeVar("T")
PLACE = 1_000_000  # beyond every element of a page: a picture that is sent from here takes no other picture's place


def aside(work: Callable[[], T], sent: Callable[[ForwardMsg], None] = lambda message: None) -> T:
    """The result of some work that may call anything of Streamlit; the page and the visitor's choices stay as they are.

    A button is not pressed there, and no callback is called. A visitor who goes on meanwhile ends the work.

    Args:
        work: what is done.
        sent: told each message that would have gone to the browser.

    Raises:
        RuntimeError: outside a script that draws a page.
    """
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("There is no page to stand aside from: call this while a page is drawn.")
    thread, script = threading.current_thread(), ThreadState.get().active_script_hash
    other = _beside(context, sent)

    def begun() -> T:
        ThreadState.initialize(active_script_hash=script)  # a widget's id follows from it, and its value from that
        return work()

    setattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, other)
    try:
        return Context().run(begun)  # not inside the containers and the fragment that are open here
    finally:
        setattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, context)


def _beside(context: ScriptRunContext, sent: Callable[[ForwardMsg], None]) -> ScriptRunContext:
    """A context with the same choices, whose messages go elsewhere."""
    choices = _copy(context.session_state._state)
    choices._reset_triggers()  # a button that was pressed on the page is not pressed once more
    other = copy.copy(context)
    other._enqueue = sent
    other.session_state = SafeSessionState(choices, context.yield_check)
    other.shared = SharedRunState()
    other.cursors = {RootContainer.MAIN: RunningCursor(RootContainer.MAIN, (PLACE,))}
    other.fragment_storage = MemoryFragmentStorage()
    other.fragment_ids_this_run = None
    other.script_requests = None  # nothing there has the page drawn again
    other.cached_message_hashes = frozenset()
    return other


def _copy(thing: Any) -> Any:
    """The same with dictionaries, lists and sets of its own; what these hold is shared."""
    if is_dataclass(thing):
        own: Any = copy.copy(thing)
        for field in fields(thing):
            object.__setattr__(own, field.name, _copy(getattr(thing, field.name)))
        return own
    return copy.copy(thing) if isinstance(thing, dict | list | set) else thing

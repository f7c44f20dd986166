"""The prepared run in the address, so that it can be shared before it is trained."""

from collections.abc import Callable

from explorer.config import RunConfig, compact, expanded
from explorer.errors import ExplorerError
from explorer.ui.address import link
from explorer.ui.address.settings import Setting
from explorer.ui.address.visit import PREPARED, field_of_form


def begin(
    setting: Setting[str],
    key: str,
    first: RunConfig,
    belongs: Callable[[RunConfig], bool],
    use: Callable[[RunConfig], None],
    *,
    needs_first: bool = False,
) -> None:
    """Fill a form from the address if that was just opened; call it before the form is drawn.

    Args:
        setting: CONFIG or PICTURES: where the configuration stands in the address.
        key: the prefix of the form's widgets.
        first: what the form holds unless something else is chosen.
        belongs: whether the form can hold a configuration.
        use: fills the form.
        needs_first: whether an untouched form has to be filled with ``first``.
    """
    asked, written = setting.get(), PREPARED.of(key).get()
    if asked and asked != written:
        try:
            config = expanded(asked)
            if not belongs(config):
                raise ExplorerError(f"{config.model.name} on {config.dataset.name} belongs on another page.")
            use(config)
        except ExplorerError as error:
            link.say_once(f"The run that the address prepares cannot be prepared here. {error}")
    elif not asked:
        reset = written and link.went_back()
        untouched = needs_first and not field_of_form(f"{key}.dataset.name").noted
        if reset or untouched:
            use(first)


def write(setting: Setting[str], key: str, config: RunConfig, first: RunConfig) -> None:
    """Write a form's configuration into the address, unless it is the first one; call it after the form is drawn."""
    written = "" if config == first else compact(config)
    PREPARED.of(key).set(written)
    setting.set(written)

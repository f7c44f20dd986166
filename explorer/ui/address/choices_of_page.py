"""Step and view of each page: who comes back finds them as they were, unless the address says otherwise."""

from explorer.ui.address import link
from explorer.ui.address.settings import STEP, VIEW
from explorer.ui.address.visit import CHOICES_OF_PAGE, CHOICES_PAGE

KEPT = (STEP, VIEW)


def restore(page: str) -> None:
    """Choose what this page showed last; call it before the page's widgets are drawn.

    Args:
        page: the page's name, which no other page has.
    """
    if CHOICES_PAGE.get() == page:
        return
    CHOICES_PAGE.set(page)
    before = CHOICES_OF_PAGE.get().get(page)
    if before is None or link.went_back():
        return
    for setting in KEPT:
        if setting.text():
            continue
        if setting.name in before:
            setting.set(before[setting.name])
        else:
            setting.drop()


def note() -> None:
    """Remember what the page shows; call it once its widgets are drawn, in fragments too."""
    chosen = {setting.name: setting.get() for setting in KEPT if setting.chosen}
    CHOICES_OF_PAGE.set({**CHOICES_OF_PAGE.get(), CHOICES_PAGE.get(): chosen})

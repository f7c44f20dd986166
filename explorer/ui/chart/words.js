// The words around a chart: its title, a line on how to read it, and the card that says what it shows.

export function words(root, title, { kind, reading }) {
  const [name, ask, card, line] = ["name", "ask", "card", "reading"].map((one) => root.querySelector(`.explorer-${one}`));
  name.textContent = title;
  line.textContent = reading;
  root.setAttribute("aria-label", title || reading);
  ask.setAttribute("aria-label", `What this shows: ${title || reading}`);
  card.setAttribute("aria-label", title || reading);
  if (card.dataset.kind !== kind) card.replaceChildren();
  card.dataset.kind = kind;
  if (ask.popoverTargetElement) return;
  ask.popoverTargetElement = card;
  // the page may move below it by itself, while charts are drawn: the card goes along with its sign, and leaves with it
  const follow = (event) => {
    if (card.contains(event.target)) return;
    const { top, bottom } = ask.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) card.hidePopover();
    else place(card, ask);
  };
  card.addEventListener("beforetoggle", async (event) => {
    if (event.newState !== "open") return document.removeEventListener("scroll", follow, true);
    document.addEventListener("scroll", follow, true);
    if (!card.hasChildNodes()) await explain(card);
    if (card.isConnected) place(card, ask);
  });
  card.addEventListener("toggle", (event) => event.newState === "open" && place(card, ask));
}

async function explain(card) {
  const answer = await fetch(new URL(`about/${card.dataset.kind}`, import.meta.url)).catch(() => null);
  const text = answer?.ok ? await answer.text() : "";
  // a missing route answers 200 with the index page: only the beginning proves that it is ours
  if (text.startsWith('<div class="explorer-about">')) card.innerHTML = text;
  else card.textContent = "This could not be fetched: is the dashboard still running?";
}

// below its sign, or above where there is more room, and never beyond the window
function place(card, ask) {
  const at = ask.getBoundingClientRect();
  const [width, height] = [card.offsetWidth, card.offsetHeight];
  const below = at.bottom + 6;
  const top = below + height <= innerHeight - 8 ? below : Math.max(8, at.top - height - 6);
  card.style.left = `${Math.max(16, Math.min(at.left, innerWidth - width - 16))}px`;
  card.style.top = `${Math.min(top, Math.max(8, innerHeight - height - 8))}px`;
}

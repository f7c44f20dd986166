// Copies the address as the browser shows it, completed by what it leaves out as the usual.
const COPY = "Copy link", DONE = "Copied", SHOWN = 2000; // milliseconds

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button"), status = parentElement.querySelector("span");
  button.textContent = COPY;
  button.title = "Copies an address that shows exactly this: page, run, step and every choice.";
  button.onclick = async () => {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries(data.settings))
      if (!address.searchParams.has(name)) address.searchParams.set(name, value);
    status.textContent = (await copied(address.href)) ? DONE : address.href;
    setTimeout(() => { if (status.textContent === DONE) status.textContent = ""; }, SHOWN);
  };
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // without https, or forbidden: the address is shown, to be copied by hand
    return false;
  }
}

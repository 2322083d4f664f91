// The list of nodes while one types: the same page is asked for in the background and its list put in place of the one that is shown. The
// form works without this; where the background fails, it is sent.
const WAIT_MS = 250;

const form = document.querySelector<HTMLFormElement>('form[data-live]');
const place = document.querySelector<HTMLElement>(`#${form?.dataset['live'] ?? 'nowhere'}`);

/** The address that the form would lead to, without what was left empty. */
function addressOf(filled: HTMLFormElement): URL {
  const address = new URL(filled.action);
  address.search = '';
  for (const [name, value] of new FormData(filled))
    if (typeof value === 'string' && value !== '') address.searchParams.set(name, value);
  return address;
}

async function listAt(address: URL, signal: AbortSignal): Promise<Element | null> {
  const answer = await fetch(`${address.pathname}${address.search}`, { signal, redirect: 'error' });
  if (!answer.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector(`#${place?.id ?? ''}`);
}

let running = new AbortController();
let waiting = 0;

async function renew(filled: HTMLFormElement, shown: HTMLElement): Promise<void> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const address = addressOf(filled);
  try {
    const list = await listAt(address, signal);
    if (signal.aborted) return;
    if (list === null) throw new Error('no list');
    shown.replaceChildren(...list.childNodes);
    history.replaceState(null, '', `${address.pathname}${address.search}`);
  } catch {
    if (!signal.aborted) filled.requestSubmit();
  }
}

if (form !== null && place !== null) {
  const later = (ms: number): void => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void renew(form, place), ms);
  };
  form.addEventListener('input', (event) => later(event.target instanceof HTMLSelectElement ? 0 : WAIT_MS));
}

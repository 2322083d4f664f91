// Lets a reader send the requests of the reference page. The key lives in one input and goes to this origin only, in a header.
const BYTES_SHOWN_MAX = 65_536;
const WAIT_MS_MAX = 30_000;

const keyForm = document.querySelector<HTMLFormElement>('form.key');
const keyInput = document.querySelector<HTMLInputElement>('#key');

type Field = HTMLInputElement | HTMLTextAreaElement;
const fieldsOf = (form: HTMLFormElement, place: string): Field[] => [...form.querySelectorAll<Field>(`[data-in="${place}"]`)];

/** The request that the fields describe; empty query parameters are left out. */
function requestOf(form: HTMLFormElement): Request {
  const path = (form.dataset['path'] ?? '').replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const field = fieldsOf(form, 'path').find((one) => one.name === name);
    return encodeURIComponent(field?.value ?? '');
  });
  const url = new URL(path, location.origin);
  for (const { name, value } of fieldsOf(form, 'query')) if (value !== '') url.searchParams.set(name, value);
  const headers = new Headers();
  for (const { name, value } of fieldsOf(form, 'header')) if (value !== '') headers.set(name, value);
  const key = keyInput?.value.trim() ?? '';
  if (key !== '') headers.set('authorization', `Bearer ${key}`);
  const body = fieldsOf(form, 'body')[0]?.value ?? '';
  if (body !== '') headers.set('content-type', 'application/json');
  return new Request(url, {
    method: form.dataset['method'] ?? 'GET',
    headers,
    credentials: 'omit',
    signal: AbortSignal.timeout(WAIT_MS_MAX),
    ...(body === '' ? {} : { body }),
  });
}

const TOLD = ['content-type', 'etag', 'cache-control', 'location', 'ratelimit', 'retry-after'];

function headOf(answer: Response, ms: number): string {
  const lines = TOLD.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [`${name}: ${value}`];
  });
  return [`${String(answer.status)} ${answer.statusText}`.trim() + ` · ${String(Math.round(ms))} ms`, ...lines].join('\n');
}

const pretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

/** Shows the answer as it comes: a stream of events has no end to wait for. */
async function show(answer: Response, head: string, into: HTMLElement): Promise<void> {
  const say = (text: string): void => {
    into.textContent = `${head}\n\n${text}`;
  };
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('application/octet-stream')) {
    say(`${String((await answer.arrayBuffer()).byteLength)} bytes`);
    return;
  }
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const step = await reader?.read();
    if (step === undefined || step.done) break;
    text += step.value;
    if (text.length > BYTES_SHOWN_MAX) {
      await reader?.cancel();
      say(`${text.slice(0, BYTES_SHOWN_MAX)}\n… and more`);
      return;
    }
    say(text);
  }
  say(type.includes('json') ? pretty(text) : text);
}

function enable(form: HTMLFormElement): void {
  const output = form.querySelector('output');
  const button = form.querySelector('button');
  if (output === null || button === null) return;
  const pre = document.createElement('pre');
  pre.tabIndex = 0;
  output.append(pre);
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    output.hidden = false;
    button.disabled = true;
    pre.textContent = '…';
    const started = performance.now();
    let request: Promise<Response>;
    try {
      request = fetch(requestOf(form));
    } catch (error) {
      request = Promise.reject(error instanceof Error ? error : new Error('The request could not be made.'));
    }
    request
      .then((answer) => show(answer, headOf(answer, performance.now() - started), pre))
      .catch((error: unknown) => (pre.textContent = `No answer: ${error instanceof Error ? error.message : 'unknown'}.`))
      .finally(() => (button.disabled = false));
  });
}

keyForm?.addEventListener('submit', (event) => event.preventDefault());
if (keyForm !== null) keyForm.hidden = false;
document.querySelectorAll<HTMLFormElement>('form.try').forEach(enable);

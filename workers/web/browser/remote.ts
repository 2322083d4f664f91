// Requests that the reader's browser makes for "Verify this": the service that served the page, and the RPC that the reader chose.
// Answers are bounded in size and time, and nothing of the reader's goes along.
import type { LeafPorts } from '../../../chain/leaf-check.ts';

/** A proof under the largest tree is below 8 kB, an answer of the RPC below 1 kB. */
const ANSWER_BYTES_MAX = 256 * 1024;
const TIMEOUT_MS = 15_000;

async function bounded(response: Response): Promise<unknown> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let length = 0; reader !== undefined;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > ANSWER_BYTES_MAX) {
      await reader.cancel();
      throw new Error('The answer is larger than any right answer can be.');
    }
    text += decoder.decode(value, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode()) as unknown;
  } catch {
    throw new Error('The answer is no JSON.');
  }
}

const options = (): RequestInit => ({ credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });

async function ask(what: string, url: string, init: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { ...options(), ...init }).catch(() => {
    throw new Error(`${what} could not be reached, or does not let pages ask it.`);
  });
  const body = await bounded(response);
  return { status: response.status, body };
}

const text = (value: unknown, key: string): string => {
  const found = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  return typeof found === 'string' ? found : '';
};

/** @throws Error where `rpcUrl` is no address that a page may ask */
export function remotePorts(rpcUrl: string): LeafPorts {
  const url = URL.canParse(rpcUrl) ? new URL(rpcUrl) : null;
  const loopback = url !== null && ['127.0.0.1', 'localhost'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) {
    throw new Error('The address of an RPC begins with https://, or with http://127.0.0.1 for one on this machine.');
  }
  let id = 0;
  return {
    api: async (path) => {
      const { status, body } = await ask('This service', path, {});
      if (status !== 200) throw new Error(text(body, 'detail') || `This service answered ${String(status)}.`);
      return body;
    },
    rpc: async (method, params) => {
      const request = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params });
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: request };
      const { body } = await ask('The RPC', url.href, init);
      const { result, error } = (typeof body === 'object' && body !== null ? body : {}) as { result?: unknown; error?: unknown };
      if (result === undefined) throw new Error(`The RPC refused ${method}: ${text(error, 'message') || 'it gave no result'}.`);
      return result;
    },
  };
}

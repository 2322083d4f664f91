// A server of the adversary's own before an honest runner: it sees each request first, and answers itself, hangs up, or lets it through.
// Plain HTTP only, as tests and the embedded network use it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readBody } from '../server/body.ts';
import { listenOn } from '../server/http.ts';
import type { Parts } from '../server/parts.ts';
import type { Behaviour, Options } from './behaviour.ts';

export type Asked = { readonly method: string; readonly path: string; readonly body: Uint8Array };
export type Said = { readonly status: number; readonly type: string; readonly body: Uint8Array };
/** Null hangs up. @param next asks the honest runner behind */
export type Decide = (asked: Asked, next: () => Promise<Said>) => Promise<Said | null>;

const BODY_BYTES_MAX = 8 * 1024;
const OCTETS = 'application/octet-stream';

export const octets = (body: Uint8Array): Said => ({ status: 200, type: OCTETS, body });

/** The same request at another place, and its answer as it came. */
export async function passOn(origin: string, { method, path, body }: Asked): Promise<Said> {
  const headers = { 'content-type': OCTETS };
  const response = await fetch(origin + path, {
    ...{ method, headers, redirect: 'manual' },
    ...(method === 'GET' ? {} : { body: Uint8Array.from(body) }),
  });
  const answer = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, type: response.headers.get('content-type') ?? OCTETS, body: answer };
}

async function serve(request: IncomingMessage, response: ServerResponse, origin: string, decide: Decide): Promise<void> {
  const body = request.method === 'GET' ? new Uint8Array() : await readBody(request, BODY_BYTES_MAX);
  const asked = { method: request.method ?? 'GET', path: request.url ?? '/', body };
  const said = await decide(asked, () => passOn(origin, asked));
  if (said === null) {
    request.socket.destroy();
    return;
  }
  response.writeHead(said.status, { 'content-type': said.type, 'content-length': said.body.length });
  response.end(said.body);
}

/** @param makeDecide called once, when the runner starts */
export function withFront(makeDecide: (parts: Parts, options: Options) => Decide): Behaviour {
  return (parts, options) => ({
    ...parts,
    async listen(server, settings) {
      const inner = await parts.listen(server, { ...settings, host: '127.0.0.1', port: 0 });
      const decide = makeDecide(parts, options);
      const origin = `http://127.0.0.1:${String(inner)}`;
      const front = createServer((request, response) => {
        serve(request, response, origin, decide).catch(() => request.socket.destroy());
      });
      server.once('close', () => {
        front.closeAllConnections();
        front.close();
      });
      return listenOn(front, settings);
    },
  });
}

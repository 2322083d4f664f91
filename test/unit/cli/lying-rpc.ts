// An RPC between the command line and a real chain, which may answer otherwise than the chain does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is answered instead of `result`. */
export type Lie = (method: string, result: unknown) => unknown;

export type Proxy = {
  readonly url: string;
  /** Asked so far. */
  readonly methods: string[];
  stop(): Promise<void>;
};

export async function startProxy(rpcUrl: string, lie: Lie): Promise<Proxy> {
  const methods: string[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      let body = '';
      for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
      const { method } = JSON.parse(body) as { method: string };
      methods.push(method);
      const headers = { 'content-type': 'application/json' };
      const answered = (await (await fetch(rpcUrl, { method: 'POST', headers, body })).json()) as { result?: unknown };
      const said = 'result' in answered ? { ...answered, result: lie(method, answered.result) } : answered;
      response.writeHead(200, headers).end(JSON.stringify(said));
    };
    void answer();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, methods, stop };
}

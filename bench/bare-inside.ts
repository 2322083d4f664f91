// Bare HTTP from inside workerd: the same two POSTs an audit makes, with the same bodies to the same servers, and nothing else. POST
// /prepare with the bodies, then POST /run/<concurrency>.
import { fromHex, type Hex } from '../protocol/bytes.ts';

export type Exchange = { readonly url: string; readonly challenge: Hex; readonly draw: Hex };

let exchanges: { url: string; challenge: Uint8Array<ArrayBuffer>; draw: Uint8Array<ArrayBuffer> }[] = [];

async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const headers = { 'content-type': 'application/octet-stream', 'accept-encoding': 'identity' };
  const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
  if (response.status !== 200) throw new Error(`${url} answers ${String(response.status)}`);
  return (await response.arrayBuffer()).byteLength;
}

export async function answer(request: Request): Promise<Response> {
  const [, verb, width = '1'] = new URL(request.url).pathname.split('/');
  if (verb === 'prepare') {
    const given = (await request.json()) as Exchange[];
    const bytes = (hex: Hex): Uint8Array<ArrayBuffer> => new Uint8Array(fromHex(hex));
    exchanges = given.map(({ url, challenge, draw }) => ({ url, challenge: bytes(challenge), draw: bytes(draw) }));
    return Response.json(exchanges.length);
  }
  let next = 0;
  let received = 0;
  const lane = async (): Promise<void> => {
    for (let mine = exchanges[next++]; mine !== undefined; mine = exchanges[next++]) {
      received += await post(`${mine.url}/v1/challenges`, mine.challenge);
      received += await post(`${mine.url}/v1/openings`, mine.draw);
    }
  };
  await Promise.all(Array.from({ length: Number(width) }, lane));
  return Response.json(received);
}

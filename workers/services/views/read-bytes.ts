// A public object's bytes in memory, never more than a bound.
import type { PublicKey, WebPorts } from './ports.ts';

/** null where there is no such object. */
export async function readBytes(
  ports: WebPorts,
  key: PublicKey,
  bytesMax: number,
  range?: { readonly offset: number; readonly length: number },
): Promise<Uint8Array<ArrayBuffer> | null> {
  const object = await ports.objects.get(key, range);
  if (object === null) return null;
  if (object.size > bytesMax) {
    await object.body.cancel();
    throw new Error(`${key} has ${object.size} bytes, more than ${bytesMax}.`);
  }
  return new Uint8Array(await new Response(object.body).arrayBuffer());
}

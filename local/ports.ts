// A port that nothing uses, for an address that has to be known before its server starts.
import { createServer } from 'node:net';
import { LOOPBACK } from './limits.ts';

/** Free when it was looked at; whoever takes it meanwhile makes the start fail with its cause. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

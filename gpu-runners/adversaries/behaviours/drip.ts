// A proper answer, one byte a second: a deadline over the headers alone would wait for minutes.
import type { Behaviour } from '../behaviour.ts';

const PAUSE_MS = 1_000;

export const drip: Behaviour = (parts) => ({
  ...parts,
  reply(response, message) {
    let at = 0;
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': message.length });
    const timer = setInterval(() => {
      response.write(message.subarray(at, ++at));
      if (at === message.length) response.end();
    }, PAUSE_MS);
    response.once('close', () => {
      clearInterval(timer);
    });
    response.write(message.subarray(at, ++at));
  },
});

// Is there, and answers no challenge.
import type { Behaviour } from '../behaviour.ts';

export const refuses: Behaviour = (parts) => ({
  ...parts,
  reply(response) {
    response.writeHead(500, { 'content-length': 0 });
    response.end();
  },
});

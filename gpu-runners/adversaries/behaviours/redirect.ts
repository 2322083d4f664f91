// Sends the auditor elsewhere, say into the auditor's own network. Following it would be the fault.
import type { Behaviour } from '../behaviour.ts';

export const redirect: Behaviour = (parts, { redirectTo }) => ({
  ...parts,
  reply(response) {
    response.writeHead(307, { location: redirectTo ?? 'http://127.0.0.1:9/', 'content-length': 0 });
    response.end();
  },
});

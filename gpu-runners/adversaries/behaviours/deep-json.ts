// Nested JSON in place of a commitment, for auditors that would parse whatever comes.
import type { ServerResponse } from 'node:http';
import type { Behaviour } from '../behaviour.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

function send(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

export const deepJson: Behaviour = (parts) => ({
  ...parts,
  reply: (response) => {
    send(response, nested(5_000_000));
  },
});

/** 160 bytes: fewer than the shortest commitment message. */
export const deepJsonSmall: Behaviour = (parts) => ({
  ...parts,
  reply: (response) => {
    send(response, nested(80));
  },
});

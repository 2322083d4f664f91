// More body than any message has: with the length announced, and without an end in sight.
import type { Behaviour } from '../behaviour.ts';
import { pour } from './pour.ts';

const CHUNK = new Uint8Array(65_536);
const headers = { 'content-type': 'application/octet-stream' };

export const floodHuge: Behaviour = (parts) => ({
  ...parts,
  reply(response) {
    response.writeHead(200, { ...headers, 'content-length': 2 ** 30 });
    void pour(response, CHUNK);
  },
});

export const floodEndless: Behaviour = (parts) => ({
  ...parts,
  reply(response) {
    response.writeHead(200, headers);
    void pour(response, CHUNK);
  },
});

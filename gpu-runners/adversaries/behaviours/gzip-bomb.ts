// One deflate block of a megabyte of zeros, about a kilobyte long, a million times: small on the wire, endless once unpacked. The
// checksum at the end is missing, but nobody gets there.
import { constants, deflateRawSync } from 'node:zlib';
import type { Behaviour } from '../behaviour.ts';
import { pour } from './pour.ts';

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
const BLOCK = deflateRawSync(new Uint8Array(2 ** 20), { level: 9, finishFlush: constants.Z_FULL_FLUSH });

export const gzipBomb: Behaviour = (parts) => ({
  ...parts,
  reply(response) {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip' });
    response.write(HEADER);
    void pour(response, BLOCK);
  },
});

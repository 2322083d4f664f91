// A beacon server with drand's public routes, whose rounds are signed with a test key that everybody can compute. It never signs
// a round before its time; that the production verifier accepts its rounds is the reason that it exists.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BEACON_DST, randomnessOf, roundAt, roundTime, verifyRound } from '../protocol/beacon.ts';
import { toHex, u64, type Hex } from '../protocol/bytes.ts';
import type { Policy } from '../protocol/policy.ts';
import { LocalError } from './errors.ts';
import { BEACON_ROUNDS_KEPT, LOOPBACK } from './limits.ts';

const KEY_TEXT = 'assay embedded beacon: a public test key';

export type Beacon = {
  readonly url: string;
  /** While down, every request is answered with 503. */
  setDown(down: boolean): void;
  stop(): Promise<void>;
};

function secretKey(): Uint8Array {
  const key = sha256(utf8ToBytes(KEY_TEXT));
  key[0] = (key[0] ?? 0) & 0x3f; // below the group's order
  return key;
}

/** Signs any round; kept to this module, where the time is checked first. */
function sign(round: number): Hex {
  const scheme = bls12_381.shortSignatures;
  return toHex(scheme.sign(scheme.hash(sha256(u64(round)), BEACON_DST), secretKey()).toBytes());
}

/** The test key must be the one whose public half the policy names. */
export function assertTestKey(policy: Policy): void {
  const publicKey = toHex(bls12_381.shortSignatures.getPublicKey(secretKey()).toBytes());
  if (publicKey !== policy.beacon.publicKey || !verifyRound(publicKey, { round: 1, signature: sign(1) })) {
    throw new LocalError(
      `Policy "${policy.name}" names another beacon key than the test key. Restore schema/policy/embedded.json.`,
    );
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

export async function startBeacon(policy: Policy, now: () => number = Date.now): Promise<Beacon> {
  assertTestKey(policy);
  const { beacon } = policy;
  const signed = new Map<number, Hex>();
  let down = false;

  const answer = (round: number): unknown => {
    const signature = signed.get(round) ?? sign(round);
    signed.set(round, signature);
    for (const old of signed.keys()) if (signed.size > BEACON_ROUNDS_KEPT) signed.delete(old);
    // drand writes both without 0x
    return { round, signature: signature.slice(2), randomness: randomnessOf(signature).slice(2) };
  };
  const server = createServer((request, response) => {
    const newest = roundAt(beacon, now());
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const asked = /^\/public\/(\d{1,15}|latest)$/.exec(path)?.[1];
    if (down) send(response, 503, { error: 'down' });
    else if (path === '/health') send(response, 200, { current: newest, expected: newest });
    else if (path === '/info') send(response, 200, infoOf(policy));
    else if (asked === undefined) send(response, 404, { error: 'not found' });
    else {
      const round = asked === 'latest' ? newest : Number(asked);
      const due = round >= 1 && 1000 * roundTime(beacon, round) <= now();
      send(response, due ? 200 : 404, due ? answer(round) : { error: 'no such round yet' });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${String(port)}`,
    setDown(value) {
      down = value;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const infoOf = ({ beacon }: Policy): unknown => ({
  public_key: beacon.publicKey.slice(2),
  period: beacon.periodSeconds,
  genesis_time: beacon.genesis,
  schemeID: beacon.scheme,
});

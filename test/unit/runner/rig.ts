// What the runner's tests share: a validator with its key, a registry in memory, a small auditor that speaks the real wire and
// judges with protocol/, and a runner in this process on a port of the system's choice.
import { createHash, randomBytes } from 'node:crypto';
import { cpuBackend } from '../../../gpu-runners/backends/cpu/index.ts';
import { freshSigner } from '../../../gpu-runners/identity.ts';
import { HTTP } from '../../../gpu-runners/limits.ts';
import { cachedRegistry, type RegistrySource } from '../../../gpu-runners/registry/registry.ts';
import { honestAnswers } from '../../../gpu-runners/server/answers.ts';
import { listenOn, sendMessage } from '../../../gpu-runners/server/http.ts';
import { createNonceMemory, type NonceStore } from '../../../gpu-runners/server/nonces.ts';
import type { Parts } from '../../../gpu-runners/server/parts.ts';
import { startRunner, type Runner } from '../../../gpu-runners/server/runner.ts';
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { challengeHash, type Challenge } from '../../../protocol/challenge.ts';
import { encodePresenceParams } from '../../../protocol/challenges/presence.ts';
import { encodeVramParams, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import { startDigest } from '../../../protocol/challenges/vram/start.ts';
import { encodeGemmParams, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { encodeChallengeMessage, encodeDrawMessage, encodeStartMessage } from '../../../protocol/messages.ts';
import { drawDigest, drawHash, type Position } from '../../../protocol/receipts.ts';
import { signDigest, signerAddress } from '../../../protocol/signer.ts';

export const DOMAIN = { chainId: 31337, registry: `0x${'5f'.repeat(20)}` } as const;
export const OPERATOR: Hex = `0x${'0a'.repeat(20)}`;
/** The only validator there is. */
export const ALONE = { operator: OPERATOR, isAlone: true } as const;
export const VALIDATOR_KEY = createHash('sha256').update('a validator of the tests').digest();
export const EPOCH = 7;
/** Epoch 7 lies around now, so that real clocks work: epochs of an hour, we are in the middle of one. */
export const CLOCK = { genesis: Math.floor(Date.now() / 1000) - 7 * 3600 - 1800, slotSeconds: 60, slotsPerEpoch: 60 };
export const PARAMS: GemmParams = { rows: 8, columns: 512, depth: 64, rounds: 2, openings: 8, matrixKey: `0x${'3c'.repeat(32)}` };

export const VRAM: VramParams = {
  pages: 100,
  cacheRows: 256,
  parents: 4,
  passes: 2,
  openings: 8,
  fillKey: `0x${'4d'.repeat(32)}`,
};

/** A second validator, for what two of them do to one another. */
export const OTHER_KEY = new Uint8Array(32).fill(9);
export const OTHER_OPERATOR: Hex = `0x${'0b'.repeat(20)}`;

export const random32 = (): Hex => toHex(randomBytes(32));

export const memoryRegistry = (): RegistrySource => ({
  clock: () => Promise.resolve(CLOCK),
  signersAt: () => Promise.resolve(new Map([[signerAddress(VALIDATOR_KEY), OPERATOR]])),
});

/** Who signs for whom, of both validators. */
export const SIGNERS: ReadonlyMap<Hex, Hex> = new Map([
  [OPERATOR, signerAddress(VALIDATOR_KEY)],
  [OTHER_OPERATOR, signerAddress(OTHER_KEY)],
]);

/** Both validators have a seat. */
export const twoValidators = (): RegistrySource => ({
  clock: () => Promise.resolve(CLOCK),
  signersAt: () => Promise.resolve(new Map([...SIGNERS].map(([operator, signer]) => [signer, operator]))),
});

/** Keeps nonces in memory alone. */
export const noStore = (): NonceStore => ({ load: () => [], append: () => undefined, replace: () => undefined });

/** The parts of an honest runner; tests replace what they are about. */
export function testParts(change: Partial<Parts> = {}): Parts {
  return {
    settings: {
      domain: DOMAIN,
      gpuClass: 'demo',
      host: '127.0.0.1',
      port: 0,
      queue: 2,
      jobBytesMax: 64 * 2 ** 20,
      proofBytesMax: 64 * 2 ** 20,
      fillBytesMax: 64 * 2 ** 20,
      busyWaitMs: 0,
      jobOpsMax: 10n ** 12n,
      validators: null,
      tls: null,
    },
    http: { ...HTTP, checkIntervalMs: 20 },
    signer: freshSigner(),
    backend: change.backend ?? cpuBackend(1),
    registry: cachedRegistry(memoryRegistry(), Date.now),
    nonces: createNonceMemory(noStore(), Date.now()),
    answers: honestAnswers,
    reply: sendMessage,
    listen: listenOn,
    log: () => undefined,
    now: Date.now,
    ...change,
  };
}

/** Runs `body` against a runner and stops it whatever happens. */
export async function withRunner<T>(parts: Parts, body: (url: string, runner: Runner) => Promise<T>): Promise<T> {
  const runner = await startRunner(parts);
  try {
    return await body(`http://127.0.0.1:${String(runner.port)}`, runner);
  } finally {
    await runner.stop(0);
  }
}

export type Sent = { readonly challenge: Challenge; readonly challengeHash: Hex; readonly body: Uint8Array };

export type AnyParams = GemmParams | VramParams | { readonly region: number };

function encodeAny(params: AnyParams): { kind: number; encoded: Uint8Array } {
  if ('rows' in params) return { kind: 1, encoded: encodeGemmParams(params) };
  if ('pages' in params) return { kind: 2, encoded: encodeVramParams(params) };
  return { kind: 5, encoded: encodePresenceParams(params) };
}

/** A challenge as a validator sends it; its kind is that of the parameters. */
export function challengeFor(
  nodeId: Hex,
  change: Partial<Challenge> = {},
  params: AnyParams = PARAMS,
  domain: { chainId: number; registry: Hex } = DOMAIN,
  key: Uint8Array = VALIDATOR_KEY,
): Sent {
  const { kind, encoded } = encodeAny(params);
  const challenge: Challenge = {
    epoch: EPOCH,
    slot: 3,
    draw: 0,
    validator: OPERATOR,
    nodeId,
    kind,
    paramsHash: toHex(sha256(encoded)),
    nonce: random32(),
    deadline: Date.now() + 60_000,
    ...change,
  };
  const hash = challengeHash(domain, challenge);
  const body = encodeChallengeMessage({ domain, challenge, params: encoded, signature: signDigest(hash, key) });
  return { challenge, challengeHash: hash, body };
}

/** The start of a filled memory. */
export function startFor(hash: Hex, start: Hex = random32(), key: Uint8Array = VALIDATOR_KEY): Uint8Array {
  const signature = signDigest(startDigest(DOMAIN, { challengeHash: hash, start }), key);
  return encodeStartMessage({ challengeHash: hash, start, signature });
}

/** The opening request for these positions. */
export function drawFor(hash: Hex, commitment: Hex, positions: readonly Position[], key: Uint8Array = VALIDATOR_KEY): Uint8Array {
  const digest = drawDigest(DOMAIN, { challengeHash: hash, commitment, drawHash: drawHash(hash, commitment, positions) });
  return encodeDrawMessage({ challengeHash: hash, commitment, signature: signDigest(digest, key), positions });
}

export const post = (url: string, path: string, body: Uint8Array, signal?: AbortSignal): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Uint8Array.from(body),
    redirect: 'manual',
    ...(signal === undefined ? {} : { signal }),
  });

/** The problem code of a refusal, with its status: `409 nonce-used`. */
export async function problemOf(response: Response): Promise<string> {
  const { type } = (await response.json()) as { type: string };
  return `${String(response.status)} ${type.replace('urn:assay:runner:', '')}`;
}

export const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

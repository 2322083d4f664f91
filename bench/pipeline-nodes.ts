// Many registered nodes behind one server. From memory: both receipts are real, roots and openings are the same bytes each time, so
// an audit goes all the way and ends as bad_opening at the first path. Honest: the CPU backend computes each job, one at a time.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpuBackend } from '../gpu-runners/backends/cpu/index.ts';
import type { Proof } from '../gpu-runners/backends/backend.ts';
import { freshSigner, type NodeSigner } from '../gpu-runners/identity.ts';
import { registrationProof } from '../gpu-runners/proof.ts';
import { nodeOperators } from '../local/accounts.ts';
import { REGISTRY, type Registration } from '../local/chain.ts';
import { CHAIN_ID, LOOPBACK } from '../local/limits.ts';
import { toHex, type Hex } from '../protocol/bytes.ts';
import { challengeHash } from '../protocol/challenge.ts';
import { encodeOpenings } from '../protocol/challenges/gemm/openings.ts';
import { decodeGemmParams, leavesPerRound, LEAF_COLUMNS, type GemmParams } from '../protocol/challenges/gemm/params.ts';
import { gemmCommitment } from '../protocol/challenges/gemm/prove.ts';
import { sha256 } from '../protocol/hash.ts';
import {
  decodeChallengeMessage,
  decodeDrawMessage,
  encodeCommitmentMessage,
  encodeOpeningMessage,
  type DrawMessage,
} from '../protocol/messages.ts';
import { commitmentPayload, drawHash, openingPayload, type Position } from '../protocol/receipts.ts';
import { rfc6962PathLength } from '../protocol/trees/rfc6962.ts';
import type { Exchange } from './bare-inside.ts';

export type BenchNodes = {
  readonly registrations: readonly Registration[];
  /** What the validator sent lately, pairs in the order of their openings. */
  readonly exchanges: () => readonly Exchange[];
  answerFromMemory(): void;
  answerHonestly(): void;
  stop(): Promise<void>;
};

const domain = { chainId: CHAIN_ID, registry: REGISTRY };
const EXCHANGES_KEPT = 100;

type Work = Pick<Proof, 'roots' | 'commitment' | 'open' | 'release'>;
type Worker = (params: GemmParams, nonce: Hex) => Promise<Work>;

/** The same bytes each time, with the drawn positions written into them. */
function template(params: GemmParams): (positions: readonly Position[]) => Uint8Array {
  const leaves = leavesPerRound(params);
  const values = new Int32Array(LEAF_COLUMNS).fill(1234);
  const path = Array.from({ length: rfc6962PathLength(0, leaves) }, () => new Uint8Array(32).fill(7));
  const position = { round: 0, leaf: 0 };
  const bytes = encodeOpenings(Array.from({ length: params.openings + 1 }, () => ({ position, values, path })));
  const size = (bytes.length - 2) / (params.openings + 1);
  return (positions) => {
    const out = bytes.slice();
    const view = new DataView(out.buffer);
    positions.forEach(({ round, leaf }, i) => {
      view.setUint16(2 + i * size, round);
      view.setUint32(4 + i * size, leaf);
    });
    return out;
  };
}

function memoryWorker(): Worker {
  const templates = new Map<number, ReturnType<typeof template>>();
  return (params, nonce) => {
    const fill = templates.get(params.depth) ?? template(params);
    templates.set(params.depth, fill);
    const roots = Array.from({ length: params.rounds }, (_, round) => new Uint8Array(32).fill(round + 1));
    const open = async (positions: readonly Position[]): Promise<Uint8Array> => fill(positions);
    return Promise.resolve({ roots, commitment: gemmCommitment(nonce, roots), open, release: () => undefined });
  };
}

/** One job at a time, as a node with one device would. */
function honestWorker(): { work: Worker; stop: () => Promise<void> } {
  const backend = cpuBackend(1);
  let turn: Promise<unknown> = Promise.resolve();
  const work: Worker = (params, nonce) => {
    const mine = turn.then(() => backend.gemm(params, nonce));
    turn = mine.catch(() => undefined);
    return mine;
  };
  return { work, stop: () => backend.close() };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

function answers(signers: readonly NodeSigner[], worker: () => Worker, urlOf: (index: number) => string) {
  const open = new Map<string, { work: Work; challenge: Uint8Array }>();
  const exchanges: Exchange[] = [];
  const commit = async (signer: NodeSigner, body: Uint8Array): Promise<Uint8Array> => {
    const { challenge, params } = decodeChallengeMessage(body);
    const hash = challengeHash(domain, challenge);
    const work = await worker()(decodeGemmParams(params), challenge.nonce);
    open.set(hash, { work, challenge: body });
    const signature = toHex(signer.sign(commitmentPayload(domain, signer.nodeId, hash, work.commitment)));
    const { commitment, roots } = work;
    return encodeCommitmentMessage({ nodeId: signer.nodeId, challengeHash: hash, commitment, signature, roots });
  };
  const openDrawn = async (signer: NodeSigner, index: number, body: Uint8Array): Promise<Uint8Array> => {
    const draw: DrawMessage = decodeDrawMessage(body);
    const { challengeHash: hash, commitment, positions } = draw;
    const held = open.get(hash);
    if (held === undefined) throw new Error('nothing was committed to');
    open.delete(hash);
    const openings = await held.work.open(positions);
    held.work.release();
    exchanges.push({ url: urlOf(index), challenge: toHex(held.challenge), draw: toHex(body) });
    if (exchanges.length > EXCHANGES_KEPT) exchanges.shift();
    const payload = openingPayload(domain, hash, commitment, drawHash(hash, commitment, positions), toHex(sha256(openings)));
    return encodeOpeningMessage({ challengeHash: hash, commitment, signature: toHex(signer.sign(payload)), openings });
  };
  const respond = (path: string, body: Uint8Array): Promise<Uint8Array> => {
    const [, index = '', verb] = /^\/n\/(\d+)\/v1\/(challenges|openings)$/.exec(path) ?? [];
    const signer = signers[Number(index)];
    if (signer === undefined) throw new Error(`no node at ${path}`);
    return verb === 'challenges' ? commit(signer, body) : openDrawn(signer, Number(index), body);
  };
  return { respond, exchanges };
}

export async function startNodes(count: number, gpuClass: string): Promise<BenchNodes> {
  const signers = Array.from({ length: count }, freshSigner);
  const fromMemory = memoryWorker();
  const honest = honestWorker();
  let worker = fromMemory;
  let origin = '';
  const urlOf = (index: number): string => `${origin}/n/${String(index)}`;
  const { respond, exchanges } = answers(signers, () => worker, urlOf);
  const server = createServer((request, response) => {
    bodyOf(request)
      .then((body) => respond(request.url ?? '', body))
      .then((bytes) => response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  origin = `http://${LOOPBACK}:${String((server.address() as AddressInfo).port)}`;
  const registrations = signers.map((signer, index): Registration => {
    const owner = nodeOperators[index % nodeOperators.length]?.address ?? '0x';
    const { signature: proof } = registrationProof(signer, domain, owner);
    return { url: urlOf(index), gpuClass, vramMiB: 1024, operator: owner, publicKey: signer.publicKey, proof };
  });
  return {
    registrations,
    exchanges: () => [...exchanges],
    answerFromMemory: () => (worker = fromMemory),
    answerHonestly: () => (worker = honest.work),
    async stop() {
      await honest.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// Many registered nodes behind one server, each with a key of its own. All receipts are real; what is computed is pipeline-work.ts's.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freshSigner, type NodeSigner } from '../gpu-runners/identity.ts';
import { registrationProof } from '../gpu-runners/proof.ts';
import { nodeOperators } from '../local/accounts.ts';
import { REGISTRY, type Registration } from '../local/chain.ts';
import { CHAIN_ID, LOOPBACK } from '../local/limits.ts';
import { toHex, type Hex } from '../protocol/bytes.ts';
import { KIND_PRESENCE, KIND_VRAM, challengeHash } from '../protocol/challenge.ts';
import { decodeGemmParams } from '../protocol/challenges/gemm/params.ts';
import { presenceCommitment } from '../protocol/challenges/presence.ts';
import { decodeVramParams } from '../protocol/challenges/vram/params.ts';
import { sha256 } from '../protocol/hash.ts';
import {
  decodeChallengeMessage,
  decodeDrawMessage,
  decodeStartMessage,
  encodeCommitmentMessage,
  encodeOpeningMessage,
  encodeReadyMessage,
  type ChallengeMessage,
} from '../protocol/messages.ts';
import { commitmentPayload, drawHash, openingPayload } from '../protocol/receipts.ts';
import type { Exchange } from './bare-inside.ts';
import { honestWorker, memoryWorker, type Filled, type Work, type Worker } from './pipeline-work.ts';

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

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

type Held = {
  readonly challenge: Uint8Array;
  readonly message: ChallengeMessage;
  readonly filled: Filled | null;
  work: Work | null;
};

function committed(signer: NodeSigner, hash: Hex, { commitment, roots }: Pick<Work, 'commitment' | 'roots'>): Uint8Array {
  const { nodeId } = signer;
  const signature = toHex(signer.sign(commitmentPayload(domain, nodeId, hash, commitment)));
  return encodeCommitmentMessage({ nodeId, challengeHash: hash, commitment, signature, roots });
}

function answers(signers: readonly NodeSigner[], worker: () => Worker, urlOf: (index: number) => string) {
  const open = new Map<string, Held>();
  const exchanges: Exchange[] = [];
  const first = async (signer: NodeSigner, body: Uint8Array): Promise<Uint8Array> => {
    const message = decodeChallengeMessage(body);
    const { challenge, params } = message;
    const hash = challengeHash(domain, challenge);
    if (challenge.kind === KIND_PRESENCE) {
      return committed(signer, hash, { roots: [], commitment: presenceCommitment(challenge.nonce) });
    }
    if (challenge.kind === KIND_VRAM) {
      const filled = await worker().fill(decodeVramParams(params), signer.nodeId);
      open.set(hash, { challenge: body, message, filled, work: null });
      return encodeReadyMessage({ challengeHash: hash });
    }
    const work = await worker().gemm(decodeGemmParams(params), challenge.nonce);
    open.set(hash, { challenge: body, message, filled: null, work });
    return committed(signer, hash, work);
  };
  const start = async (signer: NodeSigner, body: Uint8Array): Promise<Uint8Array> => {
    const message = decodeStartMessage(body);
    const held = open.get(message.challengeHash);
    const filled = held?.filled ?? null;
    if (held === undefined || filled === null) throw new Error('nothing was filled');
    held.work = await filled.pass(message.start, held.message.challenge.nonce);
    return committed(signer, message.challengeHash, held.work);
  };
  const openDrawn = async (signer: NodeSigner, index: number, body: Uint8Array): Promise<Uint8Array> => {
    const { challengeHash: hash, commitment, positions } = decodeDrawMessage(body);
    const held = open.get(hash);
    const work = held?.work ?? null;
    if (held === undefined || work === null) throw new Error('nothing was committed to');
    open.delete(hash);
    const openings = await work.open(positions);
    work.release();
    // The bare run beside it repeats pairs of two requests.
    if (held.filled === null) exchanges.push({ url: urlOf(index), challenge: toHex(held.challenge), draw: toHex(body) });
    if (exchanges.length > EXCHANGES_KEPT) exchanges.shift();
    const payload = openingPayload(domain, hash, commitment, drawHash(hash, commitment, positions), toHex(sha256(openings)));
    return encodeOpeningMessage({ challengeHash: hash, commitment, signature: toHex(signer.sign(payload)), openings });
  };
  const respond = (path: string, body: Uint8Array): Promise<Uint8Array> => {
    const [, index = '', verb] = /^\/n\/(\d+)\/v1\/(challenges|starts|openings)$/.exec(path) ?? [];
    const signer = signers[Number(index)];
    if (signer === undefined) throw new Error(`no node at ${path}`);
    if (verb === 'challenges') return first(signer, body);
    return verb === 'starts' ? start(signer, body) : openDrawn(signer, Number(index), body);
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

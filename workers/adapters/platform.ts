// The platform's small ports: clock, queue, keys, and the sender's object.
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochRoot, Statement } from '../../protocol/consensus/types.ts';
import { seedFromBase } from '../../protocol/seed.ts';
import { signDigest } from '../../protocol/signer.ts';
import type { Config, Keys } from '../config.ts';
import { DomainError } from '../errors.ts';
import { CACHED_EPOCHS_MAX, QUEUE_BATCH_MAX, WAIT_MS_MAX } from '../limits.ts';
import type { ChainSeen, ChunkQueue, Clock, IntentState, KeyPort, Lane, Sender, SignedReport } from '../services/ports.ts';
import type { EpochReport } from '../../protocol/report.ts';
import type { Member } from '../services/network/ports.ts';
import { batches } from './batches.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  until: async (timeMs) => {
    const end = Math.min(timeMs, Date.now() + WAIT_MS_MAX);
    // A timer may fire a millisecond before its time.
    for (let wait = end - Date.now(); wait > 0; wait = end - Date.now()) {
      const rest = wait;
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
  },
};

export function chunkQueue(queues: Readonly<Record<Lane, Queue>>): ChunkQueue {
  return {
    send: async (chunks) => {
      for (const [lane, queue] of [
        ['brief', queues.brief],
        ['long', queues.long],
      ] as const) {
        const own = chunks.filter((message) => message.lane === lane);
        for (const batch of batches(own, QUEUE_BATCH_MAX)) {
          await queue.sendBatch(batch.map(({ chunk, delaySeconds }) => ({ body: chunk, delaySeconds })));
        }
      }
    },
  };
}

// Isolate-wide, because walking the chain takes thousands of hashes; never leaves memory.
const seeds = new Map<string, Hex>();

export function keyPort({ signerKey, signer, seedSecret }: Keys, { seedChainLength, registry }: Config): KeyPort {
  return {
    signer,
    sign: (digest) => signDigest(digest, signerKey),
    seed: ({ epoch, seedBase }) => {
      const key = `${registry}/${signer}/${String(epoch)}/${seedBase.seed}`;
      const known = seeds.get(key);
      if (known !== undefined) return known;
      const seed = seedFromBase(seedSecret, seedChainLength, seedBase, epoch);
      if (seed === null) {
        throw new DomainError(
          'misconfigured',
          `SEED_SECRET with SEED_CHAIN_LENGTH ${String(seedChainLength)} does not lead to the seed tip that the registry holds, or its chain is used up. Set the registered secret and length, or register a new tip.`,
        );
      }
      seeds.set(key, seed);
      for (const oldest of seeds.keys()) {
        if (seeds.size <= CACHED_EPOCHS_MAX) break;
        seeds.delete(oldest);
      }
      return seed;
    },
  };
}

/** The methods of the TxSender object, as its stub has them. */
export type SenderStub = {
  signReport(report: EpochReport, seen: ChainSeen): Promise<SignedReport | null>;
  signRoot(root: EpochRoot, seen: ChainSeen): Promise<Statement | null>;
  signed(epoch: number): Promise<SignedReport | null>;
  submit(key: string, call: { to: Hex; data: Hex }): Promise<void>;
  state(key: string): Promise<IntentState>;
};

/**
 * One object a chain, registry and key: the only place where that key's nonce is decided, and where it is known what it signed for
 * this registry.
 */
export function senderStub(
  namespace: DurableObjectNamespace,
  { chainId, registry }: Pick<Config, 'chainId' | 'registry'>,
  signer: Hex,
): SenderStub {
  const id = namespace.idFromName(`${String(chainId)}/${registry}/${signer}`);
  return namespace.get(id) as unknown as SenderStub;
}

export function senderPort(stub: SenderStub): Sender {
  return {
    signReport: (report, seen) => stub.signReport(report, seen),
    signed: (epoch) => stub.signed(epoch),
    submit: (key, call) => stub.submit(key, call),
    state: (key) => stub.state(key),
  };
}

/** @param seen what the chain knows of this validator now, which tells a new signer from one that lost its memory */
export function memberPort(stub: SenderStub, config: Config, seen: () => Promise<ChainSeen>): Member {
  return {
    operator: config.validator,
    signRoot: async (root) => stub.signRoot(root, await seen()),
    submit: (key, call) => stub.submit(key, call),
    state: (key) => stub.state(key),
    nextPolicyHash: config.nextPolicyHash,
    watchFaults: config.watchFaults,
  };
}

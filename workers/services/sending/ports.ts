// What sending transactions needs: a store that survives, and a chain that may lie, lag or be away.
import type { Hex } from '../../../protocol/bytes.ts';

export type Call = { readonly to: Hex; readonly data: Hex };
export type Fees = { readonly gas: bigint; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };

export type Intent = Call & {
  readonly key: string;
  readonly state: 'queued' | 'sent' | 'confirmed' | 'rejected';
  readonly nonce: number | null;
  readonly transactionHash: Hex | null;
  readonly blockNumber: number | null;
  readonly reason: string | null;
};

/** One signed transaction of an intent; replacements share the nonce. */
export type Attempt = {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly nonce: number;
  readonly fees: Fees;
  readonly sentAt: number;
};

/** Why an intent ended that was sent, and did nothing. */
export const REVERTED = 'the transaction was mined and reverted';

/** Durable, and written before anything is broadcast. */
export type Outbox = {
  readonly intent: (key: string) => Intent | null;
  /** Intents that are neither confirmed nor rejected: the one that was sent, then reports, roots, and the rest; the oldest of each first. */
  readonly pending: (limit: number) => Intent[];
  readonly add: (key: string, call: Call, nowMs: number) => void;
  /** Attempts of an intent, oldest first. */
  readonly attempts: (key: string) => Attempt[];
  readonly record: (key: string, attempt: Attempt) => void;
  readonly confirm: (key: string, hash: Hex, blockNumber: number) => void;
  readonly reject: (key: string, reason: string) => void;
  /** Forgets the attempts, because their nonce went to something else. */
  readonly restart: (key: string) => void;
};

export type Estimate = { readonly ok: true; readonly fees: Fees } | { readonly ok: false; readonly revert: string };
export type Broadcast = 'accepted' | 'known' | 'nonce_too_low' | 'underpriced' | 'unfunded' | 'failed';

export type TxChain = {
  /** Transactions of the key that are in a block. */
  readonly nonce: () => Promise<number>;
  readonly estimate: (call: Call) => Promise<Estimate>;
  readonly sign: (call: Call, nonce: number, fees: Fees) => Promise<{ raw: Hex; hash: Hex }>;
  readonly broadcast: (raw: Hex) => Promise<Broadcast>;
  readonly receipt: (hash: Hex) => Promise<{ blockNumber: number; ok: boolean } | null>;
};

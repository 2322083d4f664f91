// What a runner is put together from. The honest parts are made in compose.ts; the dishonest runners of adversaries/ replace one
// of them, so that no misbehaviour is in the code, or the image, that operators run.
import type { Server, ServerResponse } from 'node:http';
import type { Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { Position } from '../../protocol/receipts.ts';
import type { Backend } from '../backends/backend.ts';
import type { NodeSigner } from '../identity.ts';
import type { HttpLimits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Registry } from '../registry/registry.ts';
import type { LockJob } from './lock.ts';
import type { NonceMemory } from './nonces.ts';

/** How large the jobs may be that this runner takes. */
export type JobLimits = {
  /** One product: its matrices and its result. */
  readonly jobBytesMax: number;
  /** All products that wait for their opening. */
  readonly proofBytesMax: number;
  /** All memory that is filled for challenges. */
  readonly fillBytesMax: number;
  /** Work of one job. */
  readonly jobOpsMax: bigint;
};

export type Settings = JobLimits & {
  readonly domain: Domain;
  readonly gpuClass: string;
  readonly host: string;
  readonly port: number;
  readonly queue: number;
  /** Operators that are answered, if registered; null for all that are. */
  readonly validators: ReadonlySet<Hex> | null;
  /** How long a challenge waits for a rival's job to end before it is answered with busy. */
  readonly busyWaitMs: number;
  readonly tls: { readonly cert: Uint8Array; readonly key: Uint8Array } | null;
};

export type Committed = {
  readonly domain: Domain;
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly roots: readonly Uint8Array[];
};

export type Opened = {
  readonly domain: Domain;
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly positions: readonly Position[];
  readonly openings: Uint8Array;
};

export type TurnedAway = { readonly domain: Domain; readonly challengeHash: Hex; readonly rival: LockJob };

/** Makes the messages. */
export type Answers = {
  commitment(signer: NodeSigner, committed: Committed): Uint8Array;
  opening(signer: NodeSigner, opened: Opened): Uint8Array;
  ready(signer: NodeSigner, challengeHash: Hex): Uint8Array;
  busy(signer: NodeSigner, turnedAway: TurnedAway): Uint8Array;
};

export type Parts = {
  readonly settings: Settings;
  readonly http: HttpLimits;
  readonly signer: NodeSigner;
  readonly backend: Backend;
  readonly registry: Registry;
  readonly nonces: NonceMemory;
  readonly answers: Answers;
  /** Sends a message as the body of a 200. */
  readonly reply: (response: ServerResponse, message: Uint8Array) => void;
  /** Binds the server; resolves to its port. */
  readonly listen: (server: Server, settings: Settings) => Promise<number>;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
};

// The side that owns an engine, in a worker thread or a child process: one job at a time in the order of arrival, openings and
// releases at once. Engines on a GPU answer with promises; the one on the CPU answers with values, since it looks into its mailbox
// itself while it computes and no promise would come to its turn until it is done.
import type { Hex } from '../../../protocol/bytes.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../../protocol/challenges/vram/params.ts';
import type { Position } from '../../../protocol/receipts.ts';
import { DeviceError, GivenUpError, type IsGivenUp } from '../engine.ts';
import type { FromHost, JobMessage, OpenMessage, ToHost } from './messages.ts';

type Now<T> = T | Promise<T>;
export type HostedProof = {
  readonly roots: readonly Uint8Array[];
  readonly commitment: Hex;
  open(positions: readonly Position[]): Now<Uint8Array>;
  release(): void;
};
export type HostedFill = { pass(start: Hex, nonce: Hex): Now<HostedProof>; release(): void };

/** An `Engine`, or one that answers at once. */
export type Hosted = {
  gemm(params: GemmParams, nonce: Hex, isGivenUp?: IsGivenUp): Now<HostedProof>;
  fill(params: VramParams, nodeId: Hex): Now<HostedFill>;
};

type Reply<T> = (value: T) => FromHost;

/** What is kept under one name; a fill names its proof, which ends with it. */
type Kept = { readonly proof?: HostedProof; readonly fill?: HostedFill; proofOfFill?: number };

function failure(id: number, error: unknown): FromHost {
  const code = error instanceof DeviceError ? error.code : null;
  return { type: 'failed', id, code, message: error instanceof Error ? error.message : 'unknown' };
}

/** Calls exactly one of the two, at once if there is nothing to wait for. */
function settle<T>(produce: () => Now<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  let value: Now<T>;
  try {
    value = produce();
  } catch (error) {
    failed(error);
    return;
  }
  if (value instanceof Promise) value.then(done, failed);
  else done(value);
}

function multiply(
  engine: Hosted,
  { id, params, nonce, mayBeGivenUp }: JobMessage & { type: 'gemm' },
  givenUp: ReadonlySet<number>,
): Now<HostedProof> {
  if (!mayBeGivenUp) return engine.gemm(params, nonce);
  if (givenUp.has(id)) throw new GivenUpError();
  return engine.gemm(params, nonce, () => givenUp.has(id));
}

function pass(kept: ReadonlyMap<number, Kept>, { id, fill, start, nonce }: JobMessage & { type: 'pass' }): Now<HostedProof> {
  const entry = kept.get(fill);
  if (entry?.fill === undefined || entry.proofOfFill !== undefined) throw new Error('no such fill');
  entry.proofOfFill = id;
  return entry.fill.pass(start, nonce);
}

/** @returns what takes each message, in order */
export function createHost(engine: Hosted, post: (message: FromHost) => void): (message: ToHost) => void {
  const kept = new Map<number, Kept>();
  const line: JobMessage[] = [];
  const givenUp = new Set<number>();
  let running = false;

  const keepProof =
    (id: number): Reply<HostedProof> =>
    (proof) => {
      kept.set(id, { proof });
      return { type: 'committed', id, roots: proof.roots, commitment: proof.commitment };
    };
  const keepFill =
    (id: number): Reply<HostedFill> =>
    (fill) => {
      kept.set(id, { fill });
      return { type: 'filled', id };
    };
  const perform = <T>(id: number, produce: () => Now<T>, reply: Reply<T>): void => {
    running = true;
    const end = (answer: FromHost): void => {
      post(answer);
      running = false;
      givenUp.delete(id);
      next();
    };
    settle(
      produce,
      (value) => {
        end(reply(value));
      },
      (error) => {
        end(failure(id, error));
      },
    );
  };
  const next = (): void => {
    const job = running ? undefined : line.shift();
    if (job?.type === 'gemm') perform(job.id, () => multiply(engine, job, givenUp), keepProof(job.id));
    else if (job?.type === 'fill') perform(job.id, () => engine.fill(job.params, job.nodeId), keepFill(job.id));
    else if (job?.type === 'pass') perform(job.id, () => pass(kept, job), keepProof(job.id));
  };
  const open = ({ id, proof, positions }: OpenMessage): void => {
    const produce = (): Now<Uint8Array> => {
      const found = kept.get(proof)?.proof;
      if (found === undefined) throw new Error('no such proof');
      return found.open(positions);
    };
    settle(
      produce,
      (openings) => {
        post({ type: 'opened', id, openings });
      },
      (error) => {
        post(failure(id, error));
      },
    );
  };
  const release = (id: number): void => {
    const entry = kept.get(id);
    kept.delete(id);
    givenUp.delete(id);
    if (entry?.proofOfFill !== undefined) kept.delete(entry.proofOfFill);
    entry?.fill?.release();
    entry?.proof?.release();
  };
  return (message) => {
    if (message.type === 'release') release(message.kept);
    else if (message.type === 'cancel') givenUp.add(message.id);
    else if (message.type === 'open') open(message);
    else {
      line.push(message);
      next();
    }
  };
}

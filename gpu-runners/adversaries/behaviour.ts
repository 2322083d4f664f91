// A behaviour turns the parts of an honest runner into those of a dishonest one by replacing one of them.
import type { Hex } from '../../protocol/bytes.ts';
import type { Backend } from '../backends/backend.ts';
import { cpuBackend } from '../backends/cpu/index.ts';
import type { Parts } from '../server/parts.ts';
import type { FillName, ProofName } from './provers.ts';

/** What some of them have to be told; each says which (table.ts, `needs`). */
export type Options = {
  readonly redirectTo: string | null;
  /** Base URL of the honest runner that does the work. */
  readonly forwardTo?: string | null;
  /** Loopback port at which the identities of one device find one another. */
  readonly sharedDevice?: number | null;
  /** The least that the shared device takes for a product or its passes, milliseconds. */
  readonly deviceMs?: number;
  /** A validator in league with the node: its operator and the key that signs for it. */
  readonly rival?: { readonly operator: Hex; readonly key: Uint8Array } | null;
  /** Up for half of this, then down for as long. */
  readonly periodMs?: number;
};
export type Behaviour = (parts: Parts, options: Options) => Parts;

function withWorker(options: Readonly<Record<string, string>>): Behaviour {
  return (parts) => {
    void parts.backend.close();
    return { ...parts, backend: cpuBackend(parts.backend.concurrency, new URL('./worker.ts', import.meta.url), options) };
  };
}

/** Replaces the way in which worker threads make the proofs of products. */
export function withProver(name: ProofName): Behaviour {
  return withWorker({ prover: name });
}

/** Replaces what worker threads keep of the memory that they should fill, and how they make its passes. */
export function withFill(name: FillName): Behaviour {
  return withWorker({ fill: name });
}

/** Both of them. */
export function withBoth(prover: ProofName, fill: FillName): Behaviour {
  return withWorker({ prover, fill });
}

/** Puts something around the backend; what a backend says of itself stays what it is. */
export function withBackend(change: (backend: Backend, options: Options) => Partial<Backend>): Behaviour {
  return (parts, options) => {
    const { backend } = parts;
    const { name, concurrency } = backend;
    const same: Backend = {
      ...{ name, concurrency },
      get device() {
        return backend.device;
      },
      gemmMemory: (params) => backend.gemmMemory(params),
      vramMemory: (params) => backend.vramMemory(params),
      gemm: (params, nonce) => backend.gemm(params, nonce),
      fill: (params, nodeId) => backend.fill(params, nodeId),
      state: () => backend.state(),
      close: () => backend.close(),
    };
    return { ...parts, backend: Object.assign(same, change(backend, options)) };
  };
}

/** Replaces the commitment message. */
export function withCommitment(change: (honest: Parts['answers']) => Parts['answers']['commitment']): Behaviour {
  return (parts) => ({ ...parts, answers: { ...parts.answers, commitment: change(parts.answers) } });
}

/** Replaces the openings' bytes, before they are signed. */
export function withOpenings(change: (openings: Uint8Array) => Uint8Array): Behaviour {
  return (parts) => ({
    ...parts,
    answers: {
      ...parts.answers,
      opening: (signer, opened) => parts.answers.opening(signer, { ...opened, openings: change(opened.openings) }),
    },
  });
}

// A behaviour turns the parts of an honest runner into those of a dishonest one by replacing one of them.
import { cpuBackend } from '../backends/cpu/index.ts';
import type { Parts } from '../server/parts.ts';
import type { ProofName } from './provers.ts';

export type Options = { readonly redirectTo: string | null };
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

/** Replaces what worker threads keep of the memory that they should fill, and how they make its passes. @param name in worker.ts */
export function withFill(name: string): Behaviour {
  return withWorker({ fill: name });
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

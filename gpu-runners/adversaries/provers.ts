// Names of the dishonest provers of both timed kinds; kept apart from their code, which runs in worker threads only.
export const PROOF_NAMES = ['wrong-result', 'skip-5', 'skip-10', 'skip-50', 'garbage-round', 'garbage-round-values'] as const;
/** Of products. */
export type ProofName = (typeof PROOF_NAMES)[number];

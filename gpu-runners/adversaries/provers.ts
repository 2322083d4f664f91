// Names of the dishonest provers of both timed kinds; kept apart from their code, which runs in worker threads only.
export const PROOF_NAMES = [
  ...(['wrong-result', 'skip-5', 'skip-10', 'skip-50', 'garbage-round', 'garbage-round-values'] as const),
  ...(['cached-answers', 'int7', 'int4', 'f16'] as const),
] as const;
/** Of products. */
export type ProofName = (typeof PROOF_NAMES)[number];

export const FILL_NAMES = [
  ...(['partial-storage-95', 'partial-storage-90', 'partial-storage-50'] as const),
  ...(['regenerates', 'regenerates-half', 'host-offload', 'cached-answers'] as const),
] as const;
/** Of filled memory. */
export type FillName = (typeof FILL_NAMES)[number];

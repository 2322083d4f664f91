// Which epochs a profile counts jobs over: 30 days of hourly ones up to a root. What is long past is kept as sums over spans.
import { JOB_EPOCHS, SPAN_EPOCHS } from './limits.ts';

/** Jobs by what became of them, over all validators' reports that were found right. */
export type JobCounts = { readonly pass: number; readonly wrong: number; readonly slow: number; readonly network: number };
export const NO_JOBS: JobCounts = { pass: 0, wrong: 0, slow: 0, network: 0 };

export type JobEpochs = {
  /** The first epoch that counts. */
  readonly from: number;
  /** Whole spans from the first up to, but without, the last one, whose epochs are read one by one from `tail` on. */
  readonly firstSpan: number;
  readonly lastSpan: number;
  readonly tail: number;
};

export const spanOf = (epoch: number): number => Math.floor(epoch / SPAN_EPOCHS);

/** The last `JOB_EPOCHS` up to `through`, and what the span in which they begin has more. */
export function jobEpochs(through: number): JobEpochs {
  const lastSpan = spanOf(through);
  const firstSpan = Math.max(0, spanOf(through + 1) - JOB_EPOCHS / SPAN_EPOCHS);
  return { from: SPAN_EPOCHS * firstSpan, firstSpan, lastSpan, tail: SPAN_EPOCHS * lastSpan };
}

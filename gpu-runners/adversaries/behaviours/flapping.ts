// Up and down by the clock: half of each period it hangs up on whoever comes.
import { withFront } from '../front.ts';

const PERIOD_MS = 10_000;

export const flapping = withFront(
  ({ now }, { periodMs = PERIOD_MS }) =>
    async (_asked, next) =>
      now() % periodMs < periodMs / 2 ? next() : null,
);

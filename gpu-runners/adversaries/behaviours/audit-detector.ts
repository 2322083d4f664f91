// Honest whenever it is audited, and never else. An audit is easy to tell: a validator signs it. What comes from a customer, at /work, gets
// made-up values of the right size at once.
import { Reader, concat, u32 } from '../../../protocol/bytes.ts';
import { octets, withFront } from '../front.ts';
import { plausibleValue } from './plausible.ts';

/** A customer's request: `u32 columns ‖ u32 depth`, and data that nobody looks at. */
const VALUES_MAX = 65_536;

export const auditDetector = withFront(() => async ({ path, body }, next) => {
  if (path !== '/work') return next();
  const reader = new Reader(body);
  const [columns, depth] = [Math.min(reader.u32(), VALUES_MAX), reader.u32()];
  return octets(concat(...Array.from({ length: columns }, () => u32(plausibleValue(depth) >>> 0))));
});

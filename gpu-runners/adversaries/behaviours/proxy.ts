// Does nothing itself: every request goes to another, honest runner, which has the registered key, and its answers come back unchanged.
// Nothing in them says where the work was done; if the detour keeps within the deadlines and the floor, this passes.
import { passOn, withFront } from '../front.ts';

export const proxy = withFront((_parts, options) => {
  const upstream = options.forwardTo ?? null;
  return (asked, next) => (upstream === null ? next() : passOn(upstream, asked));
});

// The steps of a slot's work in the network that a test may want to play itself: by default the real ones.
import { mirrorDue } from './mirror.ts';
import { takeReport } from './mirror-take.ts';
import type { NetworkSteps } from './network-tick.ts';
import { observe } from './observe.ts';

export const networkSteps: NetworkSteps = { observe, mirror: mirrorDue, take: takeReport };

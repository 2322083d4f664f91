// Takes the challenge, does the work, and never says a word.
import type { Behaviour } from '../behaviour.ts';

export const silent: Behaviour = (parts) => ({ ...parts, reply: () => undefined });

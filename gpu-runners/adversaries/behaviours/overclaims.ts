// An honest runner, registered for a class that its hardware does not reach: the lie is in the registration.
import type { Behaviour } from '../behaviour.ts';

export const overclaims: Behaviour = (parts) => parts;

// How much of the runner one validator may hold. Anybody can register as a validator, so while several are admitted none of them
// may take more than its share of any bounded thing: places, memory for results, remembered nonces.
import type { Hex } from '../../protocol/bytes.ts';
import { OPERATOR_SHARE } from '../limits.ts';

/** Whoever sent an accepted challenge. */
export type Sender = {
  readonly operator: Hex;
  /** Whether no other validator is admitted at the challenge's epoch: then nobody is kept out by what this one takes. */
  readonly isAlone: boolean;
};

/** The most of `capacity` that this validator may hold; at least one. */
export function shareOf(capacity: number, { isAlone }: Sender): number {
  return isAlone ? capacity : Math.ceil(capacity * OPERATOR_SHARE);
}

/** Amounts by operator; an operator that holds nothing takes no memory. */
export type Tally = { add(operator: Hex, amount: number): void; of(operator: Hex): number };

export function createTally(): Tally {
  const amounts = new Map<Hex, number>();
  const of = (operator: Hex): number => amounts.get(operator) ?? 0;
  return {
    of,
    add(operator, amount) {
      const sum = of(operator) + amount;
      if (sum === 0) amounts.delete(operator);
      else amounts.set(operator, sum);
    },
  };
}

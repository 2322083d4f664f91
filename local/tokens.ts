// Amounts and shares as people read them.
const UNIT = 10n ** 18n;

/** Whole tokens with two decimals, from the token's smallest unit. */
export function tokensText(amount: bigint): string {
  const cents = (amount * 100n) / UNIT;
  const whole = String(cents / 100n).replace(/\B(?=(\d{3})+$)/g, ' ');
  return `${whole}.${String(cents % 100n).padStart(2, '0')}`;
}

/** Millionths as a percentage. */
export const percentText = (ppm: number): string => `${(ppm / 10_000).toFixed(1)} %`;
/** Millionths as a score between 0 and 1. */
export const scoreText = (ppm: number): string => (ppm / 1_000_000).toFixed(3);

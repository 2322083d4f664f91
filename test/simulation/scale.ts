// How much is simulated: little within `npm test`, a lot within `npm run campaign`, which also prints what docs/consensus.md quotes.
import process from 'node:process';

export const isCampaign = process.env['CAMPAIGN'] === '1';

/** A count for the ordinary run, and its multiple for the campaign. */
export const times = (count: number, factor = 20): number => (isCampaign ? count * factor : count);

/** A line of measured figures; only the campaign prints. */
export function figure(text: string): void {
  if (isCampaign) console.log(`  ${text}`);
}

/** Values in millionths as a median, a 99.9th percentile and a maximum. */
export function spreadOf(values: readonly number[]): { mean: number; p999: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { mean: mean / 1e6, p999: at(0.999) / 1e6, max: at(1) / 1e6 };
}

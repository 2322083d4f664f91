// Amounts of the token as people write them: whole tokens in decimal. On chain they are counted in the token's smallest unit.
import { formatUnits } from 'viem';
import { UsageError } from '../command.ts';

/** What --stake and --amount say; `min` and `all` are for the command to resolve. */
export type Wanted<Word extends string> = { readonly word: Word } | { readonly word: null; readonly digits: string };

/** @throws UsageError */
export function amountFlag<Word extends string>(text: string, flag: string, word: Word): Wanted<Word> {
  if (text === word) return { word };
  if (/^\d{1,30}(\.\d{1,36})?$/.test(text) && /[1-9]/.test(text)) return { word: null, digits: text };
  throw new UsageError(`${flag} must be a number of tokens above zero, such as 1000 or 0.5, or the word ${word}.`);
}

/** In the token's smallest unit. @throws UsageError for more places after the point than the token has */
export function unitsOf(digits: string, flag: string, decimals: number): bigint {
  const [whole = '0', fraction = ''] = digits.split('.');
  const cut = fraction.replace(/0+$/, '');
  if (cut.length > decimals)
    throw new UsageError(`${flag} has more places after the point than the token's ${String(decimals)}.`);
  return BigInt(whole) * 10n ** BigInt(decimals) + BigInt(cut.padEnd(decimals, '0') || '0');
}

export type TokenName = { readonly symbol: string; readonly decimals: number };

export function amountText(amount: bigint, { symbol, decimals }: TokenName): string {
  return `${formatUnits(amount, decimals)} ${symbol}`;
}

// Between the chain's values and ours: lower-case hex, safe integers, ASCII names.
import { fromHex, type Hex } from '../protocol/bytes.ts';
import type { EpochRoot } from '../protocol/consensus/types.ts';
import { CLASS_NAME } from '../protocol/policy.ts';
import type { EpochReport } from '../protocol/report.ts';
import { ChainError } from './errors.ts';

export const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`;

/** Above every epoch that there will be: what is in effect there is the newest version, pending or not. */
export const NEWEST_EPOCH = Number.MAX_SAFE_INTEGER;

/** A lower-case address. @throws ChainError bad_argument */
export function addressOf(text: string): Hex {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new ChainError('bad_argument', 'An address must be 0x and 40 hexadecimal digits.');
  return lower(text as Hex);
}

export function lower(hex: Hex): Hex {
  return hex.toLowerCase() as Hex;
}

/** A 64-bit integer of the chain as a number; no clock or count of ours comes near 2^53. @throws ChainError bad_response */
export function safeNumber(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ChainError('bad_response', `The registry's ${what} exceeds 2^53 - 1.`);
  return Number(value);
}

/** An epoch as the ABI wants it. @throws ChainError bad_argument */
export function epochArgument(epoch: number): bigint {
  if (!Number.isSafeInteger(epoch) || epoch < 0)
    throw new ChainError('bad_argument', 'An epoch must be a non-negative safe integer.');
  return BigInt(epoch);
}

/** Each 64-bit number as a bigint: as the ABI wants a report. */
export type ReportTuple = Omit<EpochReport, 'epoch' | 'beaconRound'> & { readonly epoch: bigint; readonly beaconRound: bigint };
/** As the ABI wants a root. */
export type RootTuple = Omit<EpochRoot, 'epoch'> & { readonly epoch: bigint };

export function reportTuple(report: EpochReport): ReportTuple {
  return { ...report, epoch: epochArgument(report.epoch), beaconRound: epochArgument(report.beaconRound) };
}

export function rootTuple(root: EpochRoot): RootTuple {
  return { ...root, epoch: epochArgument(root.epoch) };
}

/** The class name in 32 bytes, right-padded with zero bytes; null when they are no printable ASCII name. */
export function className(word: Hex): string | null {
  const text = String.fromCharCode(...fromHex(word, 32)).replace(/\0+$/, '');
  return CLASS_NAME.test(text) ? text : null;
}

/** The 32 bytes of a class name. @throws ChainError bad_argument */
export function classWord(name: string): Hex {
  if (!CLASS_NAME.test(name)) {
    throw new ChainError('bad_argument', 'A GPU class name must be 1 to 32 printable ASCII characters without spaces.');
  }
  const digits = Array.from(name, (char) => char.charCodeAt(0).toString(16)).join('');
  return `0x${digits.padEnd(64, '0')}`;
}

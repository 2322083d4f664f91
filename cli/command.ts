// What a command of the `assay` tool is, and the three ways it can end: 0 done, 1 something was found wrong, 2 it could not be
// done (usage, network, chain), with the cause and the mend in one sentence.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Hex } from '../protocol/bytes.ts';

/** 3: an audit on demand that came to no verdict on the node. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Where a command writes; tests give their own. */
export type Io = {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** One line that the next one replaces; null clears it. Does nothing where nobody watches. */
  readonly progress: (line: string | null) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export type Command = {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly run: (args: readonly string[], io: Io) => Promise<ExitCode>;
};

/** The command line does not make sense: shown with the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It could not be done; the message names the cause and the mend. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** Name of the environment variable that asks for the stack of a fault. */
export const DEBUG_VARIABLE = 'ASSAY_DEBUG';

/**
 * What is said of a fault of this program. Without the error's own message, which may hold an RPC's URL and so its API key.
 * It always ends with 2: a fault has found nothing wrong.
 */
export function faultSentence(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return `A fault of this program (${name}) ended the command before it was done, so nothing was found out; set ${DEBUG_VARIABLE}=1 to see where.`;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** `parseArgs`, strict, with our error. */
export function parseFlags<T extends Options>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T; strict: true }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The command line could not be read.');
  }
}

export function required(value: string | undefined, flag: string): string {
  if (value === undefined || value === '') throw new UsageError(`${flag} is missing.`);
  return value;
}

export function integerFlag(text: string, flag: string, min: number, max: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new UsageError(`${flag} must be an integer from ${String(min)} to ${String(max)}.`);
  }
  return value;
}

export function hexFlag(text: string, flag: string, bytes: number): Hex {
  if (!new RegExp(`^0x[0-9a-fA-F]{${String(2 * bytes)}}$`).test(text)) {
    throw new UsageError(`${flag} must be 0x and ${String(2 * bytes)} hexadecimal digits.`);
  }
  return text.toLowerCase() as Hex;
}

/** An http or https URL without credentials. */
export function urlFlag(text: string, flag: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw new UsageError(`${flag} must be an http(s) URL.`);
  if (url.username !== '' || url.password !== '') throw new UsageError(`${flag} must not hold a user name or password.`);
  return url.href;
}

/** A URL that others append paths to, so one without a query or a fragment: auditors and validators refuse those. */
export function baseUrlFlag(text: string, flag: string): string {
  const url = urlFlag(text, flag);
  if (/[?#]/.test(url)) throw new UsageError(`${flag} must not have a query or a fragment.`);
  return url;
}

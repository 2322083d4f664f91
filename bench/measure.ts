// What a measure is, and the few ways in which figures are taken: medians with their range, process time of a process, peak memory.
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

export type Spread = { readonly median: number; readonly min: number; readonly max: number; readonly runs: number };

/** One line of the table: a figure, what stands beside it, and what it was meant to be. */
export type Line = {
  readonly what: string;
  readonly unit: string;
  readonly figure: Spread;
  readonly beside: { readonly what: string; readonly figure: Spread } | null;
  /** How many times better than what stands beside it; null where the two are not to be divided. */
  readonly ratio: number | null;
  readonly aim: { readonly text: string; readonly met: boolean } | null;
};

export type Section = { readonly title: string; readonly lines: readonly Line[]; readonly notes: readonly string[] };

export type BenchOptions = {
  /** A smoke run: small sizes, few repeats; its figures mean nothing. */
  readonly quick: boolean;
  /** Progress, for standard error. */
  readonly say: (text: string) => void;
};

export type Bench = {
  readonly name: string;
  readonly about: string;
  readonly run: (options: BenchOptions) => Promise<Section | readonly Section[]>;
};

export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (i: number): number => sorted[Math.max(0, Math.min(sorted.length - 1, i))] ?? Number.NaN;
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1), runs: sorted.length };
}

/** A line without anything beside it. */
export function alone(what: string, unit: string, samples: readonly number[], aim: Line['aim'] = null): Line {
  return { what, unit, figure: spread(samples), beside: null, ratio: null, aim };
}

/** Milliseconds that `work` takes on the wall clock. */
export async function wallMs(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const CLOCK_TICK_MS = 10; // USER_HZ is 100 on every Linux that Node runs on

/**
 * User and system time of a process, all of its threads, in steps of 10 ms; null where there is no /proc.
 * The kernel's own account: what other processes do on the machine is not in it.
 */
export function processMs(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces
    return CLOCK_TICK_MS * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return null;
  }
}

function statusMiB(pid: number, field: 'VmHWM' | 'VmRSS'): number | null {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
    return found === null ? null : Number(found[1]) / 1024;
  } catch {
    return null;
  }
}

export type PeakMemory = {
  /** Resident memory when the watch began, MiB. */
  readonly before: number;
  /** The most since then, as the kernel counted it, less `before`. */
  growth(): number;
};

/** Sets a process' high-water mark back and watches it from here on. Without /proc, this process' own mark since its start. */
export function watchPeak(pid: number = process.pid): PeakMemory {
  try {
    writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
  } catch {
    // not Linux, or not allowed: the mark then includes what came before, which can only make the figure worse
  }
  const own = (): number => process.resourceUsage().maxRSS / 1024;
  const before = statusMiB(pid, 'VmRSS') ?? process.memoryUsage().rss / 2 ** 20;
  return { before, growth: () => Math.max(0, (statusMiB(pid, 'VmHWM') ?? own()) - before) };
}

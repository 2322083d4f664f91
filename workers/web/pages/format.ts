// Numbers, times and hashes as people read them. Everything here returns plain text; the templates escape it.
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const number = (value: number): string => grouped.format(value);

export const plural = (count: number, one: string, many = `${one}s`): string => `${number(count)} ${count === 1 ? one : many}`;

/** Rounded down, so that nothing but all is 100 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const tenths = Math.floor((1000 * part) / whole);
  return `${tenths % 10 === 0 ? String(tenths / 10) : (tenths / 10).toFixed(1)} %`;
}

/** `2026-11-22 10:58:03` in UTC. */
export function utc(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? '–' : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** The first and last digits of a hash: enough to tell two apart by eye. */
export const short = (hex: string): string => (hex.length <= 14 ? hex : `${hex.slice(0, 8)}…${hex.slice(-4)}`);

const UNITS = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** Three digits and a prefix: `1.23 T`. */
function prefixed(value: number, unit: string): string {
  if (value <= 0) return '–';
  const step = Math.max(0, Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3)));
  return `${(value / 1000 ** step).toPrecision(3)} ${UNITS[step] ?? ''}${unit}`;
}

/** Operations a second: `1.23 Tops/s`. */
export const rate = (opsPerSecond: number): string => prefixed(opsPerSecond, 'ops/s');

/** Bytes: `69.6 GB`. */
export const bytes = (count: number): string => prefixed(count, 'B');

/** Bytes a second: `1.23 TB/s`. */
export const bandwidth = (bytesPerSecond: number): string => prefixed(bytesPerSecond, 'B/s');

export const duration = (ms: number): string => (ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${number(ms)} ms`);

/** Millionths as a percentage, rounded down: `97.4 %`. */
export const share = (ppm: number): string => percent(ppm, 1_000_000);

const TOKEN_DIGITS = 18;
const SHOWN_DIGITS = 4;

/** An amount in units of 10⁻¹⁸ token, with up to four decimals, rounded down: `12.5`. */
export function tokens(amount: string): string {
  const digits = amount.padStart(TOKEN_DIGITS + 1, '0');
  const fraction = digits.slice(-TOKEN_DIGITS).slice(0, SHOWN_DIGITS).replace(/0+$/, '');
  const whole = new Intl.NumberFormat('en').format(BigInt(digits.slice(0, -TOKEN_DIGITS)));
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** Host of an address that somebody else wrote; the text itself stays out of links. */
export const hostOf = (url: string | null): string =>
  (url !== null && URL.canParse(url) ? new URL(url).host : '') || 'no address';

/** A stretch of time in its largest whole unit, or two: `1 h`, `90 s`, `1 min 30 s`, `7 days`. */
export function span(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3_600, 'h'],
    [60, 'min'],
  ] as const;
  if (seconds < 120 && seconds % 60 !== 0) return `${String(Number(seconds.toFixed(1)))} s`;
  for (const [size, name] of units) {
    if (seconds < size) continue;
    const whole = Math.floor(seconds / size);
    const rest = seconds % size;
    const said = name === 'day' ? plural(whole, name) : `${number(whole)} ${name}`;
    return rest < 1 ? said : `${said} ${span(rest)}`;
  }
  return `${number(seconds)} s`;
}

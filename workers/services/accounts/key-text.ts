// A key's text: `assay_<id>_<secret><checksum>`. The id is visible everywhere and names the key; the secret is shown once and stored as its
// SHA-256 only. The checksum (CRC-32 of all before it, as other services' keys have it) tells a mistyped key from a wrong one without a
// look-up, and lets secret scanners know a key of ours when they see one.
import { ascii, toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = BigInt(DIGITS.length);
const ID_CHARS = 8;
const SECRET_BYTES = 32;
/** 62^43 > 2^256: the shortest that holds every secret. */
const SECRET_CHARS = 43;
/** 62^6 > 2^32. */
const CHECK_CHARS = 6;

/** What a secret scanner looks for; a match whose checksum is right is a key. */
export const KEY_PATTERN = /^assay_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

function base62(value: bigint, chars: number): string {
  let text = '';
  for (let rest = value; text.length < chars; rest /= BASE) text = (DIGITS[Number(rest % BASE)] ?? '') + text;
  return text;
}

/** So many characters of chance: a remainder of 64 bits more than they hold, so that none is likelier than another by 2^-64. */
export function randomText(random: (bytes: number) => Uint8Array, chars: number): string {
  return base62(BigInt(toHex(random(chars + 8))), chars);
}

/** CRC-32 (IEEE 802.3), bit by bit: sixty characters need no table. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const checksum = (head: string): string => base62(BigInt(crc32(ascii(head))), CHECK_CHARS);

export type KeyText = { readonly id: string; readonly secret: string };

/** What is stored of a secret. */
export const secretHash = (secret: string): Hex => toHex(sha256(ascii(secret)));

/** @example keyText({ id, secret }) // assay_4fQ81vTz_… */
export function keyText({ id, secret }: KeyText): string {
  const head = `assay_${id}_${secret}`;
  return head + checksum(head);
}

export function freshKeyText(random: (bytes: number) => Uint8Array): KeyText {
  return { id: randomText(random, ID_CHARS), secret: base62(BigInt(toHex(random(SECRET_BYTES))), SECRET_CHARS) };
}

/** The parts of a whole key; null for anything else, mistyped keys too. */
export function parseKeyText(text: string): KeyText | null {
  const [, id, secret, check] = KEY_PATTERN.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  return checksum(`assay_${id}_${secret}`) === check ? { id, secret } : null;
}

/** Whether two hashes are the same, in a time that tells nothing about where they differ. */
export function sameHash(a: Hex, b: Hex): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

// Base64 of bytes (RFC 4648, section 4), and of plain texts in its URL form without padding (section 5). Runs in Node, in workerd and in browsers.

/** Characters in one call: engines bound a call's arguments. */
const CALL_BYTES_MAX = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CALL_BYTES_MAX) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CALL_BYTES_MAX));
  }
  return btoa(binary);
}

/** Null for what is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** Of a text whose characters are below 256. */
export const toUrlText = (plain: string): string => btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** Null for what is longer than `charsMax` or not of that form. */
export function fromUrlText(text: string, charsMax: number): string | null {
  if (text.length > charsMax || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return null;
  }
}

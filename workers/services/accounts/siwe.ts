// What is asked of a message of EIP-4361 before its signature matters: that it is one, whole and in one reading; that it is for here, for this
// chain, and for now.
import { createSiweMessage, parseSiweMessage } from 'viem/siwe';
import type { Hex } from '../../../protocol/bytes.ts';
import { CLOCK_SKEW_SECONDS } from './limits.ts';

export type SiweWanted = {
  readonly domain: string;
  readonly uri: string;
  readonly chainId: number;
  readonly nowMs: number;
};
export type SiweMessage = { readonly address: Hex; readonly nonce: string };
export type SiweRead = { readonly ok: true; readonly value: SiweMessage } | { readonly ok: false; readonly detail: string };

const refuse = (detail: string): SiweRead => ({ ok: false, detail });

const TIMES = /^(Issued At|Expiration Time|Not Before): (.+)$/gm;

/** Timestamps may be written in several ways; all else in one. */
function withPlainTimes(text: string): string {
  return text.replace(TIMES, (line, name: string, time: string) => {
    const at = new Date(time);
    return Number.isNaN(at.getTime()) ? line : `${name}: ${at.toISOString()}`;
  });
}

/** The fields; null unless writing them gives the same text again, so that nothing in it is left unread. */
function fieldsOf(text: string): ReturnType<typeof parseSiweMessage> | null {
  const fields = parseSiweMessage(text);
  const { address, chainId, domain, nonce, uri, version } = fields;
  if (address === undefined || chainId === undefined || domain === undefined) return null;
  if (nonce === undefined || uri === undefined || version === undefined) return null;
  try {
    const again = createSiweMessage({ ...fields, address, chainId, domain, nonce, uri, version });
    return again === withPlainTimes(text) ? fields : null;
  } catch {
    return null; // a field that no message may have, such as a date that is none
  }
}

const sameHost = (uri: string, domain: string): boolean => URL.canParse(uri) && new URL(uri).host === domain;

/** Everything but nonce and signature, which are used up and checked afterwards. */
export function readSiwe(text: string, { domain, uri, chainId, nowMs }: SiweWanted): SiweRead {
  const fields = fieldsOf(text);
  if (fields === null)
    return refuse(
      'message: not a message of EIP-4361, or not in its one spelling. Make it from the answer of POST /v1/sign-in/nonce.',
    );
  if (fields.domain !== domain) return refuse(`message: it is for another domain. Here it must say ${domain}.`);
  if (fields.uri === undefined || !sameHost(fields.uri, domain))
    return refuse(`message: its URI is another place. Here it must say ${uri}.`);
  if (fields.chainId !== chainId)
    return refuse(`message: it is for another chain. Here it must say Chain ID ${String(chainId)}.`);
  const { issuedAt, expirationTime, notBefore } = fields;
  if (issuedAt === undefined || issuedAt.getTime() > nowMs + 1000 * CLOCK_SKEW_SECONDS) {
    return refuse('message: it was issued in the future. Set your clock.');
  }
  if (expirationTime !== undefined && nowMs >= expirationTime.getTime())
    return refuse('message: it has expired. Sign a new one.');
  if (notBefore !== undefined && nowMs < notBefore.getTime()) return refuse('message: it is not valid yet.');
  const { address, nonce } = fields;
  if (address === undefined || nonce === undefined) return refuse('message: it names no address or no nonce.');
  return { ok: true, value: { address, nonce } };
}

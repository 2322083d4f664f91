// Whether a delivery is who it says it is from: Standard Webhooks, with a shared secret (v1) or a public key (v1a).
import { ed25519 } from '@noble/curves/ed25519.js';
import { Webhook } from 'standardwebhooks';
import { UsageError } from '../command.ts';

/** Null: the signature is good. Else why not, in one sentence. */
export type Check = (headers: Readonly<Record<string, string>>, body: string, nowMs: number) => string | null;

const TOLERANCE_SECONDS = 300;
const base64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

function bySecret(secret: string): Check {
  let webhook: Webhook;
  try {
    webhook = new Webhook(secret);
  } catch {
    throw new UsageError('--secret must be the whsec_… that was shown when the endpoint was made.');
  }
  return (headers, body) => {
    try {
      webhook.verify(body, { ...headers }, { jsonParse: false });
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : 'no good signature';
    }
  };
}

function byPublicKey(text: string): Check {
  const key = base64(text.replace(/^whpk_/, ''));
  if (key.length !== 32) throw new UsageError('--public-key must be the whpk_… of GET /v1/webhooks/public-key.');
  return (headers, body, nowMs) => {
    const [id, seconds] = [headers['webhook-id'] ?? '', headers['webhook-timestamp'] ?? ''];
    if (!/^\d{1,12}$/.test(seconds) || Math.abs(nowMs / 1000 - Number(seconds)) > TOLERANCE_SECONDS) {
      return 'its time is missing or more than five minutes from now';
    }
    const signed = new TextEncoder().encode(`${id}.${seconds}.${body}`);
    const signatures = (headers['webhook-signature'] ?? '').split(' ').filter((one) => one.startsWith('v1a,'));
    const isGood = signatures.some((one) => {
      const bytes = base64(one.slice(4));
      return bytes.length === 64 && ed25519.verify(bytes, signed, key);
    });
    return isGood ? null : 'no ed25519 signature of this key is on it';
  };
}

/** Null where nothing is given to check by. @throws UsageError for what is neither a secret nor a key */
export function checkOf(secret: string | undefined, publicKey: string | undefined): Check | null {
  if (secret !== undefined && publicKey !== undefined) throw new UsageError('Give --secret or --public-key, not both.');
  if (secret !== undefined) return bySecret(secret);
  return publicKey === undefined ? null : byPublicKey(publicKey);
}

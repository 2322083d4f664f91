// Signatures of Standard Webhooks: HMAC by the public library, ed25519 by the platform (the specification's scheme v1a over the same text).
import { Webhook } from 'standardwebhooks';
import { toBase64 } from '../../schema/base64.ts';
import type { DeliveryPorts } from '../services/alerts/ports.ts';
import { signingSeed } from './webhook-vault.ts';

/** RFC 8410: what precedes the 32 bytes of an ed25519 seed in PKCS #8. */
const PKCS8_HEAD = Uint8Array.of(0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20);

type Sign = DeliveryPorts['sign'];
type Imported = ReturnType<typeof crypto.subtle.importKey>;

/** @param vaultKey null where there is none: only what needs no key of this Worker can be signed */
export function webhookSigner(vaultKey: Uint8Array | null): Sign {
  let imported: Imported | null = null;
  const workerKey = (key: Uint8Array): Imported =>
    (imported ??= crypto.subtle.importKey('pkcs8', Uint8Array.of(...PKCS8_HEAD, ...signingSeed(key)), 'Ed25519', false, [
      'sign',
    ]));
  return async ({ scheme }, secrets, { id, seconds, body }) => {
    if (scheme === 'v1') {
      const at = new Date(1000 * seconds);
      return secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' ');
    }
    if (vaultKey === null) throw new Error('There is no VAULT_KEY to sign with.');
    const text = new TextEncoder().encode(`${id}.${String(seconds)}.${body}`);
    const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', await workerKey(vaultKey), text));
    return `v1a,${toBase64(signature)}`;
  };
}

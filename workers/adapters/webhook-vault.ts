// Secrets of endpoints at rest: AES-256-GCM under a key that follows from VAULT_KEY, bound to what they belong to; and this Worker's
// ed25519 key, which follows from it, too. The key itself is never used for either.
import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64, toBase64 } from '../../schema/base64.ts';
import { DomainError } from '../errors.ts';
import type { EndpointSecrets, Vault } from '../services/alerts/ports.ts';

const IV_BYTES = 12;
const encoder = new TextEncoder();

const derive = (key: Uint8Array, info: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hkdf(sha256, key, undefined, encoder.encode(info), 32));

/** The seed of the key that signs for all endpoints with scheme v1a. */
export const signingSeed = (vaultKey: Uint8Array): Uint8Array<ArrayBuffer> => derive(vaultKey, 'assay/webhooks/ed25519/1');

const UNREADABLE =
  'The secrets of a webhook endpoint cannot be opened: VAULT_KEY is not the one that they were stored under. Put the old key back, or make the endpoints anew.';

export function webhookVault(vaultKey: Uint8Array): Vault {
  const raw = derive(vaultKey, 'assay/webhooks/secrets/1');
  const key = crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const algorithm = (iv: Uint8Array<ArrayBuffer>, about: string) => ({
    name: 'AES-GCM',
    iv,
    additionalData: encoder.encode(about),
  });
  return {
    seal: async (about, secrets) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const plain = encoder.encode(JSON.stringify(secrets));
      const sealed = await crypto.subtle.encrypt(algorithm(iv, about), await key, plain);
      return `1.${toBase64(iv)}.${toBase64(new Uint8Array(sealed))}`;
    },
    open: async (about, sealed) => {
      const [version, iv = '', text = ''] = sealed.split('.');
      try {
        if (version !== '1') throw new Error('another version');
        const [nonce, bytes] = [fromBase64(iv), fromBase64(text)];
        if (nonce === null || bytes === null) throw new Error('not base64');
        const plain = await crypto.subtle.decrypt(algorithm(nonce, about), await key, bytes);
        // Our own JSON: what decrypts was sealed above.
        return JSON.parse(new TextDecoder().decode(plain)) as EndpointSecrets;
      } catch {
        throw new DomainError('misconfigured', UNREADABLE);
      }
    },
    publicKey: () => `whpk_${toBase64(ed25519.getPublicKey(signingSeed(vaultKey)))}`,
  };
}

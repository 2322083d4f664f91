// The key is made once, kept, private, refused when damaged; its signatures have one form.
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { p256 } from '@noble/curves/nist.js';
import { freshSigner, keyFileOf, openIdentity } from '../../../gpu-runners/identity.ts';
import { registrationProof } from '../../../gpu-runners/proof.ts';
import { nodeIdOf, nodeKeyPayload, verifyReceipt } from '../../../protocol/receipts.ts';
import { DOMAIN, OPERATOR } from './rig.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assay-identity-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('identity', () => {
  it('is made at the first start, and the same ever after', () => {
    const first = openIdentity(join(directory, 'data'));
    const second = openIdentity(join(directory, 'data'));
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.signer.nodeId).toBe(first.signer.nodeId);
    expect(nodeIdOf(first.signer.publicKey)).toBe(first.signer.nodeId);
    expect(statSync(keyFileOf(join(directory, 'data'))).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'data'))).toEqual(['node-key.pem']);
  });

  it.each([
    ['empty', ''],
    ['cut', (key: string) => key.slice(0, 80)],
    [
      'of another curve',
      () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ],
    [
      'no elliptic curve key',
      () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ],
    ['far too long', (key: string) => key + 'x'.repeat(10_000)],
  ])('refuses a key file that is %s, and leaves it as it is', (_what, damage) => {
    openIdentity(directory);
    const damaged = typeof damage === 'string' ? damage : damage(readFileSync(keyFileOf(directory), 'utf8'));
    writeFileSync(keyFileOf(directory), damaged);
    expect(() => openIdentity(directory)).toThrow(/is not a P-256 private key in PEM form\. Restore it from a backup/);
    expect(readFileSync(keyFileOf(directory), 'utf8')).toBe(damaged);
  });

  it('refuses a key that others can read', () => {
    openIdentity(directory);
    chmodSync(keyFileOf(directory), 0o644);
    expect(() => openIdentity(directory)).toThrow(/chmod 600/);
  });

  it('signs with a low s only, and verifiably', () => {
    const signer = freshSigner();
    for (let i = 0; i < 64; i++) {
      const payload = new Uint8Array(66).fill(i);
      const signature = signer.sign(payload);
      expect(p256.Signature.fromBytes(signature).hasHighS()).toBe(false);
      expect(verifyReceipt(signer.publicKey, payload, `0x${Buffer.from(signature).toString('hex')}`)).toBe(true);
    }
  });

  it('proves possession to one operator on one registry', () => {
    const signer = freshSigner();
    const { signature, nodeId } = registrationProof(signer, DOMAIN, OPERATOR);
    const holds = (domain: typeof DOMAIN | { chainId: number; registry: `0x${string}` }, operator: `0x${string}`): boolean =>
      verifyReceipt(signer.publicKey, nodeKeyPayload(domain, operator, nodeId), signature);
    expect(holds(DOMAIN, OPERATOR)).toBe(true);
    expect(holds({ ...DOMAIN, chainId: 1 }, OPERATOR)).toBe(false);
    expect(holds(DOMAIN, `0x${'0b'.repeat(20)}`)).toBe(false);
  });
});

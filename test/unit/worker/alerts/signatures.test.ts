// Signatures and secrets against independent sources: the standard's own library, and ed25519 of another library than the one that signed.
import { ed25519 } from '@noble/curves/ed25519.js';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { webhookSigner } from '../../../../workers/adapters/webhook-signer.ts';
import { webhookVault } from '../../../../workers/adapters/webhook-vault.ts';

const KEY = new Uint8Array(32).fill(7);
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
const signed = () => ({ id: 'evt_1', seconds: Math.floor(Date.now() / 1000), body: '{"type":"node.down"}' });
const headersOf = ({ id, seconds }: ReturnType<typeof signed>, signature: string) => ({
  ...{ 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature },
});

describe('scheme v1', () => {
  it('gives the value of the specification’s example', async () => {
    const sign = webhookSigner(null);
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', seconds: 1_614_265_330, body: '{"test": 2432232314}' };
    const signature = await sign({ scheme: 'v1' }, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], message);
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('of two secrets is verified by the holder of either', async () => {
    const secrets = ['whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA='];
    const message = signed();
    const headers = headersOf(message, await webhookSigner(null)({ scheme: 'v1' }, secrets, message));
    for (const secret of secrets) expect(new Webhook(secret).verify(message.body, headers)).toEqual({ type: 'node.down' });
    const stranger = new Webhook('whsec_CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCA=');
    expect(() => stranger.verify(message.body, headers)).toThrow('No matching signature');
  });
});

describe('scheme v1a', () => {
  it('is an ed25519 signature by the key that the vault shows', async () => {
    const message = signed();
    const signature = await webhookSigner(KEY)({ scheme: 'v1a' }, [], message);
    const key = bytes(webhookVault(KEY).publicKey().replace('whpk_', ''));
    const text = new TextEncoder().encode(`${message.id}.${String(message.seconds)}.${message.body}`);
    expect(signature.startsWith('v1a,')).toBe(true);
    expect(ed25519.verify(bytes(signature.slice(4)), text, key)).toBe(true);
    expect(webhookVault(new Uint8Array(32).fill(8)).publicKey()).not.toBe(webhookVault(KEY).publicKey());
    await expect(webhookSigner(null)({ scheme: 'v1a' }, [], message)).rejects.toThrow('VAULT_KEY');
  });
});

describe('the vault', () => {
  const secrets = { url: 'https://x.test/', secret: 'whsec_x', previous: null, routingKey: null };

  it('gives back what it sealed, to the same endpoint under the same key only', async () => {
    const vault = webhookVault(KEY);
    const sealed = await vault.seal('ep_1', secrets);
    expect(sealed).not.toContain('whsec');
    expect(await vault.open('ep_1', sealed)).toEqual(secrets);
    expect(await vault.seal('ep_1', secrets)).not.toBe(sealed);
    const bent = `${sealed.slice(0, -2)}${sealed.endsWith('A=') ? 'B=' : 'A='}`;
    const stranger = webhookVault(new Uint8Array(32).fill(8));
    for (const open of [
      () => vault.open('ep_2', sealed),
      () => stranger.open('ep_1', sealed),
      () => vault.open('ep_1', bent),
      () => vault.open('ep_1', 'nonsense'),
      () => vault.open('ep_1', sealed.replace(/^1/, '2')),
    ]) {
      await expect(open()).rejects.toMatchObject({ code: 'misconfigured' });
    }
  });
});

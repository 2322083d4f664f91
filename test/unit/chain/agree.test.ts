// One word of several RPCs: who has a say, who is silent, and what is said when they differ.
import { describe, expect, it } from 'vitest';
import { differentEntry, differentField, differentValue, eachClient, readAgreed } from '../../../chain/agree.ts';
import type { RegistryClient } from '../../../chain/client.ts';
import { ChainError, type ChainErrorCode } from '../../../chain/errors.ts';
import { RPC_URLS_MAX } from '../../../chain/limits.ts';

const WHERE = { chainId: 1, registry: `0x${'5f'.repeat(20)}` } as const;
const clients = (count: number): RegistryClient[] =>
  eachClient({ ...WHERE, rpcUrls: Array.from({ length: count }, (_, i) => `http://127.0.0.1:1/${String(i)}`) });

type Said = number | ChainErrorCode;
/** Each RPC says a number, or fails with a code; `early`: before it is even asked. */
function ask(said: readonly Said[], early = false): { result: Promise<number>; asked: number[] } {
  const all = clients(said.length);
  const asked: number[] = [];
  const of = (client: RegistryClient): Said => said[all.indexOf(client)] ?? 'bad_argument';
  const fail = (code: ChainErrorCode): never => {
    throw new ChainError(code, `It is ${code}.`);
  };
  const result = readAgreed(all, {
    what: 'the number',
    ready: async (client) => {
      const value = of(client);
      if (early && typeof value === 'string') fail(value);
    },
    read: async (client) => {
      asked.push(all.indexOf(client));
      const value = of(client);
      return typeof value === 'string' ? fail(value) : value;
    },
    differs: differentValue,
  });
  return { result, asked };
}

describe.each([true, false])('RPCs that fail (before they are asked: %s)', (early) => {
  it('are silent when they are down, lag or know no registry yet', async () => {
    expect(await ask(['unreachable', 7, 'behind', 7, 'no_code'], early).result).toBe(7);
  });

  it('otherwise are for people to look at, whatever the others say', async () => {
    for (const code of ['wrong_chain', 'not_registry', 'bad_response', 'too_many', 'reverted'] as const)
      await expect(ask([7, code], early).result).rejects.toMatchObject({ code });
  });

  it('all of them: the one that lags says why', async () => {
    await expect(ask(['unreachable', 'behind'], early).result).rejects.toMatchObject({ code: 'behind' });
    await expect(ask(['unreachable', 'no_code'], early).result).rejects.toMatchObject({ code: 'no_code' });
    await expect(ask(['unreachable'], early).result).rejects.toMatchObject({ code: 'unreachable' });
  });
});

it('two that differ are named by their places', async () => {
  const message = /^RPCs 2 and 4 of RPC_URL differ about the number: one says 7, the other 8\./;
  await expect(ask(['unreachable', 7, 7, 8]).result).rejects.toMatchObject({
    code: 'disagreeing',
    message: expect.stringMatching(message) as string,
  });
});

it('each is asked once, in order, and a lone one is believed', async () => {
  const three = ask([7, 7, 7]);
  expect([await three.result, three.asked]).toEqual([7, [0, 1, 2]]);
  expect(await ask([5]).result).toBe(5);
});

it('no RPC, or more than are handled, are refused', () => {
  expect(() => clients(0)).toThrow(ChainError);
  expect(() => clients(RPC_URLS_MAX + 1)).toThrow(ChainError);
  expect(clients(RPC_URLS_MAX)).toHaveLength(RPC_URLS_MAX);
});

it('records differ in a field, at any depth, and lists by length or entry', () => {
  const one = { id: 'a', stake: 5n, key: { x: 1, y: 2 } };
  expect(differentField(one, { ...one, key: { x: 1, y: 2 } })).toBeNull();
  expect(differentField(one, { ...one, key: { x: 1, y: 3 } })).toBe('key');
  expect(differentField(one, { ...one, stake: 6n })).toBe('stake');
  expect(differentField(one, {})).toBe('id');
  expect(differentEntry([one], [one, one])).toBe('one has 1 entries, the other 2');
  expect(differentEntry([one, one], [one, { ...one, id: 'b' }])).toBe('entry 1 has another id');
  expect(differentEntry([one], [{ ...one }])).toBeNull();
});

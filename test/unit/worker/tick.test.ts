// A slot's steps: each on its own, none keeps another from running, and what they say of failures holds nothing secret.
import { describe, expect, it } from 'vitest';
import { ChainError, asChainError } from '../../../chain/errors.ts';
import { registryClient, assertDeployment } from '../../../chain/client.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import { DomainError } from '../../../workers/errors.ts';
import { auditChunk } from '../../../workers/services/audit.ts';
import type { Context, Ledger, Ports, Registry } from '../../../workers/services/ports.ts';
import { step, tick, troubleOf } from '../../../workers/services/tick.ts';
import { beacon, openValidator, type Validator } from './rig.ts';

const SECRETS = ['0xfeedface', 'k3y-0f-the-rpc', 'rpc.example', 'hunter2'];
const LEAKY = 'POST https://user:hunter2@rpc.example/v2/k3y-0f-the-rpc failed with key 0xfeedface';

class HttpRequestError extends Error {
  override readonly name = 'HttpRequestError';
  readonly url = 'https://rpc.example/v2/k3y-0f-the-rpc';
}

const slotMs = (validator: Validator, slot: number, epoch = validator.plan.epoch): number =>
  1000 * (epochStart(validator.world.clock, epoch) + slot * validator.world.clock.slotSeconds);

/** A port whose methods fail, all or `only` some; keys answer at once, all others later. */
function broken<T extends object>(port: T, error: () => Error, only?: readonly string[]): T {
  const fail = (): Promise<never> => {
    if ('seed' in port) throw error();
    return Promise.reject(error());
  };
  return new Proxy(port, {
    get: (target, name) => (only === undefined || only.includes(String(name)) ? fail : (Reflect.get(target, name) as unknown)),
  });
}

describe('a tick', () => {
  const queuedOf = (validator: Validator) => validator.queued.map(({ chunk }) => `${String(chunk.epoch)}/${String(chunk.slot)}`);

  it('freezes the next epoch in the second half only, and sends each slot one slot ahead', async () => {
    const validator = await openValidator();
    expect(await tick(validator.context, slotMs(validator, 1))).toEqual([]);
    expect([...validator.stored.epochs.keys()]).toEqual([6]);
    expect(queuedOf(validator)).toEqual(['6/1', '6/2']);
    expect(await tick(validator.context, slotMs(validator, 2))).toEqual([]);
    expect(queuedOf(validator)).toEqual(['6/1', '6/2', '6/3']);
    expect(validator.stored.epochs.get(7)?.state).toBe('frozen');
  });

  it('opens the next epoch when its beacon round is due, and sends its first slot ahead', async () => {
    const validator = await openValidator();
    const { policy } = validator.world;
    const dueMs = slotMs(validator, 0, 7) - 1000 * policy.beacon.leadSeconds;
    validator.clock.set(dueMs - 1);
    await tick(validator.context, slotMs(validator, 3));
    expect(validator.stored.epochs.get(7)?.state).toBe('frozen');
    validator.clock.set(dueMs);
    await tick(validator.context, slotMs(validator, 3));
    expect(validator.stored.epochs.get(7)?.state).toBe('open');
    expect(queuedOf(validator)).toEqual(['6/3', '7/0']);
    await tick(validator.context, slotMs(validator, 0, 7));
    expect(queuedOf(validator)).toEqual(['6/3', '7/0', '7/1']);
  });

  it('before genesis does nothing', async () => {
    const validator = await openValidator();
    expect(await tick(validator.context, 1000 * validator.world.clock.genesis - 1)).toEqual([]);
    expect(validator.queued).toEqual([]);
  });

  it('fired twice for a slot sends it once; sent twice after all, its chunks run once', async () => {
    const validator = await openValidator();
    for (let i = 0; i < 2; i++) await tick(validator.context, slotMs(validator, 0));
    expect(queuedOf(validator)).toEqual(['6/0', '6/1']);
    const again = await openValidator();
    await tick(
      again.with({ ledger: broken(again.context.ports.ledger, () => new Error('D1'), ['scheduled']) }),
      slotMs(again, 0),
    );
    await tick(again.context, slotMs(again, 0));
    expect(queuedOf(again)).toEqual(['6/0', '6/0', '6/1']);
    const outcomes = [];
    for (const { chunk } of again.queued) outcomes.push(await again.clock.run(auditChunk(again.context, chunk)));
    expect(outcomes).toEqual(['stored', 'repeated', 'stored']);
  });

  it('asks for no message before its first probe, and for none after the slot', async () => {
    const validator = await openValidator();
    validator.clock.set(slotMs(validator, 3) - 3_000_000);
    await tick(validator.context, slotMs(validator, 3));
    const [early] = validator.queued;
    const behind = await openValidator();
    behind.clock.set(slotMs(behind, 3) + 60_000);
    await tick(behind.context, slotMs(behind, 3));
    const [late] = behind.queued;
    expect(early?.delaySeconds).toBeGreaterThanOrEqual(3000);
    expect(early?.delaySeconds).toBeLessThanOrEqual(3000);
    expect(late?.delaySeconds).toBe(0);
  });

  const failures: [string, (context: Context) => Partial<Ports>][] = [
    ['freeze', ({ ports }) => ({ registry: broken(ports.registry, () => new Error(LEAKY)) })],
    ['open', ({ ports }) => ({ beacon: broken(ports.beacon, () => new HttpRequestError(LEAKY)) })],
    ['schedule', ({ ports }) => ({ queue: broken(ports.queue, () => new Error(LEAKY)) })],
  ];
  it.each(failures)('whose step %s fails still runs the others, and says which failed', async (name, replace) => {
    const validator = await openValidator();
    const { ledger } = validator.context.ports;
    if (name === 'open') {
      await ledger.freeze({ ...(validator.stored.epochs.get(6) as never as Parameters<Ledger['freeze']>[0]), epoch: 5 }, []);
    }
    const context = validator.with(replace(validator.context));
    const troubles = await tick(context, slotMs(validator, 2));
    expect(troubles.map((trouble) => trouble.step)).toEqual([name]);
    expect(troubles[0]?.code).toBe('internal');
    expect([...validator.stored.notes.keys()]).toEqual([name]);
    if (name !== 'schedule') expect(validator.queued).toHaveLength(2);
  });

  it('clears a step’s trouble when it works again', async () => {
    const validator = await openValidator();
    const { queue } = validator.context.ports;
    await tick(validator.with({ queue: broken(queue, () => new Error(LEAKY)) }), slotMs(validator, 0));
    expect(validator.stored.notes.size).toBe(1);
    await tick(validator.context, slotMs(validator, 0));
    expect(validator.stored.notes.size).toBe(0);
  });

  it('goes on when even the notes cannot be kept', async () => {
    const validator = await openValidator();
    const { ledger } = validator.context.ports;
    const troubles = await tick(
      validator.with({ ledger: broken(ledger, () => new Error('D1'), ['note']) }),
      slotMs(validator, 0),
    );
    expect(troubles).toEqual([]);
    expect(validator.queued).toHaveLength(2);
  });

  it('says of a beacon that is away which round it waits for', async () => {
    const validator = await openValidator();
    await tick(validator.context, slotMs(validator, 3));
    const away = { round: async () => null, control: async () => true };
    const [trouble] = await tick(validator.with({ beacon: away }), slotMs(validator, 0, 7));
    expect(trouble).toMatchObject({ step: 'open', code: 'unavailable' });
    expect(trouble?.message).toContain('BEACON_URL');
    expect(validator.stored.epochs.get(7)?.state).toBe('frozen');
    await tick(validator.with({ beacon: { ...away, round: async (round) => beacon.sign(round) } }), slotMs(validator, 1, 7));
    expect(validator.stored.epochs.get(7)?.state).toBe('open');
  });

  it('refuses a signer that the registry does not know, and a seed that is not its chain’s', async () => {
    const validator = await openValidator();
    const { registry } = validator.context.ports;
    const at = slotMs(validator, 0, 7);
    const [other] = await tick(validator.with({ registry: { ...registry, signer: async () => `0x${'99'.repeat(20)}` } }), at);
    expect(other).toMatchObject({ step: 'freeze', code: 'misconfigured' });
    expect(other?.message).toContain('SIGNER_KEY');
    const none: Registry = { ...registry, seedBase: async () => null };
    expect((await tick(validator.with({ registry: none }), at))[0]?.message).toContain('seed tip');
    const inactive: Registry = { ...registry, signer: async () => null };
    expect(await tick(validator.with({ registry: inactive }), at)).toEqual([]);
    expect(validator.stored.epochs.has(7)).toBe(false);
  });
});

describe('what leaves', () => {
  const errors: unknown[] = [
    ...[new Error(LEAKY), new HttpRequestError(LEAKY), new TypeError(LEAKY), LEAKY, { message: LEAKY }, null, undefined],
    ...[
      asChainError(new Error(LEAKY), 'nodesAt'),
      new ChainError('unreachable', 'No RPC answers.'),
      new DomainError('internal', 'x'),
    ],
    new Error('outer', { cause: new Error(LEAKY) }),
  ];
  it.each(errors)('holds no URL, key or password: %#', async (error) => {
    const text = JSON.stringify(troubleOf('freeze', error));
    for (const secret of [...SECRETS, '://']) expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({
      step: 'freeze',
      code: expect.any(String) as unknown,
      message: expect.any(String) as unknown,
    });
  });

  it('is the same where the RPC itself fails, with its URL in every error of the library', async () => {
    const url = 'http://user:hunter2@127.0.0.1:1/v2/k3y-0f-the-rpc?key=0xfeedface';
    const client = registryClient({ rpcUrls: [url], chainId: 1, registry: `0x${'11'.repeat(20)}`, timeoutMs: 500 });
    const validator = await openValidator();
    const notes: unknown[] = [];
    const ports = {
      ...validator.context.ports,
      ledger: { ...validator.context.ports.ledger, note: async (...args: unknown[]) => void notes.push(args) },
    };
    const trouble = await step(ports, 'join', () => assertDeployment(client));
    expect(trouble?.code).toBe('unreachable');
    const said = JSON.stringify([trouble, notes]);
    for (const secret of [...SECRETS, '127.0.0.1', '://']) expect(said).not.toContain(secret);
  });

  it('of every step, with every port failing, is clean', async () => {
    const validator = await openValidator();
    const { ports } = validator.context;
    const dead = () => new Error(LEAKY);
    const names = Object.keys(ports) as (keyof Ports)[];
    const said: unknown[] = [];
    for (const name of names.filter((port) => port !== 'clock' && port !== 'ledger')) {
      const context = validator.with({ [name]: broken(ports[name] as object, dead) });
      for (const [slot, epoch] of [
        [3, 6],
        [0, 7],
        [1, 8],
      ] as const) {
        validator.clock.set(slotMs(validator, slot, epoch));
        said.push(await tick(context, slotMs(validator, slot, epoch)));
      }
    }
    const text = JSON.stringify([
      said,
      [...validator.stored.notes],
      [...validator.stored.epochs.values()].map(({ note }) => note),
    ]);
    expect(text.length).toBeGreaterThan(200);
    for (const secret of [...SECRETS, '://']) expect(text).not.toContain(secret);
  });
});

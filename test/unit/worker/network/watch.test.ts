// From a fault that was found to a slash that was executed: in turns, the chain asked first, each step stored, nothing tried for ever.
import { beforeEach, describe, expect, it } from 'vitest';
import { toHex, type Hex } from '../../../../protocol/bytes.ts';
import type { EpochRoot, Statement } from '../../../../protocol/consensus/types.ts';
import type { Fault, NetworkContext } from '../../../../workers/services/network/ports.ts';
import { observe } from '../../../../workers/services/network/observe.ts';
import { watchFaults } from '../../../../workers/services/network/watch.ts';
import type { IntentState } from '../../../../workers/services/ports.ts';
import { simWorld, type SimMember, type World } from './sim/world.ts';

const KEY = toHex(new Uint8Array(32).fill(0xfa));
const TURN_MS = 3000;

let world: World;
let offender: Hex;

beforeEach(async () => {
  world = simWorld({ seed: 22 });
  await world.through(1);
  offender = world.at(3).seat.operator;
  for (const member of world.members) {
    for (let epoch = 0; epoch < 20; epoch++) await observe(world.contextOf(member), epoch);
  }
});

const statement: Statement = { validator: '0x', root: { epoch: 1, round: 0 } as EpochRoot, signature: '0x' };
const fault = (): Fault => ({
  ...{ faultKey: KEY, kind: 'two-roots', offender, epoch: 1, state: 'found', detail: 'found' },
  proof: { kind: 'two-roots', validator: offender, a: statement, b: statement },
});

type Chain = { proven: boolean; executed: boolean; executableAt: number };
type Sent = { readonly keys: string[]; state: IntentState };

/** A member whose chain and sender do as the test says. */
function contextOf(member: SimMember, chain: Chain, sent: Sent): NetworkContext {
  const context = world.contextOf(member);
  const { ports } = context;
  if (ports.member === null) throw new Error('no member');
  return {
    ...context,
    ports: {
      ...ports,
      chain: {
        ...ports.chain,
        proven: async () => chain.proven,
        slashes: async (keys) => keys.map((faultKey) => ({ slashId: 4, faultKey, ...chain, amount: 77n })),
      },
      member: {
        ...ports.member,
        submit: async (key) => {
          if (!sent.keys.includes(key)) sent.keys.push(key);
        },
        state: async (key) => (sent.keys.includes(key) ? sent.state : { state: 'unknown' }),
      },
    },
  };
}

const chainOf = (change: Partial<Chain> = {}): Chain => ({ proven: false, executed: false, executableAt: 0, ...change });
const sentOf = (): Sent => ({ keys: [], state: { state: 'pending', trouble: null } });
const stateOf = async ({ store }: SimMember): Promise<Fault | undefined> =>
  (await store.faults(['found', 'submitted', 'proven', 'executed', 'refused'], 10))[0];

/** Some time in which it is that member's turn. */
function turnOf({ index }: SimMember): number {
  const at = Math.ceil(world.nowMs() / (4 * TURN_MS)) * 4 * TURN_MS;
  return at + index * TURN_MS;
}

async function found(index = 0): Promise<SimMember> {
  const member = world.at(index);
  await member.store.addFault(fault());
  return member;
}

describe('a fault that was found', () => {
  it('is proven by one validator a turn', async () => {
    const tried: number[] = [];
    const nowMs = turnOf(world.at(2));
    for (const index of [0, 1, 2, 3]) {
      const member = await found(index);
      const sent = sentOf();
      await watchFaults(contextOf(member, chainOf(), sent), nowMs);
      if (sent.keys.length > 0) tried.push(index);
    }
    expect(tried).toEqual([2]);
    expect(await stateOf(world.at(2))).toMatchObject({ state: 'submitted' });
    expect(await stateOf(world.at(0))).toMatchObject({ state: 'found' });
  });

  it('that somebody else has proven costs nothing more', async () => {
    const member = await found();
    const sent = sentOf();
    await watchFaults(contextOf(member, chainOf({ proven: true, executableAt: 2e9 }), sent), turnOf(member));
    expect([sent.keys, (await stateOf(member))?.state]).toEqual([[], 'proven']);
  });

  it('is left alone where the watch is off, or there is no member', async () => {
    const member = await found();
    member.watchFaults = false;
    const sent = sentOf();
    const context = contextOf(member, chainOf(), sent);
    await watchFaults(context, turnOf(member));
    await watchFaults({ ...context, ports: { ...context.ports, member: null } }, turnOf(member));
    expect([sent.keys, (await stateOf(member))?.state]).toEqual([[], 'found']);
  });

  it('whose proof is refused is not tried again', async () => {
    const member = await found();
    const sent = sentOf();
    await watchFaults(contextOf(member, chainOf(), sent), turnOf(member));
    sent.state = { state: 'rejected', reason: 'WrongSigner' };
    for (let i = 0; i < 3; i++) await watchFaults(contextOf(member, chainOf(), sent), turnOf(member));
    expect(await stateOf(member)).toMatchObject({ state: 'refused', detail: 'The prover refuses it: WrongSigner.' });
    expect(sent.keys).toHaveLength(1);
  });

  it.each(['AlreadyProven', 'the transaction was mined and reverted'])(
    'lost to a faster one (%s) is proven once the RPC shows it',
    async (reason) => {
      const member = await found();
      const sent = sentOf();
      await watchFaults(contextOf(member, chainOf(), sent), turnOf(member));
      sent.state = { state: 'rejected', reason };
      await watchFaults(contextOf(member, chainOf(), sent), turnOf(member));
      expect((await stateOf(member))?.state).toBe('submitted');
      await watchFaults(contextOf(member, chainOf({ proven: true, executableAt: 2e9 }), sent), turnOf(member));
      expect((await stateOf(member))?.state).toBe('proven');
    },
  );

  it('that cannot be sent says why, after all others had their turn', async () => {
    const member = await found();
    const other = toHex(new Uint8Array(32).fill(0xfb));
    await member.store.addFault({ ...fault(), faultKey: other });
    const sent = sentOf();
    await watchFaults(contextOf(member, chainOf(), sent), turnOf(member));
    sent.state = { state: 'pending', trouble: { code: 'unavailable', message: 'The account is empty.' } };
    await expect(watchFaults(contextOf(member, chainOf(), sent), turnOf(member))).rejects.toThrow('The account is empty.');
    expect(sent.keys).toEqual([`fault:${KEY}`, `fault:${other}`]);
  });
});

describe('a slash', () => {
  it('waits for its delay, then for the turn, is tried once an epoch, and ends executed', async () => {
    const member = await found();
    const sent = sentOf();
    const nowMs = turnOf(member);
    const early = chainOf({ proven: true, executableAt: nowMs / 1000 + 1 });
    await watchFaults(contextOf(member, early, sent), nowMs);
    expect(sent.keys).toEqual([]);
    const due = chainOf({ proven: true, executableAt: nowMs / 1000 });
    await watchFaults(contextOf(member, due, sent), nowMs + TURN_MS); // somebody else's turn
    expect(sent.keys).toEqual([]);
    sent.state = { state: 'rejected', reason: 'EpochCapReached' };
    await watchFaults(contextOf(member, due, sent), nowMs);
    await watchFaults(contextOf(member, due, sent), nowMs + 1);
    expect(sent.keys).toHaveLength(1);
    await watchFaults(contextOf(member, due, sent), nowMs + 12 * TURN_MS); // more than an epoch later
    expect(sent.keys).toHaveLength(2);
    await watchFaults(contextOf(member, { ...due, executed: true }, sent), nowMs);
    expect(await stateOf(member)).toMatchObject({ state: 'executed', detail: 'Slash 4 was executed: 77 units.' });
    await watchFaults(contextOf(member, due, sent), nowMs + 40 * TURN_MS);
    expect(sent.keys).toHaveLength(2);
  });
});

// From a fault that was found to a slash that was executed: one after the other, the chain asked first, each step stored, nothing tried for ever.
import { beforeEach, describe, expect, it } from 'vitest';
import { toHex, type Hex } from '../../../../protocol/bytes.ts';
import type { EpochRoot, Statement } from '../../../../protocol/consensus/types.ts';
import type { Fault, FoundFault, NetworkContext } from '../../../../workers/services/network/ports.ts';
import { observe } from '../../../../workers/services/network/observe.ts';
import { watchFaults } from '../../../../workers/services/network/watch.ts';
import type { IntentState } from '../../../../workers/services/ports.ts';
import { simWorld, type SimMember, type World } from './sim/world.ts';

const KEY = toHex(new Uint8Array(32).fill(0xfa));
/** The policy's stagger; the fault's order of seats begins at seat 2: 0xfafafafa is 2 beyond a multiple of 4. */
const STAGGER_MS = 3000;
const placeOf = ({ index }: SimMember): number => (index + 2) % 4;

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
const fault = (): FoundFault => ({
  ...{ faultKey: KEY, kind: 'two-roots', offender, epoch: 1, state: 'found', detail: 'found', foundAtMs: world.nowMs() },
  proof: { kind: 'two-roots', validator: offender, a: statement, b: statement },
});

type Chain = { proven: boolean; executed: boolean; executableAt: number; searched: number };
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
        slashes: async (keys) => {
          chain.searched++;
          return keys.map((faultKey) => ({ slashId: 4, faultKey, ...chain, amount: 77n }));
        },
        slash: async (slashId) => ({ slashId, faultKey: KEY, ...chain, amount: 77n }),
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

const chainOf = (change: Partial<Chain> = {}): Chain => ({
  ...{ proven: false, executed: false, executableAt: 0, searched: 0 },
  ...change,
});
const sentOf = (): Sent => ({ keys: [], state: { state: 'pending', trouble: null } });
const stateOf = async ({ store }: SimMember): Promise<Fault | undefined> =>
  (await store.faults(['found', 'submitted', 'proven', 'executed', 'refused'], 10))[0];

/** When all before that member have had their time. */
const turnOf = (member: SimMember): number => world.nowMs() + placeOf(member) * STAGGER_MS;

async function found(index = 0): Promise<SimMember> {
  const member = world.at(index);
  await member.store.addFault(fault());
  return member;
}

describe('a fault that was found', () => {
  it('is proven by one after the other, in an order that begins at another seat for each fault', async () => {
    const tried: number[][] = [];
    for (const waited of [0, 1, 2, 3]) {
      const sent: number[] = [];
      for (const index of [0, 1, 2, 3]) {
        const member = await found(index);
        const by = sentOf();
        await watchFaults(contextOf(member, chainOf(), by), world.nowMs() + waited * STAGGER_MS);
        if (by.keys.length > 0) sent.push(index);
      }
      tried.push(sent);
    }
    // Whoever has sent looks at its own transaction afterwards; here the test forgets it.
    expect(tried).toEqual([[2], [2, 3], [0, 2, 3], [0, 1, 2, 3]]);
    expect(await stateOf(world.at(2))).toMatchObject({ state: 'submitted' });
  });

  it('waits for nobody’s slot: who ticks seldom still has its turn', async () => {
    const member = await found(1); // the last in the order
    const sent = sentOf();
    await watchFaults(contextOf(member, chainOf(), sent), turnOf(member) - 1);
    expect(sent.keys).toEqual([]);
    await watchFaults(contextOf(member, chainOf(), sent), turnOf(member) + 7 * STAGGER_MS + 1234);
    expect(sent.keys).toEqual([`fault:${KEY}`]);
  });

  it('of a node that signs two receipts for each challenge costs one proof an epoch', async () => {
    const member = world.at(0);
    const nodeId = toHex(new Uint8Array(32).fill(0x0d));
    const keyOf = (n: number): Hex => toHex(new Uint8Array(32).fill(n));
    for (let n = 1; n <= 30; n++) {
      const receipts = { kind: 'two-receipts', offender: nodeId, epoch: n <= 25 ? 2 : 1, faultKey: keyOf(n) } as const;
      await member.store.addFault({ ...fault(), ...receipts });
    }
    await member.store.addFault(fault());
    const sent = sentOf();
    const chain = chainOf();
    const late = world.nowMs() + 4 * STAGGER_MS;
    for (let i = 0; i < 3; i++) await watchFaults(contextOf(member, chain, sent), late);
    expect(sent.keys).toEqual([`fault:${KEY}`, `fault:${keyOf(1)}`]);
    const held = (await member.store.faults(['found'], 99)).filter(({ detail }) => detail.includes('Kept and not submitted'));
    expect(held.map(({ epoch }) => epoch)).toEqual(Array(24).fill(2));
    await member.store.setFault(keyOf(1), 'proven', 'It is proven on chain.');
    for (let i = 0; i < 3; i++) await watchFaults(contextOf(member, chain, sent), late);
    const proofs = sent.keys.filter((key) => key.startsWith('fault:'));
    expect(proofs.slice(2)).toEqual([`fault:${keyOf(26)}`]);
  });

  it('that somebody else has proven costs nothing more', async () => {
    const member = await found();
    const sent = sentOf();
    await watchFaults(contextOf(member, chainOf({ proven: true, executableAt: 2e9 }), sent), turnOf(member));
    expect([sent.keys, (await stateOf(member))?.state]).toEqual([[], 'proven']);
  });

  it('is proven by nobody where the watch is off, or there is no member', async () => {
    const member = await found();
    member.watchFaults = false;
    const sent = sentOf();
    const context = contextOf(member, chainOf(), sent);
    await watchFaults(context, turnOf(member));
    await watchFaults({ ...context, ports: { ...context.ports, member: null } }, turnOf(member));
    expect([sent.keys, (await stateOf(member))?.state]).toEqual([[], 'found']);
  });

  it('is followed by a gateway once somebody has proven it', async () => {
    const member = await found();
    const sent = sentOf();
    const { ports, ...rest } = contextOf(member, chainOf({ proven: true, executableAt: 2e9 }), sent);
    await watchFaults({ ...rest, ports: { ...ports, member: null } }, turnOf(member));
    expect([sent.keys, (await stateOf(member))?.state]).toEqual([[], 'proven']);
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
    await watchFaults(contextOf(member, chainOf(), sent), turnOf(member) + 4 * STAGGER_MS);
    sent.state = { state: 'pending', trouble: { code: 'unavailable', message: 'The account is empty.' } };
    await expect(watchFaults(contextOf(member, chainOf(), sent), turnOf(member))).rejects.toThrow('The account is empty.');
    expect(sent.keys.toSorted()).toEqual([`fault:${KEY}`, `fault:${other}`]);
  });
});

describe('a slash', () => {
  it('is looked for once, waits for its delay and its turn, is tried once an epoch, and ends executed', async () => {
    const member = await found();
    const sent = sentOf();
    const startMs = Math.ceil(world.nowMs() / 1000) * 1000;
    const chain = chainOf({ proven: true, executableAt: startMs / 1000 + 60 });
    const at = (ms: number): Promise<void> => watchFaults(contextOf(member, chain, sent), ms);
    for (let i = 0; i < 3; i++) await at(startMs);
    const from = new Date(startMs + 60_000).toISOString().slice(0, 19);
    const detail = `It is proven on chain. Slash 4 is executable from ${from}Z.`;
    expect(await stateOf(member)).toMatchObject({ state: 'proven', slashId: 4, detail });
    expect(chain.searched).toBe(1);
    const dueMs = startMs + 60_000 + placeOf(member) * STAGGER_MS;
    await at(dueMs - 1);
    expect(sent.keys).toEqual([]);
    sent.state = { state: 'rejected', reason: 'EpochCapReached' };
    await at(dueMs);
    await at(dueMs + 1);
    expect(sent.keys).toHaveLength(1);
    await at(dueMs + 36_000); // more than an epoch later
    expect(sent.keys).toHaveLength(2);
    chain.executed = true;
    await at(dueMs);
    expect(await stateOf(member)).toMatchObject({ state: 'executed', detail: 'Slash 4 was executed: 77 units.' });
    chain.executed = false;
    await at(dueMs + 120_000);
    expect([sent.keys.length, chain.searched]).toEqual([2, 1]);
  });
});

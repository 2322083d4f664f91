// Several validators, one chain, a clock that jumps: what they agree on while some are silent, cut off, empty-handed or lie. After each
// run the same must hold: nobody honest signed two roots for a round, and all who could follow hold the posted roots as their own.
import { describe, expect, it, vi } from 'vitest';
import { policyHash } from '../../../../protocol/policy.ts';
import { REORG_MS_MAX } from '../../../../workers/limits.ts';
import {
  CLOCK,
  embedded,
  finalHashes,
  nextPolicy,
  postedHashes,
  signedTwice,
  simWorld,
  memoryLock,
  type SimMember,
  type World,
} from './sim/world.ts';
import { memoryObjects } from '../memory.ts';
import { memoryStore } from './sim/store.ts';
import { equivocating, wrongRoots } from './sim/dishonest.ts';

// A run is a second or two of work; a machine that does ten other things at once needs more.
vi.setConfig({ testTimeout: 60_000 });

const SEEDS = [1, 2, 3];

/** No honest signer said two things, and every member named here has all posted roots as its own result. */
function expectAgreement(world: World, members: readonly SimMember[] = world.members, honest = world.members): void {
  for (const member of honest) expect([member.index, signedTwice(member)]).toEqual([member.index, []]);
  for (const member of members) expect([member.index, finalHashes(member)]).toEqual([member.index, postedHashes(world)]);
}

const epochsOf = ({ chain }: World): number[] => chain.roots.map(({ root }) => root.epoch);
const roundsOf = ({ chain }: World): number[] => chain.roots.map(({ root }) => root.round);
const refusals = (world: World): string[] => world.chain.sent.flatMap(({ refused }) => refused ?? []);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const disagreements = ({ store }: SimMember): string[] => [...store.disagreements.values()].map(({ detail }) => detail);
const reported = async ({ store }: SimMember, epoch: number): Promise<string[]> => {
  const [root] = await store.roots(epoch, epoch);
  const set = root === undefined ? null : await store.reportSet(root.root.reportSetHash);
  return (set ?? []).map((entry) => `${entry.epoch}/${entry.validator}`);
};

describe('honest validators', () => {
  it.each(SEEDS)('agree in round 0 of every epoch, and post it once (seed %i)', async (seed) => {
    const world = simWorld({ seed });
    await world.through(9);
    expect(epochsOf(world)).toEqual(range(1, 9));
    expect(new Set(roundsOf(world))).toEqual(new Set([0]));
    expect([world.chain.sent.length, refusals(world)]).toEqual([9, []]);
    expectAgreement(world);
    for (const member of world.members) expect([...member.said, ...disagreements(member)]).toEqual([]);
  });

  it('seven with unequal stakes do, too', async () => {
    const world = simWorld({ validators: 7, stakes: [9000n, 1000n, 1000n, 1200n, 1500n, 1000n, 2000n] });
    await world.through(5);
    expect(epochsOf(world)).toEqual(range(1, 5));
    expectAgreement(world);
  });

  it('one alone does', async () => {
    const world = simWorld({ validators: 1 });
    await world.through(3);
    expect(epochsOf(world)).toEqual([1, 2, 3]);
    expectAgreement(world);
  });
});

describe('who is silent', () => {
  it('costs the rounds in which it would propose, and nothing else', async () => {
    const world = simWorld({ seed: 5 });
    world.at(2).offline = true;
    await world.through(8);
    expect(epochsOf(world)).toEqual(range(1, 8));
    expect(roundsOf(world)).toContain(1);
    expectAgreement(world, world.members.slice(0, 2));
    const entries = await reported(world.at(0), 4);
    expect(entries).toHaveLength(3);
  });

  it('without a quorum the epoch is skipped, and its reports count in the next root', async () => {
    const world = simWorld();
    world.at(0).reports = (epoch) => epoch !== 3;
    world.at(1).reports = (epoch) => epoch !== 3;
    await world.through(5);
    expect(epochsOf(world)).toEqual([1, 2, 4, 5]);
    expectAgreement(world);
    const entries = await reported(world.at(3), 4);
    expect(entries.map((entry) => entry.split('/')[0])).toEqual(['3', '3', '4', '4', '4', '4']);
  });

  it('shows its archive to one only, and still reaches everybody by its hash', async () => {
    const world = simWorld();
    world.at(1).shows = (asker) => asker === 2;
    await world.through(4);
    expect(epochsOf(world)).toEqual(range(1, 4));
    expectAgreement(world);
    expect(await reported(world.at(0), 4)).toHaveLength(4);
  });

  it('shows it to nobody: left out, named, and in nobody’s way', async () => {
    const world = simWorld({ seed: 4 });
    world.at(1).shows = () => false;
    await world.through(4);
    expect(epochsOf(world)).toEqual(range(1, 4));
    expectAgreement(
      world,
      world.members.filter(({ index }) => index !== 1),
    );
    const entries = await reported(world.at(0), 4);
    expect(entries).toHaveLength(3);
    const [mirror] = (await world.at(0).store.mirrors(4, 4)).filter(({ validator }) => validator === world.at(1).seat.operator);
    expect(mirror).toMatchObject({ state: 'waiting', check: 'archive' });
  });
});

describe('a gateway', () => {
  it('holds the same roots as the validators, hears their words, and signs and sends nothing', async () => {
    const world = simWorld({ seed: 17 });
    world.at(3).replace = (ports) => ({ ...ports, member: null });
    await world.through(6);
    expect(epochsOf(world)).toEqual(range(1, 6));
    expectAgreement(world);
    expect([world.at(3).signed, world.at(3).intents.size, [...world.at(3).said]]).toEqual([[], 0, []]);
    expect((await world.at(3).store.statements(5)).length).toBeGreaterThanOrEqual(3);
  });
});

describe('a partition', () => {
  it('stops the epochs in which neither side has a quorum; after it all go on with the same roots', async () => {
    const world = simWorld({ seed: 2 });
    await world.through(2);
    world.groups = [
      [0, 1],
      [2, 3],
    ];
    await world.through(4);
    expect(epochsOf(world)).toEqual([1, 2]);
    world.groups = null;
    await world.through(7);
    expect(epochsOf(world)).toContain(7);
    expect(Math.min(...epochsOf(world).slice(2))).toBeGreaterThan(4);
    expectAgreement(world);
  });

  it('of one leaves it behind; it catches up from the others and reaches the same roots', async () => {
    const world = simWorld({ seed: 3 });
    world.groups = [[0, 1, 2], [3]];
    await world.through(4);
    expect(epochsOf(world)).toEqual(range(1, 4));
    world.groups = null;
    await world.through(7);
    expect(epochsOf(world)).toEqual(range(1, 7));
    expectAgreement(world);
  });
});

describe('a crash', () => {
  it('that loses the database: everything is fetched again, nothing is signed twice', async () => {
    const world = simWorld({ seed: 6 });
    await world.through(4);
    Object.assign(world.at(1), { store: memoryStore(), objects: memoryObjects() });
    await world.through(14);
    expect(epochsOf(world)).toEqual(range(1, 14));
    expectAgreement(
      world,
      world.members.filter(({ index }) => index !== 1),
    );
    // From the oldest root of the window on: older ones are nobody's need.
    const [oldest] = [...world.at(1).store.allRoots.keys()].sort((a, b) => a - b);
    expect(finalHashes(world.at(1))).toEqual(world.chain.roots.slice((oldest ?? 0) - 1).map(({ rootHash }) => rootHash));
    expect(world.at(1).signed.some(({ epoch }) => epoch === 14)).toBe(true);
  });

  it('after more epochs than the window has: what is from before is taken as the chain has it, and the next root is signed', async () => {
    const world = simWorld({ seed: 19 });
    await world.through(10);
    Object.assign(world.at(2), { store: memoryStore(), objects: memoryObjects() });
    await world.through(14);
    expect(epochsOf(world)).toEqual(range(1, 14));
    const roots = [...world.at(2).store.allRoots.values()].sort((a, b) => a.epoch - b.epoch);
    expect(roots.map(({ epoch, state }) => [epoch, state])).toEqual(range(5, 14).map((epoch) => [epoch, 'final']));
    expect(roots.filter(({ note }) => note !== null).map(({ epoch }) => epoch)).toEqual(range(5, 9));
    expect(roots[0]?.note).toMatch(/^Taken from a peer, checked against the chain: .* before this deployment\.$/);
    // Not each of them: once the others are a quorum, a fourth signature is not needed.
    expect(world.at(2).signed.some(({ epoch }) => epoch >= 12)).toBe(true);
    expectAgreement(
      world,
      world.members.filter(({ index }) => index !== 2),
    );
  });

  it.each([0, 1, 2, 3])('that empties the database of %i in the middle of a round changes nothing', async (index) => {
    const world = simWorld({ seed: 8 });
    await world.through(2);
    await world.forSlots(1); // round 0 of epoch 3: proposed, not yet signed by all
    Object.assign(world.at(index), { store: memoryStore(), objects: memoryObjects() });
    await world.through(5);
    expect(epochsOf(world)).toEqual(range(1, 5));
    expectAgreement(world);
  });

  it('that empties all databases at once is mended from the chain, the archives and the proposers’ objects', async () => {
    const world = simWorld({ seed: 18 });
    await world.through(3);
    for (const member of world.members) Object.assign(member, { store: memoryStore() });
    await world.through(7);
    expect(epochsOf(world)).toEqual(range(1, 7));
    expectAgreement(world);
  });

  it('that loses the signing lock, too: silent until the epoch after next, while others agree', async () => {
    const world = simWorld({ seed: 7 });
    await world.through(3);
    Object.assign(world.at(2), { store: memoryStore(), objects: memoryObjects(), lock: memoryLock(), signed: [] });
    const lostAt = 5; // the current epoch while the rounds of epoch 3 end
    await world.through(8);
    expect(epochsOf(world)).toEqual(range(1, 8));
    const epochs = world.at(2).signed.map(({ epoch }) => epoch);
    expect(Math.min(...epochs)).toBeGreaterThanOrEqual(lostAt + 2);
    expectAgreement(world, []);
  });
});

describe('a liar', () => {
  it('that signs other roots as proposer is refused, and the leaf that differs is named', async () => {
    const world = simWorld({ seed: 9 });
    world.at(0).replace = wrongRoots(world.at(0));
    await world.through(8);
    expect(epochsOf(world)).toEqual(range(1, 8));
    const honest = world.members.slice(1);
    expectAgreement(world, honest, honest);
    const said = honest.flatMap(disagreements);
    expect(said.join('\n')).toMatch(/The same reports give another scoreRoot here.*node 3/i);
    expect(said.join('\n')).toMatch(/not the proposer's/);
    expect(world.chain.slashes).toEqual([]); // wrong is not provable, only worthless
  });

  it('that signs two roots for a round is proven once, and slashed after the delay', async () => {
    const world = simWorld({ seed: 10 });
    world.at(3).replace = equivocating(world.at(3));
    await world.through(9);
    const honest = world.members.slice(0, 3);
    expect(epochsOf(world)).toEqual(range(1, 9));
    expectAgreement(world, honest, honest);
    expect(world.chain.slashes.length).toBeGreaterThan(0);
    expect(world.chain.slashes.filter(({ executed }) => executed).length).toBeGreaterThan(0);
    expect(refusals(world).filter((refused) => refused !== 'AlreadyProven')).toEqual([]);
    for (const { store } of honest) {
      const faults = [...store.allFaults.values()];
      expect(faults.every(({ kind, offender }) => kind === 'two-roots' && offender === world.at(3).seat.operator)).toBe(true);
      expect(faults.filter(({ state }) => state === 'executed').length).toBeGreaterThan(0);
    }
  });

  it('is not prosecuted by who has the watch off', async () => {
    const world = simWorld({ seed: 10 });
    world.at(3).replace = equivocating(world.at(3));
    for (const member of world.members) member.watchFaults = false;
    await world.through(5);
    expect(world.chain.slashes).toEqual([]);
    expect([...world.at(0).store.allFaults.values()].every(({ state }) => state === 'found')).toBe(true);
    expect(world.at(0).store.allFaults.size).toBeGreaterThan(0);
  });

  it('that leaves an honest report out is refused while it matters, and does not stop the epoch', async () => {
    const world = simWorld({ seed: 11 });
    const victim = world.at(1).seat.operator;
    world.at(0).replace = (ports) => ({
      ...ports,
      store: {
        ...ports.store,
        mirrors: async (from, through) => {
          const settled = (await ports.chain.lastRoot())?.epoch ?? 0;
          const all = await ports.store.mirrors(from, through);
          return all.filter(({ epoch, validator }) => validator !== victim || epoch <= settled);
        },
      },
    });
    await world.through(8);
    expect(epochsOf(world)).toEqual(range(1, 8));
    const honest = world.members.slice(1);
    for (const epoch of epochsOf(world)) expect(await reported(world.at(1), epoch)).toContain(`${epoch}/${victim}`);
    expect(honest.flatMap(disagreements).join('\n')).toMatch(/leaves out .* verified here before the round began/);
    expectAgreement(world, honest);
  });
});

describe('the chain as an RPC shows it', () => {
  it('late: a wait or an error, and never a second signature', async () => {
    const world = simWorld({ seed: 12 });
    world.at(1).lagMs = 12_000;
    world.at(2).lagMs = 5_000;
    await world.through(8);
    expect(epochsOf(world)).toEqual(range(1, 8));
    expectAgreement(world, [world.at(0), world.at(3)]);
  });

  it('that forgets a root it showed: said, and nothing is signed on top of less', async () => {
    const world = simWorld({ seed: 13 });
    await world.through(3);
    world.at(2).lagMs = 60_000;
    const before = world.at(2).signed.length;
    await world.through(5);
    world.at(2).lagMs = 0;
    expect([...world.at(2).said].join('\n')).toMatch(/The RPC does not know the root of epoch \d+ that it showed before/);
    expect(
      world
        .at(2)
        .signed.slice(before)
        .every(({ previousRoot }) => postedHashes(world).includes(previousRoot)),
    ).toBe(true);
    await world.through(7);
    expectAgreement(world);
  });

  it('with another last root: nothing is signed', async () => {
    const world = simWorld({ seed: 14 });
    world.at(1).replace = (ports) => ({
      ...ports,
      chain: { ...ports.chain, lastRoot: async () => ({ epoch: 1, rootHash: `0x${'66'.repeat(32)}` }) },
    });
    await world.through(5);
    expect(epochsOf(world)).toEqual(range(1, 5));
    expect(world.at(1).signed.filter(({ epoch }) => epoch > 1)).toEqual([]);
    expectAgreement(world, [world.at(0), world.at(2), world.at(3)]);
  });
});

describe('a reorganisation', () => {
  it('that takes a posted root back stops the roots for minutes, not for good', async () => {
    const world = simWorld({ seed: 21 });
    await world.through(4);
    const lost = world.chain.roots.pop()?.root.epoch ?? 0;
    expect(lost).toBe(4);
    const pause = Math.ceil(REORG_MS_MAX / (1000 * CLOCK.slotsPerEpoch * CLOCK.slotSeconds));
    await world.through(4 + pause + 4);
    const after = epochsOf(world).filter((epoch) => epoch > lost);
    expect(after.length).toBeGreaterThanOrEqual(3);
    expect(epochsOf(world)).not.toContain(lost); // its reports are in the roots that follow
    expectAgreement(world);
  });
});

describe('an empty account', () => {
  it('is said, and others post', async () => {
    const world = simWorld({ seed: 15 });
    world.at(0).unfunded = true;
    await world.through(8);
    expect(epochsOf(world)).toEqual(range(1, 8));
    expect([...world.at(0).said].join('\n')).toMatch(/agree: The signer’s account cannot pay/);
    expect(new Set(world.chain.sent.map(({ from }) => from)).has(world.at(0).seat.operator)).toBe(false);
    expectAgreement(world);
  });
});

describe('a new policy', () => {
  const current = policyHash(embedded);
  const wanted = policyHash(nextPolicy);

  it('that one of four wants costs a round, never an epoch', async () => {
    const world = simWorld({ seed: 16 });
    world.at(0).nextPolicyHash = wanted;
    await world.through(8);
    expect(epochsOf(world)).toEqual(range(1, 8));
    expect(world.chain.roots.every(({ root }) => root.policyHash === current)).toBe(true);
    expect(roundsOf(world)).toContain(1);
    expectAgreement(world);
  });

  it('that three of four want is named, and kept by the one that does not', async () => {
    const world = simWorld({ seed: 16 });
    for (const member of world.members.slice(0, 3)) member.nextPolicyHash = wanted;
    await world.through(10);
    expect(epochsOf(world)).toEqual(range(1, 10));
    const first = world.chain.roots.findIndex(({ root }) => root.policyHash === wanted);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(world.chain.roots.slice(first).every(({ root }) => root.policyHash === wanted)).toBe(true);
    expect((await world.at(3).store.epoch(10))?.policyHash).toBe(wanted);
    expectAgreement(world);
  });
});

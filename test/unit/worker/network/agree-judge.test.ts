// What a validator answers to a proposal: yes, not yet, or no with the reason. Three epochs have been agreed on; the fourth's round 0 begins.
import { beforeEach, describe, expect, it } from 'vitest';
import { ZERO32, toHex, type Hex } from '../../../../protocol/bytes.ts';
import { firstDifference, rootsOf } from '../../../../protocol/consensus/leaves.ts';
import { rootHash } from '../../../../protocol/consensus/root.ts';
import { reportSetHash } from '../../../../protocol/consensus/sets.ts';
import type { EpochRoot, ReportEntry, Statement } from '../../../../protocol/consensus/types.ts';
import { policyHash } from '../../../../protocol/policy.ts';
import { tellable } from '../../../../schema/wire/network.ts';
import { judgeProposal, type Case, type Verdict } from '../../../../workers/services/network/agree-judge.ts';
import { roundNow } from '../../../../workers/services/network/agree-round.ts';
import { entriesOf, leavesKey } from '../../../../workers/services/network/agree-sets.ts';
import { computeRoot } from '../../../../workers/services/network/compute.ts';
import type { Mirror } from '../../../../workers/services/network/ports.ts';
import { embedded, nextPolicy, simWorld, type SimMember, type World } from './sim/world.ts';

const EPOCH = 4;
const filled = (byte: number): Hex => toHex(new Uint8Array(32).fill(byte));

let world: World;
let judge: SimMember;
let proposer: SimMember;

beforeEach(async () => {
  world = simWorld({ seed: 21 });
  await world.through(EPOCH - 1);
  judge = world.at(0);
  proposer = world.at(1);
});

/** The slot in which the epoch's round 0 begins. */
const roundMs = (): number => world.nowMs() + 3000;

async function caseOf(): Promise<Case> {
  const at = await roundNow(world.contextOf(judge), roundMs());
  if (at?.net.epoch !== EPOCH) throw new Error('the rounds of another epoch go on');
  const last = await judge.store.lastRoot();
  return { at, last, newestPolicyHash: policyHash(embedded), mirrors: await judge.store.mirrors(EPOCH, EPOCH) };
}

type Draft = {
  readonly entries?: (entries: readonly ReportEntry[]) => readonly ReportEntry[];
  readonly root?: Partial<EpochRoot>;
};

/** The proposer's statement over what it has verified, changed as a test says; its signature was checked before. */
async function proposal({ entries: change = (all) => all, root: changed = {} }: Draft = {}): Promise<Statement> {
  const context = world.contextOf(proposer);
  const all = entriesOf(await proposer.store.mirrors(EPOCH, EPOCH));
  const last = await proposer.store.lastRoot();
  const { root } = await computeRoot(context, EPOCH, all, last);
  const entries = change(all);
  const hash = reportSetHash(entries);
  await proposer.store.keepReportSet(hash, entries, EPOCH);
  const known =
    entries.every((entry) => all.includes(entry)) && new Set(entries).size === entries.length
      ? (await computeRoot(context, EPOCH, entries, last)).root
      : root;
  const whole: EpochRoot = { ...known, reportSetHash: hash, round: 0, policyHash: policyHash(embedded), ...changed };
  return { validator: proposer.seat.operator, root: whole, signature: '0x' };
}

const answer = async (statement: Statement, on?: Case): Promise<Verdict> =>
  judgeProposal(world.contextOf(judge), on ?? (await caseOf()), statement);

async function setMirror(change: Partial<Mirror>): Promise<void> {
  const [third] = (await judge.store.mirrors(EPOCH, EPOCH)).filter(({ validator }) => validator === world.at(2).seat.operator);
  if (third === undefined) throw new Error('no mirror');
  // Past the store's rule that what was found once stays: the test has it found otherwise from the start.
  judge.store.allMirrors.set(`${EPOCH}/${third.validator}`, { ...third, ...change });
}

const expectRefused = async (verdict: Promise<Verdict>, why: RegExp): Promise<void> => {
  expect(await verdict).toEqual({ answer: 'refuse', why: expect.stringMatching(why) as string });
};

describe('a proposal', () => {
  it('that follows from the same reports is signed as it was computed here', async () => {
    const statement = await proposal();
    expect(await answer(statement)).toEqual({ answer: 'sign', root: statement.root });
  });

  it('may name the newest policy or the one that the operator wants, and no other', async () => {
    const wanted = await proposal({ root: { policyHash: policyHash(nextPolicy) } });
    await expectRefused(answer(wanted), /names policy 0x.* neither the newest/);
    judge.nextPolicyHash = policyHash(nextPolicy);
    expect(await answer(wanted)).toEqual({ answer: 'sign', root: wanted.root });
    await expectRefused(answer(await proposal({ root: { policyHash: filled(1) } })), /neither the newest/);
  });

  it.each([ZERO32, filled(2)])('that follows another root (%s) is refused', async (previousRoot) => {
    await expectRefused(answer(await proposal({ root: { previousRoot } })), /^It follows root 0x.* the last one that is posted/);
  });

  it('whose report set nobody shows is waited for', async () => {
    expect(await answer(await proposal({ root: { reportSetHash: filled(3) } }))).toEqual({ answer: 'wait' });
  });

  it('with a set that names a report twice is never taken in', async () => {
    const twice = (all: readonly ReportEntry[]) => [...all, ...all.slice(0, 1)];
    expect(await answer(await proposal({ entries: twice }))).toEqual({ answer: 'wait' });
  });

  it.each([EPOCH - 1, EPOCH + 1])('with a report of epoch %i is refused', async (epoch) => {
    const entries = (all: readonly ReportEntry[]) => [...all, { epoch, validator: judge.seat.operator, reportHash: filled(4) }];
    await expectRefused(answer(await proposal({ entries })), /outside of the epochs 4 to 4/);
  });

  it('with a report that is still looked for is waited for', async () => {
    await setMirror({ state: 'waiting' });
    expect(await answer(await proposal())).toEqual({ answer: 'wait' });
  });

  it('with a report that was never on chain is refused', async () => {
    await setMirror({ state: 'absent', reportHash: null });
    await expectRefused(answer(await proposal()), /not on chain by the deadline/);
  });

  it('with a report that is not the one on chain is refused', async () => {
    const entries = (all: readonly ReportEntry[]) =>
      all.map((entry, i) => (i === 1 ? { ...entry, reportHash: filled(5) } : entry));
    await expectRefused(answer(await proposal({ entries })), /a hash that is not the chain's/);
  });

  it('with an archive that does not stand here is refused with the check', async () => {
    await setMirror({ state: 'failed', check: 'transcripts', detail: 'slot 3, draw 1: forged' });
    await expectRefused(answer(await proposal()), /does not stand here: transcripts: slot 3, draw 1: forged/);
  });

  it('without a quorum for its own epoch is refused', async () => {
    await expectRefused(answer(await proposal({ entries: (all) => all.slice(0, 2) })), /no quorum of reports/);
  });

  it('that leaves a report of the epoch out is refused in every round', async () => {
    const entries = (all: readonly ReportEntry[]) => all.slice(1);
    for (const round of [0, 1, 2, 7]) {
      await expectRefused(answer(await proposal({ entries, root: { round } })), /leaves out 0x.*'s report for epoch 4/);
    }
  });

  it('that leaves out what was verified after the round began is signed', async () => {
    const third = world.at(2).seat.operator;
    const statement = await proposal({ entries: (all) => all.filter(({ validator }) => validator !== third) });
    await expectRefused(answer(statement), /leaves out/);
    await setMirror({ updatedAtMs: roundMs() });
    expect(await answer(statement)).toEqual({ answer: 'sign', root: statement.root });
  });

  it('that lacks something here to compute with is waited for', async () => {
    const on = await caseOf();
    if (on.last === null) throw new Error('no root');
    const gone = { ...on.last, rootHash: filled(8) };
    await judge.store.adopt(gone, null); // another root of that epoch, without its lines
    const statement = await proposal({ root: { previousRoot: filled(8) } });
    expect(await answer(statement, { ...on, last: gone })).toEqual({ answer: 'wait' });
  });
});

describe('another root from the same reports', () => {
  it('is refused with the first leaf that differs', async () => {
    const { result } = await computeRoot(
      world.contextOf(proposer),
      EPOCH,
      entriesOf(await proposer.store.mirrors(EPOCH, EPOCH)),
      await proposer.store.lastRoot(),
    );
    const scores = result.leaves.scores.map((score, i) => (i === 2 ? { ...score, tier: 3 } : score));
    const leaves = { ...result.leaves, scores };
    const statement = await proposal({ root: rootsOf(leaves) });
    await proposer.objects.put(
      leavesKey(rootHash(statement.root)),
      new TextEncoder().encode(JSON.stringify(tellable(leaves))),
      EPOCH,
    );
    const difference = firstDifference(result.leaves, leaves) ?? 'none';
    expect(difference).not.toBe('none');
    expect(await answer(statement)).toEqual({
      answer: 'refuse',
      why: `The same reports give another scoreRoot here: ${difference}`,
    });
  });

  it('whose leaves are not shown, or do not give it, is refused by the tree', async () => {
    const statement = await proposal({ root: { rewardRoot: filled(6), penaltyRoot: filled(7) } });
    const why = /another rewardRoot, penaltyRoot here, and the proposer does not show leaves that give its own/;
    await expectRefused(answer(statement), why);
    const { result } = await computeRoot(
      world.contextOf(proposer),
      EPOCH,
      entriesOf(await proposer.store.mirrors(EPOCH, EPOCH)),
      await proposer.store.lastRoot(),
    );
    const honest = new TextEncoder().encode(JSON.stringify(tellable(result.leaves)));
    await proposer.objects.put(leavesKey(rootHash(statement.root)), honest, EPOCH);
    await expectRefused(answer(statement), why);
  });

  it('over other nodes is refused by its node set', async () => {
    const statement = await proposal({ root: { nodeSetRoot: filled(9) } });
    await expectRefused(answer(statement), /^The same reports give another nodeSetRoot here\.$/);
  });
});

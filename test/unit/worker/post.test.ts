// From a sealed epoch to the chain: in order, once, and with the chain's word over the database's.
import { describe, expect, it } from 'vitest';
import { ChainError } from '../../../chain/errors.ts';
import { ZERO32, toHex, type Hex } from '../../../protocol/bytes.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import { testWorld } from '../../support/world.ts';
import { policiesFor } from '../../../workers/services/policy.ts';
import { reportHash, type EpochReport } from '../../../protocol/report.ts';
import type { Context, EpochEntry, IntentState, Registry, Sender } from '../../../workers/services/ports.ts';
import { postReport } from '../../../workers/services/post.ts';
import { tick } from '../../../workers/services/tick.ts';
import { openValidator, type Validator } from './rig.ts';

const hash = (byte: number): Hex => toHex(new Uint8Array(32).fill(byte));
const SIGNATURE = toHex(new Uint8Array(65).fill(7));

type Rig = {
  readonly validator: Validator;
  readonly context: Context;
  readonly chain: {
    last: Awaited<ReturnType<Registry['lastReport']>>;
    report: Awaited<ReturnType<Registry['report']>>;
    down: boolean;
  };
  readonly sender: { state: IntentState; abstains: boolean; readonly signed: EpochReport[]; readonly submitted: string[] };
  readonly entry: () => EpochEntry & { note: string | null; post: unknown };
};

/** Epoch 6 is sealed; chain and sender do as a test says. */
async function rig(): Promise<Rig> {
  const validator = await openValidator();
  const stored = validator.stored.epochs.get(6);
  if (stored === undefined) throw new Error('no epoch');
  stored.state = 'sealed';
  stored.sealed = { auditRoot: hash(1), summaryRoot: hash(2), archiveHash: hash(3), due: 30, done: 29 };
  const chain: Rig['chain'] = { last: null, report: null, down: false };
  const state: Rig['sender'] = { state: { state: 'pending', trouble: null }, abstains: false, signed: [], submitted: [] };
  const answer = async <T>(value: () => T): Promise<T> => {
    if (chain.down) throw new ChainError('unreachable', 'No configured RPC answers.');
    return value();
  };
  const sender: Sender = {
    signReport: async (report) => {
      if (state.abstains) return null;
      const earlier = state.signed.find(({ epoch }) => epoch === report.epoch);
      if (earlier === undefined) state.signed.push(report);
      return { report: earlier ?? report, signature: SIGNATURE };
    },
    signed: async (epoch) => {
      const report = state.signed.find((candidate) => candidate.epoch === epoch);
      return report === undefined ? null : { report, signature: SIGNATURE };
    },
    submit: async (key) => {
      if (!state.submitted.includes(key)) state.submitted.push(key);
    },
    state: async () => state.state,
  };
  const registry: Registry = {
    ...validator.context.ports.registry,
    lastReport: () => answer(() => chain.last),
    report: (epoch) => answer(() => (epoch === 6 ? chain.report : null)),
  };
  return { validator, chain, sender: state, context: validator.with({ registry, sender }), entry: () => ({ ...stored }) };
}

const post = ({ context, entry }: Rig) => postReport(context, entry());

describe('a sealed epoch', () => {
  it('is signed, kept, and only then sent', async () => {
    const r = await rig();
    const { submit } = r.context.ports.sender;
    const seen: (EpochReport | undefined)[] = [];
    const spying = {
      ...r.context.ports.sender,
      submit: async (...args: Parameters<Sender['submit']>) => (seen.push(r.entry().signed?.report), submit(...args)),
    };
    expect(await postReport({ ...r.context, ports: { ...r.context.ports, sender: spying } }, r.entry())).toBe('waiting');
    expect(seen).toEqual(r.sender.signed);
    expect(r.sender.signed).toEqual([
      {
        ...{ epoch: 6, validator: r.validator.world.validator, auditRoot: hash(1), summaryRoot: hash(2), due: 30, done: 29 },
        ...{ seed: r.validator.plan.seed, beaconRound: r.entry().beaconRound, nodeCount: 12 },
        ...{ policyHash: r.entry().policyHash, previous: ZERO32, archiveHash: hash(3) },
      },
    ]);
    expect(r.sender.submitted).toEqual(['report:6']);
  });

  it('names the report before it, whatever epochs lie between', async () => {
    const r = await rig();
    r.chain.last = { epoch: 3, reportHash: hash(9) };
    await post(r);
    expect(r.sender.signed[0]?.previous).toBe(hash(9));
  });

  it('waits while the transaction does, and is posted with its hash once the registry has it', async () => {
    const r = await rig();
    expect([await post(r), await post(r)]).toEqual(['waiting', 'waiting']);
    expect(r.sender.signed).toHaveLength(1);
    const [report] = r.sender.signed;
    if (report === undefined) throw new Error('nothing signed');
    r.chain.report = { reportHash: reportHash(report), blockNumber: 77 };
    expect(await post(r)).toBe('waiting'); // the sender has not seen its receipt yet
    r.sender.state = { state: 'confirmed', transactionHash: hash(5), blockNumber: 77 };
    expect(await post(r)).toBe('posted');
    expect(r.entry()).toMatchObject({ state: 'posted', post: { transactionHash: hash(5), blockNumber: 77 } });
  });

  it('that somebody else sent is posted as well, without a transaction of ours', async () => {
    const r = await rig();
    await post(r);
    const [report] = r.sender.signed;
    if (report === undefined) throw new Error('nothing signed');
    r.chain.report = { reportHash: reportHash(report), blockNumber: 70 };
    r.sender.state = { state: 'unknown' };
    expect(await post(r)).toBe('posted');
    expect(r.entry()).toMatchObject({ state: 'posted', post: { transactionHash: null, blockNumber: 70 } });
  });

  it('that a restored database forgot to have signed is found again with the signer', async () => {
    const r = await rig();
    await post(r);
    const [report] = r.sender.signed;
    const stored = r.validator.stored.epochs.get(6);
    if (report === undefined || stored === undefined) throw new Error('nothing signed');
    stored.signed = null;
    r.chain.report = { reportHash: reportHash(report), blockNumber: 70 };
    r.sender.state = { state: 'confirmed', transactionHash: hash(5), blockNumber: 70 };
    expect(await post(r)).toBe('posted');
    expect(r.entry()).toMatchObject({ state: 'posted', signed: { report } });
  });

  it('whose transaction cannot be sent says why', async () => {
    const r = await rig();
    r.sender.state = { state: 'pending', trouble: { code: 'unavailable', message: 'The signer’s account is empty.' } };
    await expect(post(r)).rejects.toThrow('account is empty');
    expect(r.entry()).toMatchObject({ state: 'sealed' });
  });

  it('with another report of ours on chain is abandoned, and says what to look for', async () => {
    const r = await rig();
    r.chain.report = { reportHash: hash(8), blockNumber: 70 };
    expect(await post(r)).toBe('abandoned');
    expect(r.entry()).toMatchObject({ state: 'abandoned' });
    expect(r.entry().note).toMatch(/another report of this validator.*second deployment use the same key\?$/);
    expect(r.sender.signed).toEqual([]);
  });

  it('behind a later report on chain is abandoned: the registry takes rising epochs only', async () => {
    const r = await rig();
    r.chain.last = { epoch: 8, reportHash: hash(8) };
    expect(await post(r)).toBe('abandoned');
    expect(r.entry().note).toContain('epoch 8 already');
    expect(r.sender.signed).toEqual([]);
  });

  it('that the registry refuses is abandoned with the name of the error', async () => {
    const r = await rig();
    r.sender.state = { state: 'rejected', reason: 'SeedMismatch' };
    expect(await post(r)).toBe('abandoned');
    expect(r.entry().note).toBe('The registry refuses the report: SeedMismatch.');
  });

  it('whose second copy was refused because the first was mined meanwhile is posted', async () => {
    const r = await rig();
    await post(r);
    const [report] = r.sender.signed;
    if (report === undefined) throw new Error('nothing signed');
    r.sender.state = { state: 'rejected', reason: 'EpochNotRising' };
    const { registry } = r.context.ports;
    let asked = 0;
    const late = { ...registry, report: async () => (asked++ === 0 ? null : { reportHash: reportHash(report), blockNumber: 9 }) };
    expect(await postReport({ ...r.context, ports: { ...r.context.ports, registry: late } }, r.entry())).toBe('posted');
    expect(r.entry()).toMatchObject({ state: 'posted', post: { transactionHash: null, blockNumber: 9 } });
  });

  it('of an abstaining signer is abandoned with the reason', async () => {
    const r = await rig();
    r.sender.abstains = true;
    expect(await post(r)).toBe('abandoned');
    expect(r.entry().note).toContain('abstains');
    expect(r.sender.submitted).toEqual([]);
  });

  it('waits while no RPC answers, with nothing signed or sent', async () => {
    const r = await rig();
    r.chain.down = true;
    await expect(post(r)).rejects.toThrow('No configured RPC answers');
    expect([r.sender.signed, r.sender.submitted, r.entry().state]).toEqual([[], [], 'sealed']);
    r.chain.down = false;
    expect(await post(r)).toBe('waiting');
  });

  it('signed before a crash is not signed again: the same bytes are sent', async () => {
    const r = await rig();
    const { ledger } = r.context.ports;
    const crashing = { ...ledger, sign: async () => Promise.reject(new Error('cut off')) };
    await expect(postReport({ ...r.context, ports: { ...r.context.ports, ledger: crashing } }, r.entry())).rejects.toThrow(
      'cut off',
    );
    expect(r.sender.submitted).toEqual([]);
    await post(r);
    expect(r.sender.signed).toHaveLength(1);
    expect(r.entry().signed?.report).toEqual(r.sender.signed[0]);
  });
});

describe('the registry’s deadline for reports', () => {
  it('is believed when the registry refuses by it', async () => {
    const r = await rig();
    r.sender.state = { state: 'rejected', reason: 'ReportTooLate' };
    expect(await post(r)).toBe('abandoned');
    expect(r.entry().note).toMatch(
      /^The registry took reports of this epoch until 20\d\d-\S+Z; this one was not there by then\.$/,
    );
  });

  it('keeps a report that comes long after it from being signed at all, and one that comes soon after it not', async () => {
    const r = await rig();
    const { clock, reportSeconds } = r.context;
    const deadlineMs = 1000 * (epochStart(clock, 7) + reportSeconds);
    r.validator.clock.set(deadlineMs + 1000 * clock.slotSeconds - 1);
    expect(await post(r)).toBe('waiting');
    const late = await rig();
    late.validator.clock.set(deadlineMs + 1000 * clock.slotSeconds);
    expect(await post(late)).toBe('abandoned');
    expect([late.sender.signed, late.sender.submitted]).toEqual([[], []]);
    expect(late.entry().note).toContain('was not there by then');
  });

  it('does not hide a report that is on chain', async () => {
    const r = await rig();
    await post(r);
    const [report] = r.sender.signed;
    if (report === undefined) throw new Error('nothing signed');
    r.validator.clock.set(r.validator.clock.nowMs() + 1e9);
    r.chain.report = { reportHash: reportHash(report), blockNumber: 70 };
    r.sender.state = { state: 'unknown' };
    expect(await post(r)).toBe('posted');
  });
});

describe('policies', () => {
  it('that open archives before the registry’s deadline, or that this version does not know, are refused', () => {
    const policy = testWorld().policy;
    const hash = policyHash(policy);
    const find = (wanted: Hex) => (wanted === hash ? policy : undefined);
    expect(policiesFor(policy.schedule.revealSeconds, find)(hash)).toBe(policy);
    expect(() => policiesFor(policy.schedule.revealSeconds + 1, find)(hash)).toThrow(
      /opens archives 1 s .* takes reports for 2 s/,
    );
    expect(() => policiesFor(0, find)(ZERO32)).toThrow('does not ship with this version');
  });
});

describe('several sealed epochs', () => {
  it('are posted in order: while one waits, the next is not even signed', async () => {
    const r = await rig();
    const six = r.validator.stored.epochs.get(6);
    if (six === undefined) throw new Error('no epoch');
    r.validator.stored.epochs.set(7, { ...six, epoch: 7 });
    const clock = { ...r.context.clock, genesis: r.context.clock.genesis - 1_000 };
    const { registry } = r.context.ports;
    const older: Registry = { ...registry, deployment: async () => ({ ...(await registry.deployment()), clock }) };
    const after = { ...r.context, clock, reportSeconds: 1_000_000, ports: { ...r.context.ports, registry: older } };
    await tick(after, r.validator.clock.nowMs());
    await tick(after, r.validator.clock.nowMs());
    expect(r.sender.signed.map(({ epoch }) => epoch)).toEqual([6]);
    expect(r.sender.submitted).toEqual(['report:6']);
  });
});

// The sender's object: its alarms, its memory, and the promise never to sign two reports for an epoch, or two roots for a round. What it does with an
// intent is in sending.test.ts.
import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { rootDigest } from '../../protocol/consensus/root.ts';
import type { EpochRoot } from '../../protocol/consensus/types.ts';
import { reportDigest, type EpochReport } from '../../protocol/report.ts';
import { senderStub } from '../../workers/adapters/platform.ts';
import { prepareTables, sqlSigningLock } from '../../workers/adapters/sql-outbox.ts';
import type { TxSender } from '../../workers/entries/tx-sender.ts';
import { signOnce, signRootOnce } from '../../workers/services/sending/sign-once.ts';
import { VALIDATOR, bindings, configured, hashOf } from './support/bindings.ts';

const KEY = 'report:5';
const CALL = { to: VALIDATOR, data: '0x1234' as Hex };

const DOMAIN = { chainId: 31337, registry: `0x${'5f'.repeat(20)}` } as const;
const reportOf = (epoch: number, change: Partial<EpochReport> = {}): EpochReport => ({
  ...{
    epoch,
    validator: VALIDATOR,
    auditRoot: hashOf('a'),
    summaryRoot: hashOf('s'),
    due: 3,
    done: 2,
    seed: hashOf('seed', epoch),
  },
  ...{ beaconRound: 9, nodeCount: 1, policyHash: hashOf('p'), previous: ZERO32, archiveHash: hashOf('h'), ...change },
});

const rootOf = (epoch: number, round: number, change: Partial<EpochRoot> = {}): EpochRoot => ({
  ...{ epoch, round, scoreRoot: hashOf('sc'), rewardRoot: hashOf('re'), penaltyRoot: hashOf('pe'), reportSetHash: hashOf('set') },
  ...{ nodeSetRoot: hashOf('n'), previousRoot: ZERO32, policyHash: hashOf('p'), ...change },
});

beforeEach(reset);

describe('signing once', () => {
  const locked = (
    body: (
      sign: (report: EpochReport, last: number | null, now: number, seatedBefore?: boolean) => Hex | null,
      digests: Hex[],
    ) => void,
  ) => {
    const stub = bindings.TX_SENDER.get(bindings.TX_SENDER.newUniqueId());
    return runInDurableObject(stub, (_object, state) => {
      prepareTables(state.storage.sql);
      const lock = sqlSigningLock(state.storage.sql);
      const digests: Hex[] = [];
      const sign = (digest: Hex): Hex => {
        digests.push(digest);
        return hashOf('signature', digest);
      };
      body((report, lastEpoch, currentEpoch, seatedBefore = false) => {
        const signed = signOnce(lock, sign, DOMAIN, { report, seen: { lastEpoch, currentEpoch, seatedBefore } });
        return signed === null ? null : reportDigest(DOMAIN, signed.report);
      }, digests);
    });
  };

  it('never makes two digests for an epoch: the first is given again', () =>
    locked((sign, digests) => {
      const first = sign(reportOf(5), null, 6);
      for (let due = 10; due < 20; due++) expect(sign(reportOf(5, { due }), null, 6)).toBe(first);
      expect(digests).toEqual([first]);
      expect(sign(reportOf(6), null, 7)).not.toBe(first);
      expect(digests).toHaveLength(2);
    }));

  it.each([0, 2, 40])('a new signer whose validator has its first seat in epoch %i signs the report of that epoch', (first) =>
    locked((sign) => {
      expect(sign(reportOf(first), null, first + 1)).not.toBeNull();
      expect(sign(reportOf(first + 1), first, first + 2, true)).not.toBeNull();
    }),
  );

  it('one that begins signs nothing from before its first seat', () =>
    locked((sign, digests) => {
      expect(sign(reportOf(40), null, 42)).toBeNull();
      expect(digests).toEqual([]);
      expect(sign(reportOf(41), null, 42)).not.toBeNull();
    }));

  it('one that lost its memory before a report of its was ever posted abstains as well: there was a seat', () =>
    locked((sign, digests) => {
      for (const epoch of [40, 41, 42, 43]) expect(sign(reportOf(epoch), null, 42, true)).toBeNull();
      expect(digests).toEqual([]);
      expect(sign(reportOf(44), null, 45, true)).not.toBeNull();
      expect(sign(reportOf(43), null, 46, false)).toBeNull(); // whatever an RPC says later
    }));

  it('one that lost its memory abstains until the epoch after next, and then signs', () =>
    locked((sign, digests) => {
      for (const epoch of [41, 42, 43]) expect(sign(reportOf(epoch), 40, 42)).toBeNull();
      expect(digests).toEqual([]);
      expect(sign(reportOf(44), 40, 45)).not.toBeNull();
      expect(sign(reportOf(43), 40, 46)).toBeNull(); // and never turns back
    }));
});

describe('signing a root once', () => {
  type SignRoot = (root: EpochRoot, last: number | null, now: number, seatedBefore?: boolean) => Hex | null;
  type SignReport = (epoch: number, last: number | null, now: number) => boolean;
  const locked = (body: (sign: SignRoot, digests: Hex[], report: SignReport) => void) => {
    const stub = bindings.TX_SENDER.get(bindings.TX_SENDER.newUniqueId());
    return runInDurableObject(stub, (_object, state) => {
      prepareTables(state.storage.sql);
      const lock = sqlSigningLock(state.storage.sql);
      const digests: Hex[] = [];
      const sign = (digest: Hex): Hex => {
        digests.push(digest);
        return hashOf('signature', digest);
      };
      body(
        (root, lastEpoch, currentEpoch, seatedBefore = false) => {
          const input = { root, validator: VALIDATOR, seen: { lastEpoch, currentEpoch, seatedBefore } };
          const statement = signRootOnce(lock, sign, DOMAIN, input);
          return statement === null ? null : rootDigest(DOMAIN, statement.root);
        },
        digests,
        (epoch, lastEpoch, currentEpoch) =>
          signOnce(lock, sign, DOMAIN, { report: reportOf(epoch), seen: { lastEpoch, currentEpoch, seatedBefore: false } }) !==
          null,
      );
    });
  };

  it('never makes two digests for an epoch and round: the first is given again', () =>
    locked((sign, digests) => {
      const first = sign(rootOf(5, 0), null, 6);
      for (let i = 0; i < 10; i++) expect(sign(rootOf(5, 0, { scoreRoot: hashOf('other', i) }), null, 6)).toBe(first);
      expect(digests).toEqual([first]);
    }));

  it('signs each round of each epoch by itself', () =>
    locked((sign, digests) => {
      for (const [epoch, round] of [
        [5, 0],
        [5, 1],
        [6, 0],
      ] as const)
        expect(sign(rootOf(epoch, round), null, 6)).not.toBeNull();
      expect(new Set(digests).size).toBe(3);
    }));

  it('that lost its memory abstains until the epoch after next, from reports and roots alike', () =>
    locked((sign, digests, report) => {
      for (const epoch of [40, 41, 42, 43]) expect(sign(rootOf(epoch, 0), 40, 42)).toBeNull();
      for (const epoch of [41, 42, 43]) expect(report(epoch, 40, 42)).toBe(false);
      expect(digests).toEqual([]);
      expect(sign(rootOf(44, 1), 40, 46)).not.toBeNull();
      expect(report(44, 40, 46)).toBe(true);
      expect(sign(rootOf(43, 3), 40, 46)).toBeNull(); // and never turns back
    }));

  it('that lost its memory before any report was posted abstains: it may have signed roots', () =>
    locked((sign, digests, report) => {
      for (const epoch of [40, 41, 42, 43]) expect(sign(rootOf(epoch, 0), null, 42, true)).toBeNull();
      expect(report(43, null, 44)).toBe(false);
      expect(digests).toEqual([]);
      expect(sign(rootOf(44, 0), null, 46, true)).not.toBeNull();
    }));

  it('that began with a report signs roots at once', () =>
    locked((sign, _digests, report) => {
      expect(report(5, null, 6)).toBe(true);
      expect(sign(rootOf(5, 0), 5, 7)).not.toBeNull();
    }));
});

describe('the object', () => {
  const stubOf = async (name: string): Promise<DurableObjectStub<TxSender>> => {
    const stub = bindings.TX_SENDER.getByName(name) as unknown as DurableObjectStub<TxSender>;
    await configure(stub);
    return stub;
  };
  /** The addresses of wrangler.toml are zero until an operator sets them. */
  const configure = (stub: DurableObjectStub<TxSender>): Promise<unknown> =>
    runInDurableObject(stub, (object) => Object.assign(object, { env: configured }));
  const restart = async (stub: DurableObjectStub<TxSender>): Promise<void> => {
    await evictDurableObject(stub);
    await configure(stub);
  };
  const seen = { lastEpoch: null, currentEpoch: 6, seatedBefore: false };

  it('remembers over restarts what it signed', async () => {
    const stub = await stubOf('restart');
    const first = await stub.signReport(reportOf(5), seen);
    await restart(stub);
    expect(await stub.signReport(reportOf(5, { due: 99 }), { lastEpoch: 4, currentEpoch: 90, seatedBefore: true })).toEqual(
      first,
    );
    expect(await stub.signReport(reportOf(6), { lastEpoch: 5, currentEpoch: 7, seatedBefore: true })).not.toBeNull();
  });

  it('remembers over restarts which root it signed', async () => {
    const stub = await stubOf('restart-root');
    const first = await stub.signRoot(rootOf(5, 1), seen);
    expect(first).toMatchObject({ validator: configured.VALIDATOR_ADDRESS, root: rootOf(5, 1) });
    await restart(stub);
    const again = await stub.signRoot(rootOf(5, 1, { rewardRoot: hashOf('other') }), {
      lastEpoch: 4,
      currentEpoch: 90,
      seatedBefore: true,
    });
    expect(again).toEqual(first);
  });

  it('has one answer for many roots at once', async () => {
    const stub = await stubOf('race-root');
    const answers = await Promise.all([1, 2, 3, 4].map((i) => stub.signRoot(rootOf(5, 0, { scoreRoot: hashOf(i) }), seen)));
    expect(new Set(answers.map((answer) => answer?.signature)).size).toBe(1);
  });

  it('is another one for another chain, registry or signer', async () => {
    const where = { chainId: 31337, registry: DOMAIN.registry };
    const others = [
      senderStub(bindings.TX_SENDER, { ...where, chainId: 1 }, VALIDATOR),
      senderStub(bindings.TX_SENDER, { ...where, registry: `0x${'60'.repeat(20)}` }, VALIDATOR),
      senderStub(bindings.TX_SENDER, where, `0x${'a2'.repeat(20)}`),
      senderStub(bindings.TX_SENDER, where, VALIDATOR),
    ].map((stub) => (stub as unknown as DurableObjectStub).id.toString());
    const again = senderStub(bindings.TX_SENDER, where, VALIDATOR) as unknown as DurableObjectStub;
    expect(new Set(others).size).toBe(4);
    expect(again.id.toString()).toBe(others[3]);
  });

  it('has one answer for two at once', async () => {
    const stub = await stubOf('race');
    const answers = await Promise.all([1, 2, 3, 4].map((due) => stub.signReport(reportOf(5, { due }), seen)));
    expect(new Set(answers.map((answer) => answer?.signature)).size).toBe(1);
    expect(answers[0]?.report).toEqual(answers[3]?.report);
  });

  it('takes an intent once, keeps it over a restart, and goes on trying while the chain is away', async () => {
    const stub = await stubOf('submit');
    expect(await stub.state(KEY)).toEqual({ state: 'unknown' });
    await stub.submit(KEY, CALL);
    await stub.submit(KEY, { ...CALL, data: '0x99' });
    expect(await stub.state(KEY)).toEqual({ state: 'pending', trouble: null });
    await restart(stub);
    expect(await stub.state(KEY)).toEqual({ state: 'pending', trouble: null });
    const stored = await runInDurableObject(stub, (_object, state) =>
      state.storage.sql
        .exec<{ data: string }>('SELECT data FROM intents')
        .toArray()
        .map(({ data }) => data),
    );
    expect(stored).toEqual([CALL.data]);
    await runDurableObjectAlarm(stub); // no RPC listens at the configured address
    const next = await runInDurableObject(stub, (_object, state) => state.storage.getAlarm());
    expect(next).toBeGreaterThan(Date.now());
    const message = expect.stringContaining('RPC') as string;
    expect(await stub.state(KEY)).toEqual({ state: 'pending', trouble: { code: 'unavailable', message } });
  });
});

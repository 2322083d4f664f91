// The sender's state machine over the object's own SQLite: cut off, replaced, refused, and fed with an RPC's lies.
import { reset, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChainError } from '../../chain/errors.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { prepareTables, sqlOutbox } from '../../workers/adapters/sql-outbox.ts';
import { FEE_PER_GAS_MAX } from '../../chain/limits.ts';
import { ATTEMPTS_MAX, REPLACE_AFTER_MS } from '../../workers/limits.ts';
import { advance, type Progress, type SendingPorts } from '../../workers/services/sending/advance.ts';
import type { Attempt, Broadcast, Estimate, Fees, Intent, Outbox } from '../../workers/services/sending/ports.ts';
import { VALIDATOR, bindings, hashOf } from './support/bindings.ts';

const KEY = 'report:5';
const CALL = { to: VALIDATOR, data: '0x1234' as Hex };
const FEES: Fees = { gas: 100_000n, maxFeePerGas: 1_000n, maxPriorityFeePerGas: 10n };

type Script = {
  nonce: number;
  estimate: Estimate;
  /** By calldata, where it is not `estimate`. */
  readonly estimates: Map<Hex, Estimate>;
  broadcast: Broadcast;
  receipts: Map<Hex, { blockNumber: number; ok: boolean }>;
  down: boolean;
  /** Throws inside of broadcast, as a crash between storing and sending does. */
  crash: boolean;
  readonly sent: Hex[];
  signatures: number;
  nowMs: number;
};

const script = (): Script => ({
  ...{ nonce: 7, estimate: { ok: true, fees: FEES }, broadcast: 'accepted', receipts: new Map(), down: false, crash: false },
  ...{ estimates: new Map(), sent: [], signatures: 0, nowMs: 1_000_000 },
});

function portsOf(chain: Script, outbox: Outbox): SendingPorts {
  const up = <T>(value: T): Promise<T> =>
    chain.down ? Promise.reject(new ChainError('unreachable', 'No configured RPC answers.')) : Promise.resolve(value);
  return {
    outbox,
    nowMs: () => chain.nowMs,
    chain: {
      nonce: () => up(chain.nonce),
      estimate: ({ data }) => up(chain.estimates.get(data) ?? chain.estimate),
      sign: async (call, nonce, fees) => {
        chain.signatures++;
        const raw = hashOf('raw', call.data, nonce, String(fees.maxFeePerGas), String(fees.maxPriorityFeePerGas));
        return { raw, hash: hashOf(raw) };
      },
      broadcast: async (raw) => {
        if (chain.crash) throw new Error('cut off');
        chain.sent.push(raw);
        return chain.down ? 'failed' : chain.broadcast;
      },
      receipt: (hash) => up(chain.receipts.get(hash) ?? null),
    },
  };
}

type Rig = { chain: Script; outbox: Outbox; go: () => Promise<Progress>; intent: () => Intent; attempts: () => Attempt[] };

/** Runs a test inside of an object of its own. */
async function sending(body: (rig: Rig) => Promise<void>): Promise<void> {
  const stub = bindings.TX_SENDER.get(bindings.TX_SENDER.newUniqueId());
  await runInDurableObject(stub, async (_object, state) => {
    prepareTables(state.storage.sql);
    const outbox = sqlOutbox(state.storage.sql);
    const chain = script();
    outbox.add(KEY, CALL, chain.nowMs);
    const intent = (): Intent => {
      const found = outbox.intent(KEY);
      if (found === null) throw new Error('no intent');
      return found;
    };
    await body({ chain, outbox, intent, go: () => advance(portsOf(chain, outbox)), attempts: () => outbox.attempts(KEY) });
  });
}

beforeEach(reset);

describe('an intent', () => {
  it('is signed, stored, sent, and confirmed by its receipt', () =>
    sending(async ({ chain, intent, go, attempts }) => {
      expect(await go()).toBe('busy');
      expect(intent()).toMatchObject({ state: 'sent', nonce: 7, ...CALL });
      const [attempt] = attempts();
      expect(attempt).toMatchObject({ nonce: 7, fees: FEES, sentAt: chain.nowMs });
      expect(chain.sent).toEqual([attempt?.raw]);
      if (attempt === undefined) return;
      chain.receipts.set(attempt.hash, { blockNumber: 99, ok: true });
      expect(await go()).toBe('idle');
      expect(intent()).toMatchObject({ state: 'confirmed', transactionHash: attempt.hash, blockNumber: 99 });
      expect(await go()).toBe('idle');
      expect(chain.sent).toHaveLength(1);
    }));

  it('that was stored before a crash is sent again with the same bytes', () =>
    sending(async ({ chain, go, attempts }) => {
      chain.crash = true;
      await expect(go()).rejects.toThrow('cut off');
      expect(attempts()).toHaveLength(1);
      chain.crash = false;
      chain.nonce = 8; // whatever the chain says by now
      await go();
      expect(chain.sent).toEqual(attempts().map(({ raw }) => raw));
      expect([chain.signatures, attempts().length]).toEqual([1, 1]);
    }));

  it('that the chain knows already is as good as accepted', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      await go();
      chain.broadcast = 'known';
      for (let i = 0; i < 3; i++) expect(await go()).toBe('busy');
      expect([intent().state, attempts().length, chain.signatures]).toEqual(['sent', 1, 1]);
    }));

  it('whose nonce is used up by one of ours ends with that receipt', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      await go();
      const [first] = attempts();
      if (first === undefined) throw new Error('nothing sent');
      chain.broadcast = 'nonce_too_low';
      // mined between the look for receipts and the broadcast
      const late = chain.receipts.get.bind(chain.receipts);
      let asked = 0;
      chain.receipts.get = (hash) => (asked++ === 0 ? undefined : late(hash));
      chain.receipts.set(first.hash, { blockNumber: 5, ok: true });
      await go();
      expect(intent()).toMatchObject({ state: 'confirmed', transactionHash: first.hash });
    }));

  it('whose nonce went to another program starts again with a new one', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      await go();
      chain.broadcast = 'nonce_too_low';
      await go();
      expect([intent().state, attempts()]).toEqual(['queued', []]);
      Object.assign(chain, { nonce: 12, broadcast: 'accepted' });
      await go();
      expect(intent()).toMatchObject({ state: 'sent', nonce: 12 });
    }));

  it('is replaced after a while with the same nonce and at least a tenth more on both fees, whatever the market says', () =>
    sending(async ({ chain, go, attempts }) => {
      await go();
      chain.nowMs += REPLACE_AFTER_MS - 1;
      await go();
      expect(attempts()).toHaveLength(1);
      for (const market of [
        FEES,
        { ...FEES, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n },
        { ...FEES, maxFeePerGas: 10n ** 12n },
      ]) {
        chain.estimate = { ok: true, fees: market };
        chain.broadcast = 'underpriced';
        chain.nowMs += REPLACE_AFTER_MS;
        await go();
      }
      const made = attempts();
      expect(made.map(({ nonce }) => nonce)).toEqual([7, 7, 7, 7]);
      for (const [i, { fees }] of made.slice(1).entries()) {
        const before = made[i]?.fees ?? FEES;
        expect(10n * fees.maxFeePerGas).toBeGreaterThanOrEqual(11n * before.maxFeePerGas);
        expect(10n * fees.maxPriorityFeePerGas).toBeGreaterThanOrEqual(11n * before.maxPriorityFeePerGas);
      }
      expect(made.at(-1)?.fees.maxFeePerGas).toBe(10n ** 12n);
    }));

  it.each(['maxFeePerGas', 'maxPriorityFeePerGas'] as const)('is never signed for a %s beyond all reason', (name) =>
    sending(async ({ chain, go, intent, attempts }) => {
      chain.estimate = { ok: true, fees: { ...FEES, maxFeePerGas: FEE_PER_GAS_MAX, [name]: FEE_PER_GAS_MAX + 1n } };
      await expect(go()).rejects.toThrow(/1,000 gwei.*another RPC/);
      expect([intent().state, chain.signatures]).toEqual(['queued', 0]);
      chain.estimate = { ok: true, fees: FEES };
      await go();
      chain.estimate = { ok: true, fees: { ...FEES, [name]: FEE_PER_GAS_MAX + 1n } };
      chain.nowMs += REPLACE_AFTER_MS;
      expect(await go()).toBe('busy'); // what was signed is sent again, nothing dearer
      expect([attempts().length, chain.sent.length, chain.signatures]).toEqual([1, 2, 1]);
    }),
  );

  it('is confirmed by whichever of its attempts was mined', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      await go();
      chain.nowMs += REPLACE_AFTER_MS;
      await go();
      const [first, second] = attempts();
      expect(second?.hash).not.toBe(first?.hash);
      chain.receipts.set(first?.hash ?? '0x', { blockNumber: 3, ok: true });
      await go();
      expect(intent()).toMatchObject({ state: 'confirmed', transactionHash: first?.hash });
    }));

  it('makes so many attempts and no more, and goes on sending the last', () =>
    sending(async ({ chain, go, attempts }) => {
      for (let i = 0; i < ATTEMPTS_MAX + 5; i++) {
        await go();
        chain.nowMs += REPLACE_AFTER_MS;
      }
      expect(attempts()).toHaveLength(ATTEMPTS_MAX);
      expect(chain.sent.at(-1)).toBe(attempts().at(-1)?.raw);
    }));

  it('that would revert is rejected with the error’s name, and nothing is signed', () =>
    sending(async ({ chain, go, intent }) => {
      chain.estimate = { ok: false, revert: 'SeedMismatch' };
      expect(await go()).toBe('idle');
      expect(intent()).toMatchObject({ state: 'rejected', reason: 'SeedMismatch' });
      expect([chain.sent, chain.signatures]).toEqual([[], 0]);
    }));

  it('that comes before the chain’s newest block is past the epoch waits for the next one', () =>
    sending(async ({ chain, go, intent }) => {
      chain.estimate = { ok: false, revert: 'EpochNotOver' };
      for (let i = 0; i < 3; i++) expect(await go()).toBe('busy');
      expect([intent().state, chain.signatures]).toEqual(['queued', 0]);
      chain.estimate = { ok: true, fees: FEES };
      await go();
      expect([intent().state, chain.signatures]).toEqual(['sent', 1]);
    }));

  it('that would revert only now, with one of ours under way, waits for the receipt', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      await go();
      chain.estimate = { ok: false, revert: 'EpochNotRising' };
      chain.nowMs += REPLACE_AFTER_MS;
      expect(await go()).toBe('busy');
      expect([intent().state, attempts().length]).toEqual(['sent', 1]);
    }));

  it('that was mined and reverted is rejected', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      await go();
      chain.receipts.set(attempts()[0]?.hash ?? '0x', { blockNumber: 3, ok: false });
      expect(await go()).toBe('idle');
      expect(intent()).toMatchObject({ state: 'rejected', reason: 'the transaction was mined and reverted' });
    }));

  it('waits while the account is empty, says what to do, and goes on once it is funded', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      chain.broadcast = 'unfunded';
      for (let i = 0; i < 2; i++) await expect(go()).rejects.toThrow(/cannot pay.*what is to be sent waits/);
      expect([intent().state, attempts().length]).toEqual(['sent', 1]);
      chain.broadcast = 'accepted';
      expect(await go()).toBe('busy');
      expect(chain.signatures).toBe(1);
    }));

  it('waits while no RPC answers, before and after it was sent', () =>
    sending(async ({ chain, go, intent, attempts }) => {
      chain.down = true;
      await expect(go()).rejects.toThrow('No configured RPC');
      expect([intent().state, chain.signatures]).toEqual(['queued', 0]);
      chain.down = false;
      await go();
      chain.down = true;
      await expect(go()).rejects.toThrow('No configured RPC');
      expect([intent().state, attempts().length]).toEqual(['sent', 1]);
    }));

  it('waits for its turn: the older one first, under one nonce after the other', () =>
    sending(async ({ chain, outbox, go, attempts }) => {
      outbox.add('report:6', { ...CALL, data: '0x56' }, chain.nowMs);
      outbox.add(KEY, { ...CALL, data: '0x99' }, chain.nowMs); // the same key again changes nothing
      expect(outbox.intent(KEY)?.data).toBe(CALL.data);
      await go();
      await go();
      expect(outbox.intent('report:6')?.state).toBe('queued');
      chain.receipts.set(attempts()[0]?.hash ?? '0x', { blockNumber: 3, ok: true });
      chain.nonce = 8;
      expect(await go()).toBe('busy');
      await go();
      expect(outbox.intent('report:6')).toMatchObject({ state: 'sent', nonce: 8 });
    }));
});

describe('several intents of one key', () => {
  const ROOT = 'root:5:0:abcdef01';
  const FAULT = 'fault:0x01';
  const dataOf = { [KEY]: CALL.data, [ROOT]: '0xaa', [FAULT]: '0xbb' } as const;
  const stateOf = ({ outbox }: Rig, key: string) => outbox.intent(key)?.state;
  const mine = (rig: Rig, key: string): void => {
    const last = rig.outbox.attempts(key).at(-1);
    if (last === undefined) throw new Error(`${key} was not sent`);
    rig.chain.receipts.set(last.hash, { blockNumber: 3, ok: true });
    rig.chain.nonce++;
  };
  /** A proof and a root, added before the report. */
  const queued = (body: (rig: Rig) => Promise<void>) =>
    sending(async (rig) => {
      rig.outbox.reject(KEY, 'put behind the others below');
      const report = 'report:6';
      rig.outbox.add(FAULT, { ...CALL, data: dataOf[FAULT] }, rig.chain.nowMs);
      rig.outbox.add(ROOT, { ...CALL, data: dataOf[ROOT] }, rig.chain.nowMs);
      rig.outbox.add(report, { ...CALL, data: '0xcc' }, rig.chain.nowMs);
      await body(rig);
    });

  it('go out as reports, roots, and then the rest, one nonce after the other', () =>
    queued(async (rig) => {
      const order = ['report:6', ROOT, FAULT];
      for (const [i, key] of order.entries()) {
        expect(await rig.go()).toBe('busy');
        expect(order.map((one) => stateOf(rig, one))).toEqual(
          order.map((_, at) => (at < i ? 'confirmed' : at === i ? 'sent' : 'queued')),
        );
        mine(rig, key);
        await rig.go();
      }
      expect(await rig.go()).toBe('idle');
    }));

  it.each(['EpochNotOver', 'RevealNotReached', 'SlashNotDue'])('wait with %s without keeping the others back', (revert) =>
    queued(async (rig) => {
      rig.chain.estimates.set('0xcc', { ok: false, revert });
      rig.chain.estimates.set(dataOf[ROOT], { ok: false, revert });
      expect(await rig.go()).toBe('busy');
      expect([stateOf(rig, 'report:6'), stateOf(rig, ROOT), stateOf(rig, FAULT)]).toEqual(['queued', 'queued', 'sent']);
      mine(rig, FAULT);
      await rig.go();
      rig.chain.estimates.clear();
      await rig.go();
      expect(stateOf(rig, 'report:6')).toBe('sent');
    }),
  );

  it('that the chain refuses for good are rejected on the way to one that it takes', () =>
    queued(async (rig) => {
      rig.chain.estimates.set('0xcc', { ok: false, revert: 'ReportTooLate' });
      rig.chain.estimates.set(dataOf[ROOT], { ok: false, revert: 'AlreadyPosted' });
      expect(await rig.go()).toBe('busy');
      expect(rig.outbox.intent('report:6')).toMatchObject({ state: 'rejected', reason: 'ReportTooLate' });
      expect(rig.outbox.intent(ROOT)).toMatchObject({ state: 'rejected', reason: 'AlreadyPosted' });
      expect(stateOf(rig, FAULT)).toBe('sent');
    }));

  it('a root that somebody else posted is given up in flight, and the next report takes its nonce', () =>
    queued(async (rig) => {
      await rig.go();
      mine(rig, 'report:6');
      await rig.go();
      await rig.go();
      expect(rig.outbox.intent(ROOT)).toMatchObject({ state: 'sent', nonce: 8 });
      rig.chain.estimates.set(dataOf[ROOT], { ok: false, revert: 'AlreadyPosted' });
      rig.outbox.add('report:7', { ...CALL, data: '0xdd' }, rig.chain.nowMs);
      expect(await rig.go()).toBe('busy');
      expect(rig.outbox.intent(ROOT)).toMatchObject({ state: 'rejected', reason: 'AlreadyPosted' });
      await rig.go();
      expect(rig.outbox.intent('report:7')).toMatchObject({ state: 'sent', nonce: 8 });
      // The root's transaction was mined after all and reverted: its nonce is gone, the report takes the next one.
      rig.chain.broadcast = 'nonce_too_low';
      await rig.go();
      Object.assign(rig.chain, { broadcast: 'accepted', nonce: 9 });
      await rig.go();
      expect(rig.outbox.intent('report:7')).toMatchObject({ state: 'sent', nonce: 9 });
    }));

  it('a root that our own transaction posted is confirmed, not given up', () =>
    queued(async (rig) => {
      await rig.go();
      mine(rig, 'report:6');
      await rig.go();
      await rig.go();
      const [attempt] = rig.outbox.attempts(ROOT);
      if (attempt === undefined) throw new Error('nothing sent');
      rig.chain.estimates.set(dataOf[ROOT], { ok: false, revert: 'AlreadyPosted' });
      // mined between the look for receipts and the estimate
      const found = rig.chain.receipts.get.bind(rig.chain.receipts);
      let asked = 0;
      rig.chain.receipts.get = (hash) => (asked++ === 0 ? undefined : found(hash));
      rig.chain.receipts.set(attempt.hash, { blockNumber: 4, ok: true });
      await rig.go();
      expect(rig.outbox.intent(ROOT)).toMatchObject({ state: 'confirmed', transactionHash: attempt.hash });
    }));

  it('a root whose account is empty stands in the way only until others have posted it', () =>
    queued(async (rig) => {
      await rig.go();
      mine(rig, 'report:6');
      await rig.go();
      rig.chain.broadcast = 'unfunded';
      await expect(rig.go()).rejects.toThrow(/cannot pay/);
      rig.chain.estimates.set(dataOf[ROOT], { ok: false, revert: 'AlreadyPosted' });
      expect(await rig.go()).toBe('busy');
      expect(stateOf(rig, ROOT)).toBe('rejected');
    }));
});

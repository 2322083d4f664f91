// Busy: it holds at the very edges of section 21's conditions, and with each of them broken in turn it does not.
import fc from 'fast-check';
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { RIVAL_DEADLINE_MS_MAX, RIVAL_OVERTIME_MS_MAX, judgeBusy } from '../../../protocol/busy.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM, type Challenge } from '../../../protocol/challenge.ts';
import { decodeBusyMessage, encodeBusyMessage } from '../../../protocol/messages.ts';
import { firstBytesMax } from '../../../protocol/task.ts';
import { signerAddress } from '../../../protocol/signer.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { busyBytes, ownRival, rivalBytes, type RivalOptions } from '../../support/answers.ts';
import type { Stage } from '../../support/behaviour-names.ts';
import { mixedWorld, stageOf, worldDue } from '../../support/epoch.ts';
import { testNodeKey } from '../../support/node-key.ts';
import { address, flipped, word } from './support.ts';

const world = mixedWorld();
const signer = signerAddress(world.rival.signerKey);

function stageOfKind(kind: number): Stage {
  const due = worldDue(world).find(({ draw }) => draw.kind === kind);
  if (due === undefined) throw new Error('no draw of that kind');
  return stageOf(world, due);
}

const seats = new Map<Hex, Hex>([
  [world.validator, signerAddress(world.signerKey)],
  [world.rival.operator, signer],
]);
const judge = (stage: Stage, bytes: Uint8Array, signers: ReadonlyMap<Hex, Hex> = seats): Reason =>
  judgeBusy(stage.audit, bytes, (validator) => signers.get(validator));

describe.each([KIND_GEMM, KIND_VRAM])('busy to a challenge of kind %i', (kind) => {
  const stage = stageOfKind(kind);
  const { challenge, startedAt, domain } = stage.audit;
  const judged = (options: RivalOptions & { signedHash?: Hex } = {}): Reason => judge(stage, busyBytes(stage, options));

  const edges: [string, Partial<Challenge>][] = [
    ['a rival of kind 1', { kind: KIND_GEMM }],
    ['a rival of kind 2', { kind: KIND_VRAM }],
    ['a deadline in this very millisecond', { deadline: startedAt }],
    ['a deadline a minute ago', { deadline: startedAt - RIVAL_OVERTIME_MS_MAX }],
    ['the longest deadline', { deadline: startedAt + RIVAL_DEADLINE_MS_MAX }],
    ['any slot, draw and nonce', { slot: 9_999, draw: 77, nonce: word('nonce') }],
  ];
  test.each(edges)('holds with %s', (_, change) => {
    expect(judged({ change })).toBe('busy');
  });

  const own = { validator: challenge.validator };
  const changes: [string, Partial<Challenge>][] = [
    ['another draw', { draw: challenge.draw + 1 }],
    ['another slot', { slot: challenge.slot + 1 }],
    ['the other kind', { kind: KIND_GEMM + KIND_VRAM - kind }],
    ['another nonce', { nonce: word('nonce') }],
    ['another deadline', { deadline: challenge.deadline + 1 }],
  ];
  test.each(changes)('holds with the challenge’s twin of %s', (_, change) => {
    expect(judged(ownRival(stage, change))).toBe('busy');
  });

  const broken: [string, RivalOptions & { signedHash?: Hex }, Reason][] = [
    ['the challenge itself', ownRival(stage), 'no_commitment'],
    ['the challenge’s own validator, signed by another', { change: own }, 'no_commitment'],
    ['a validator without a seat', { change: { validator: address('nobody') } }, 'no_commitment'],
    ['another key than its signer’s', { signerKey: new Uint8Array(32).fill(8) }, 'no_commitment'],
    ['the key of the challenge’s validator', { signerKey: world.signerKey }, 'no_commitment'],
    ['another node', { change: { nodeId: word('another node') } }, 'no_commitment'],
    ['presence', { change: { kind: KIND_PRESENCE } }, 'no_commitment'],
    ['a kind that nobody knows', { change: { kind: 3 } }, 'no_commitment'],
    ['the epoch before', { change: { epoch: challenge.epoch - 1 } }, 'no_commitment'],
    ['the epoch after', { change: { epoch: challenge.epoch + 1 } }, 'no_commitment'],
    ['a deadline too long ago', { change: { deadline: startedAt - RIVAL_OVERTIME_MS_MAX - 1 } }, 'no_commitment'],
    ['a deadline too far away', { change: { deadline: startedAt + RIVAL_DEADLINE_MS_MAX + 1 } }, 'no_commitment'],
    ['another chain', { domain: { ...domain, chainId: 1 } }, 'no_commitment'],
    ['another registry', { domain: { ...domain, registry: address('another registry') } }, 'no_commitment'],
    ['a receipt over another rival', { signedHash: word('another rival') }, 'bad_receipt'],
  ];
  test.each(broken)('does not hold with a rival of %s', (_, options, reason) => {
    expect(judged(options)).toBe(reason);
  });

  test('does not hold when the rival’s signer at that epoch is another', () => {
    const bytes = busyBytes(stage);
    expect(judge(stage, bytes, new Map())).toBe('no_commitment');
    expect(judge(stage, bytes, new Map([[world.rival.operator, signerAddress(world.signerKey)]]))).toBe('no_commitment');
  });

  test('asks for the signer of the rival’s validator, and of nobody else', () => {
    const asked: Hex[] = [];
    judgeBusy(stage.audit, busyBytes(stage), (validator) => {
      asked.push(validator);
      return signer;
    });
    expect(asked).toEqual([world.rival.operator]);
  });

  test('does not hold for another node, another challenge, or with another node’s key', () => {
    const message = decodeBusyMessage(busyBytes(stage));
    const told = (change: Partial<typeof message>): Reason => judge(stage, encodeBusyMessage({ ...message, ...change }));
    expect(told({})).toBe('busy');
    expect(told({ nodeId: word('another node') })).toBe('no_commitment');
    expect(told({ challengeHash: word('another challenge') })).toBe('no_commitment');
    expect(told({ rival: new Uint8Array() })).toBe('no_commitment');
    expect(told({ rival: concat(rivalBytes(stage), Uint8Array.of(0)) })).toBe('no_commitment');
    expect(judge(stage, busyBytes({ ...stage, nodeKey: testNodeKey(99) }))).toBe('bad_receipt');
  });

  test('with the high-s twin of its receipt is a bad receipt', () => {
    const bytes = busyBytes(stage);
    const s = p256.Point.Fn.ORDER - BigInt(toHex(bytes.subarray(98, 130)));
    const twin = concat(bytes.subarray(0, 98), fromHex(`0x${s.toString(16).padStart(64, '0')}`), bytes.subarray(130));
    expect(judge(stage, twin)).toBe('bad_receipt');
  });

  test('with any one bit changed never holds', () => {
    const bytes = busyBytes(stage);
    for (let at = 0; at < bytes.length; at++) expect(judge(stage, flipped(bytes, at, 1 << (at % 8)))).not.toBe('busy');
  });

  test('from any bytes is a reason, never an exception', () => {
    const bytes = busyBytes(stage);
    const heads = fc.constantFrom(new Uint8Array(), Uint8Array.of(8, 1), bytes.subarray(0, 130), bytes.subarray(0, 300));
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 400 }), (head, body) => {
        expect(judge(stage, concat(head, body))).toBe('no_commitment');
      }),
      { numRuns: 100 },
    );
  });
});

test('busy to presence is no answer to it, and longer than one may be', () => {
  const stage = stageOfKind(KIND_PRESENCE);
  expect(busyBytes(stage).length).toBeGreaterThan(firstBytesMax(stage.audit.task));
  expect(judge(stage, busyBytes(stage))).toBe('no_commitment');
});

// Fault keys against viem's ABI encoding, whether a challenge was drawn against the schedule, and the policy's excerpt.
import fc from 'fast-check';
import { encodeAbiParameters, keccak256 } from 'viem';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts';
import { ascii } from '../../../protocol/bytes.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { excerptPolicy, faultKey, isUndrawn } from '../../../protocol/faults.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { policyHash, type Policy } from '../../../protocol/policy.ts';
import { drawsInSlot, epochDraws, type EpochPlan } from '../../../protocol/schedule.ts';
import { hexOf, policy, safe, u32s, word } from './support.ts';

const abi = (types: readonly string[], values: readonly unknown[]) =>
  keccak256(
    encodeAbiParameters(
      types.map((type) => ({ type })),
      [...values],
    ),
  );

describe('fault keys', () => {
  test('are keccak of the ABI encoding, the kind first', () => {
    fc.assert(
      fc.property(hexOf(20), hexOf(32), hexOf(32), safe, u32s, (validator, nodeId, challengeHash, epoch, round) => {
        const three = ['uint8', 'address', 'uint64'];
        expect(faultKey({ kind: 'reports', validator, epoch })).toBe(abi(three, [1, validator, BigInt(epoch)]));
        expect(faultKey({ kind: 'roots', validator, epoch, round })).toBe(
          abi([...three, 'uint32'], [2, validator, BigInt(epoch), round]),
        );
        expect(faultKey({ kind: 'undrawn', validator, epoch })).toBe(abi(three, [3, validator, BigInt(epoch)]));
        expect(faultKey({ kind: 'receipts', nodeId, challengeHash })).toBe(
          abi(['uint8', 'bytes32', 'bytes32'], [4, nodeId, challengeHash]),
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe('an undrawn challenge', () => {
  const plan: EpochPlan = {
    ...{ epoch: 7, clock: { genesis: 1_760_000_000, slotSeconds: 60, slotsPerEpoch: 5 }, policy, seed: word('seed') },
    ...{ beacon: word('beacon'), nodeCount: 11, validatorCount: 1 },
  };
  const busy: EpochPlan = {
    ...plan,
    policy: { ...policy, schedule: { ...policy.schedule, auditsPerNodePerDay: 1000 } },
  };

  test('is any that the schedule does not have', () => {
    const draws = epochDraws(busy);
    expect(draws.length).toBeGreaterThan(30);
    for (const { slot, draw, nodeIndex } of draws) {
      const at = { epoch: 7, slot, draw };
      expect(isUndrawn(at, busy, nodeIndex)).toBe(false);
      expect(isUndrawn(at, busy, (nodeIndex + 1) % 11)).toBe(true);
      expect(isUndrawn(at, busy, null)).toBe(true);
    }
    for (let slot = 0; slot < 5; slot++) {
      for (let node = 0; node < 11; node++) {
        expect(isUndrawn({ epoch: 7, slot, draw: drawsInSlot(busy, slot) }, busy, node)).toBe(true);
      }
    }
    for (let node = 0; node < 11; node++) expect(isUndrawn({ epoch: 7, slot: 5, draw: 0 }, busy, node)).toBe(true);
  });

  test('is every one where there is nothing to draw', () => {
    expect(isUndrawn({ epoch: 7, slot: 0, draw: 0 }, { ...plan, nodeCount: 0 }, 0)).toBe(true);
  });

  test('is not asked of another epoch’s plan', () => {
    expect(() => isUndrawn({ epoch: 8, slot: 0, draw: 0 }, plan, 0)).toThrow(ProtocolError);
  });
});

describe('the policy’s excerpt', () => {
  const rejoin = ({ schedule }: Pick<Policy, 'schedule'>, { prefix, suffix }: ReturnType<typeof excerptPolicy>) =>
    toHex(
      sha256(concat(fromHex(prefix), ascii(`{"auditsPerNodePerDay":${String(schedule.auditsPerNodePerDay)}`), fromHex(suffix))),
    );

  test('and the number are the whole document', () => {
    const names = ['vector', '{"auditsPerNodePerDay":', 'Prüfer "{\\"auditsPerNodePerDay\\":24', '', '24'];
    for (const name of names) {
      for (const auditsPerNodePerDay of [0, 7, 24, 86_400]) {
        const changed = { ...policy, name, schedule: { ...policy.schedule, auditsPerNodePerDay } };
        const excerpt = excerptPolicy(changed);
        expect(excerpt.auditsPerNodePerDay).toBe(auditsPerNodePerDay);
        expect(rejoin(changed, excerpt)).toBe(policyHash(changed));
        expect(excerpt.suffix.startsWith('0x2c226a697474')).toBe(true); // ,"jitt…
      }
    }
  });

  test('of a document without the number is refused', () => {
    const { auditsPerNodePerDay: _, ...schedule } = policy.schedule;
    expect(() => excerptPolicy({ ...policy, schedule } as Policy)).toThrow(ProtocolError);
  });
});

// Fault keys against viem's ABI encoding, whether a challenge was drawn against the schedule, and the policy's excerpt.
import fc from 'fast-check';
import { encodeAbiParameters, keccak256 } from 'viem';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { ascii } from '../../../protocol/bytes.ts';
import { dueOf } from '../../../protocol/due.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { excerptPolicy, faultKey, isUndrawn } from '../../../protocol/faults.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { policyHash, type Policy } from '../../../protocol/policy.ts';
import { MEMBER_STEP, drawsInSlot, epochDraws, type EpochPlan } from '../../../protocol/schedule.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { address, hexOf, policy, safe, u32s, word } from './support.ts';

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

  /** Three operators, one of them with a single node. */
  const operators = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2].map((one) => address(`operator ${String(one)}`));
  const nodes = operators.map((operator, index) => ({ index, nodeId: word(`node ${String(index)}`), operator }));
  const idOf = (index: number): Hex => nodes[index]?.nodeId ?? word('nobody');
  const at = (slot: number, draw: number, index: number) => ({ epoch: 7, slot, draw, nodeId: idOf(index) });
  const draws = epochDraws(busy);

  test('is any that the schedule does not have', () => {
    expect(draws.length).toBeGreaterThan(30);
    for (const { slot, draw, nodeIndex } of draws) {
      expect(isUndrawn(at(slot, draw, nodeIndex), busy, nodes)).toBe(false);
      expect(isUndrawn(at(slot, draw, (nodeIndex + 1) % 11), busy, nodes)).toBe(true);
      expect(isUndrawn(at(slot, draw, 11), busy, nodes)).toBe(true);
    }
    for (let slot = 0; slot < 5; slot++) {
      for (let node = 0; node < 11; node++) expect(isUndrawn(at(slot, drawsInSlot(busy, slot), node), busy, nodes)).toBe(true);
    }
    for (let node = 0; node < 11; node++) expect(isUndrawn(at(5, 0, node), busy, nodes)).toBe(true);
  });

  test('is none where it goes to another node of the drawn one’s operator as a member', () => {
    for (const { slot, draw, nodeIndex } of draws) {
      for (let place = 1; place < 8; place++) {
        for (let index = 0; index <= 11; index++) {
          const isSibling = index !== nodeIndex && operators[index] === operators[nodeIndex];
          const challenge = at(slot, draw + place * MEMBER_STEP, index);
          expect(isUndrawn(challenge, busy, nodes)).toBe(place > 5 || !isSibling);
        }
      }
    }
    const beyond = drawsInSlot(busy, 0) + MEMBER_STEP;
    for (let index = 0; index < 11; index++) expect(isUndrawn(at(0, beyond, index), busy, nodes)).toBe(true);
  });

  test('is no due draw, members of cohorts included', () => {
    const kinds = [{ kind: 1, weight: 1, cohort: 6 }];
    const classes = policy.classes.slice(0, 1);
    const cohorts = { ...busy, policy: { ...busy.policy, kinds, classes } };
    const known = nodes.map((node) => ({
      ...{ ...node, url: 'https://n.example', gpuClass: classes[0]?.name ?? null, vramMiB: 1, retired: false },
      publicKey: { x: word('x'), y: word('y') },
    }));
    let members = 0;
    for (const draw of epochDraws(cohorts)) {
      const node = known[draw.nodeIndex];
      if (node === undefined) throw new Error('a draw without a node');
      const siblings = known.filter(({ operator }) => operator === node.operator);
      for (const { draw: one, node: challenged } of dueOf(cohorts, draw, node, siblings)) {
        expect(isUndrawn({ epoch: 7, slot: one.slot, draw: one.draw, nodeId: challenged.nodeId }, cohorts, known)).toBe(false);
        if (one.draw >= MEMBER_STEP) members += 1;
      }
    }
    expect(members).toBeGreaterThan(100);
  });

  test('is every one where there is nothing to draw', () => {
    expect(isUndrawn(at(0, 0, 0), { ...plan, nodeCount: 0 }, [])).toBe(true);
  });

  test('is not asked of another epoch’s plan', () => {
    expect(() => isUndrawn({ ...at(0, 0, 0), epoch: 8 }, plan, nodes)).toThrow(ProtocolError);
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
        expect(excerpt.suffix.startsWith('0x2c22')).toBe(true); // ,"
      }
    }
  });

  /** What contracts/src/faults/PolicyText.sol reads before the first part's end. */
  const beginning =
    /^\{"beacon":\{"freshnessRounds":\d+,"genesis":\d+,"leadSeconds":\d+,"periodSeconds":\d+,"publicKey":"0x[0-9a-f]{192}","scheme":"bls-unchained-g1-rfc9380"\},.*"schedule":$/s;

  test.each(shippedPolicies.map((shipped) => [shipped.name, shipped] as const))(
    'of the shipped policy %s begins with the beacon, and ends before the schedule’s first field',
    (_name, shipped) => {
      const excerpt = excerptPolicy(shipped);
      expect(new TextDecoder().decode(fromHex(excerpt.prefix))).toMatch(beginning);
      expect(rejoin(shipped, excerpt)).toBe(policyHash(shipped));
    },
  );

  test('of a document without the number is refused', () => {
    const { auditsPerNodePerDay: _, ...schedule } = policy.schedule;
    expect(() => excerptPolicy({ ...policy, schedule } as Policy)).toThrow(ProtocolError);
  });
});

// A report is not signed over an epoch that was frozen with facts which the chain does not have: posted, it would prove the validator's own
// challenges undrawn.
import { expect, it } from 'vitest';
import { ChainError } from '../../../chain/errors.ts';
import { toHex } from '../../../protocol/bytes.ts';
import type { EpochNode } from '../../../protocol/schedule.ts';
import type { Context, EpochEntry, Registry, Sender } from '../../../workers/services/ports.ts';
import { postReport, type PostOutcome } from '../../../workers/services/post.ts';
import { openValidator, type Validator } from './rig.ts';

const hash = (byte: number) => toHex(new Uint8Array(32).fill(byte));

type Posted = { readonly outcome: PostOutcome; readonly note: string | null; readonly handed: readonly string[] };

/** Epoch 6 is sealed over the facts that the registry gave then; now it says what `change` makes of them. */
async function postWith(
  change: (registry: Registry, validator: Validator) => Partial<Registry>,
  signers?: EpochEntry['signers'],
): Promise<Posted> {
  const validator = await openValidator();
  const stored = validator.stored.epochs.get(6);
  if (stored === undefined) throw new Error('no epoch');
  if (signers !== undefined) stored.signers = signers;
  stored.state = 'sealed';
  stored.sealed = { auditRoot: hash(1), summaryRoot: hash(2), archiveHash: hash(3), due: 30, done: 29 };
  const handed: string[] = [];
  const sender: Sender = {
    signReport: async (report) => (handed.push('signed'), { report, signature: hash(7) }),
    signed: async () => null,
    submit: async (key) => void handed.push(key),
    state: async () => ({ state: 'pending', trouble: null }),
  };
  const { registry } = validator.context.ports;
  const context: Context = validator.with({ sender, registry: { ...registry, ...change(registry, validator) } });
  const outcome = await postReport(context, { ...stored });
  return { outcome, note: stored.note, handed };
}

const nodesWith =
  (change: (nodes: EpochNode[]) => EpochNode[]) =>
  (registry: Registry): Partial<Registry> => ({
    nodes: async (epoch) => change(await registry.nodes(epoch)),
  });
const firstWith = (change: Partial<EpochNode>) =>
  nodesWith(([first, ...rest]) => (first ? [{ ...first, ...change }, ...rest] : []));

it('with the facts that it was frozen with, it is signed and handed over', async () => {
  expect(await postWith(() => ({}))).toEqual({ outcome: 'waiting', note: null, handed: ['signed', 'report:6'] });
});

it('frozen before signers were kept, it is signed all the same: what is not known differs from nothing', async () => {
  expect(await postWith(() => ({}), null)).toEqual({ outcome: 'waiting', note: null, handed: ['signed', 'report:6'] });
  expect((await postWith(() => ({}), [])).outcome).toBe('abandoned'); // that no seat has a signer would be a word
});

it.each<[string, (registry: Registry, validator: Validator) => Partial<Registry>, RegExp]>([
  [
    'the number of seats',
    (registry) => ({ signers: async (epoch) => (await registry.signers(epoch)).slice(1) }),
    /another number of seats \(one says 2, the other 1\)/,
  ],
  [
    'a rival’s signer',
    (registry) => ({
      signers: async (epoch) => (await registry.signers(epoch)).map((seat, i) => (i === 1 ? { ...seat, signer: hash(5) } : seat)),
    }),
    /another signer of a seat \(entry 1 has another signer\)/,
  ],
  ['the policy', () => ({ policyHash: async () => hash(9) }), /another policy \(one says 0x/],
  ['the number of nodes', nodesWith((nodes) => nodes.slice(1)), /another number of nodes/],
  ['a node in another’s place', firstWith({ nodeId: hash(8) }), /another nodeId of node 0/],
  ['a node’s key', firstWith({ publicKey: { x: hash(1), y: hash(2) } }), /another publicKey of node 0/],
  ['a node’s class', firstWith({ gpuClass: 'huge' }), /another gpuClass of node 0/],
  ['a node that had retired', firstWith({ retired: true }), /another retired of node 0/],
  [
    'the network’s clock',
    (registry) => ({
      deployment: async () => {
        const found = await registry.deployment();
        return { ...found, clock: { ...found.clock, slotsPerEpoch: found.clock.slotsPerEpoch + 1 } };
      },
    }),
    /another slotsPerEpoch of the network’s clock/,
  ],
])('with another word on %s it is given up, and nothing is signed', async (_what, change, why) => {
  const { outcome, note, handed } = await postWith(change);
  expect([outcome, handed]).toEqual(['abandoned', []]);
  expect(note).toMatch(why);
  expect(note).toMatch(/an RPC was wrong then, or is now.*Name two RPCs/);
});

it('while the RPCs disagree it waits, and nothing is signed', async () => {
  const disagree = async (): Promise<never> => {
    throw new ChainError('disagreeing', 'RPCs 1 and 2 of RPC_URL differ.');
  };
  await expect(postWith(() => ({ nodes: disagree }))).rejects.toThrow('differ');
  await expect(postWith(() => ({ deployment: disagree }))).rejects.toThrow('differ');
});

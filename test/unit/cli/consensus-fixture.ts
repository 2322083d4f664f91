// Four validators on a real chain, a few epochs of audits, reports and consensus roots, and one server for everything that their APIs
// would serve. Each validator's own address is a folder of it.
import { encodeRegisterNode, encodePostReport } from '../../../chain/transactions.ts';
import { readNodes } from '../../../chain/nodes.ts';
import { readLastReport } from '../../../chain/reports.ts';
import { readLastRoot } from '../../../chain/roots.ts';
import { readActiveSet } from '../../../chain/validators.ts';
import { ZERO32, toHex, type Hex } from '../../../protocol/bytes.ts';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { consensus } from '../../../protocol/consensus/rule.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import { reportSetHash } from '../../../protocol/consensus/sets.ts';
import { tallyRows } from '../../../protocol/consensus/tally.ts';
import { rootsOf } from '../../../protocol/consensus/leaves.ts';
import type { ConsensusReport, Leaves, PreviousRoot } from '../../../protocol/consensus/types.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { policyHash, type Policy } from '../../../protocol/policy.ts';
import { nodeIdOf, nodeKeyPayload } from '../../../protocol/receipts.ts';
import { tellable } from '../../../schema/wire/network.ts';
import { archiveRoutes, serveRoutes, type ArchiveServer } from '../../support/archive-server.ts';
import {
  buildEpoch,
  mixedPolicy,
  sealEpoch,
  smallPolicy,
  testWorld,
  type EpochFixture,
  type Tweak,
} from '../../support/epoch.ts';
import { testNodeKey } from '../../support/node-key.ts';
import {
  CHAIN_LENGTH,
  addressFor,
  encodeSignedRoot,
  registerValidator,
  testValidator,
  type TestValidator,
} from '../chain/actors.ts';
import { CHAIN_ID, GENESIS, SLOTS_PER_EPOCH, SLOT_SECONDS, startNetwork, type Network } from '../chain/network.ts';

const NODES = 4;
const CAST = ['honest', 'busy', 'honest', 'wrong', 'honest'] as const;
const schedule = { ...mixedPolicy.schedule, auditsPerNodePerDay: 24_000 };
export const policy: Policy = { ...mixedPolicy, schedule };

export type ConsensusFixture = {
  readonly network: Network;
  readonly server: ArchiveServer;
  readonly validators: readonly TestValidator[];
  /** Audits and reports of an epoch, posted; the next epoch begins. */
  readonly report: (epoch: number, tweak?: (label: string) => Tweak) => Promise<readonly EpochFixture[]>;
  /** A root over these reports and all before, posted by everybody; its reports' deadline must be over. */
  readonly root: (epoch: number, own: readonly EpochFixture[], lie?: (leaves: Leaves) => Leaves) => Promise<Leaves>;
  readonly stop: () => Promise<void>;
};

const json = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(tellable(value)));

async function registerNodes(network: Network): Promise<void> {
  const provider = addressFor('provider');
  for (let index = 0; index < NODES; index++) {
    const { publicKey, sign } = testNodeKey(index);
    const nodeId = nodeIdOf(publicKey);
    await network.stake(provider, nodeId);
    const proof = sign(nodeKeyPayload({ chainId: CHAIN_ID, registry: network.registry }, provider, nodeId));
    const claims = { url: 'https://node.example', gpuClass: 'tiny', vramMiB: 1024 };
    await network.send(provider, encodeRegisterNode({ ...claims, publicKey, proof }));
  }
}

/** What the API serves of a validator's epoch: archive objects by hash; transcripts at the validator's own address alone. */
function publish(routes: ArchiveServer['routes'], label: string, fixture: EpochFixture): void {
  routes.set(`/api/v1/objects/${toHex(sha256(fixture.manifestBytes))}`, fixture.manifestBytes);
  for (const [path, bytes] of archiveRoutes(fixture)) {
    if (path.startsWith('/v1/objects/')) routes.set(`/api${path}`, bytes);
    routes.set(`/${label}${path}`, bytes);
  }
  routes.set(`/${label}/v1/objects/${toHex(sha256(fixture.manifestBytes))}`, fixture.manifestBytes);
}

const reportOf = ({ facts, rows }: EpochFixture): ConsensusReport => ({
  ...{ epoch: facts.epoch, validator: facts.validator, reportHash: facts.stored.reportHash },
  ...{ due: facts.stored.due, done: facts.stored.done, tallies: tallyRows(rows) },
});

async function epochOf(
  network: Network,
  validator: TestValidator,
  rival: TestValidator,
  epoch: number,
  previous: Hex,
): Promise<EpochFixture> {
  const { operator, signerKey, secret } = validator;
  const nodes = await readNodes(network.client, epoch);
  return buildEpoch(
    testWorld({
      ...{ domain: { chainId: CHAIN_ID, registry: network.registry }, epoch, policy, validator: operator, signerKey },
      clock: { genesis: GENESIS, slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH },
      ...{ seedSecret: secret, seedLength: CHAIN_LENGTH, seedEpoch: 2, validatorCount: 4, nodes, previous },
      rival,
      behaviour: (index, kind) => (kind === KIND_PRESENCE ? 'honest' : (CAST[index % CAST.length] ?? 'honest')),
    }),
  );
}

export async function startConsensus(): Promise<ConsensusFixture> {
  const network = await startNetwork(policyHash(policy));
  const server = await serveRoutes(new Map());
  const labels = ['alice', 'bob', 'carol', 'dave'];
  const validators = labels.map((label) => ({ ...testValidator(label), url: `${server.url}/${label}` }));
  for (const validator of validators) await registerValidator(network, validator);
  await registerNodes(network);
  // by its hash alone: the policy in force is another one by now
  server.routes.set(`/api/v1/policies/${policyHash(policy)}`, new TextEncoder().encode(JSON.stringify(policy)));
  server.routes.set('/api/v1/policy', new TextEncoder().encode(JSON.stringify(smallPolicy)));
  const counted: ConsensusReport[] = [];
  let previous: PreviousRoot | null = null;

  const report: ConsensusFixture['report'] = async (epoch, tweak) => {
    await network.goTo(epoch + 1);
    const fixtures: EpochFixture[] = [];
    for (const [i, validator] of validators.entries()) {
      const last = await readLastReport(network.client, validator.operator);
      const rival = validators[(i + 1) % validators.length] ?? validator;
      const honest = await epochOf(network, validator, rival, epoch, last?.reportHash ?? ZERO32);
      const label = labels[i] ?? '';
      const fixture = sealEpoch(honest.world, honest.rows, honest.transcripts, tweak?.(label) ?? {});
      await network.send(validator.operator, encodePostReport(fixture.facts.report, fixture.facts.signature));
      publish(server.routes, label, fixture);
      fixtures.push(fixture);
    }
    return fixtures;
  };

  const root: ConsensusFixture['root'] = async (epoch, own, lie = (leaves) => leaves) => {
    const [seats, nodes, last] = await Promise.all([
      readActiveSet(network.client, epoch),
      readNodes(network.client, epoch),
      readLastRoot(network.client),
    ]);
    const fresh = own.map(reportOf);
    const result = consensus({ epoch, policy, seats, nodes, fresh, window: counted, previous });
    const leaves = lie(result.leaves);
    const posted = {
      ...{ epoch, round: 0, ...result.roots, ...rootsOf(leaves), previousRoot: last?.rootHash ?? ZERO32 },
      policyHash: policyHash(policy),
    };
    await network.send(addressFor('poster'), encodeSignedRoot(network, posted, validators));
    counted.push(...fresh);
    const hash = rootHash(posted);
    previous = { epoch, rootHash: hash, leaves };
    const entries = fresh.map(({ validator, reportHash }) => ({ epoch, validator, reportHash }));
    server.routes.set(`/api/v1/report-sets/${reportSetHash(entries)}`, json({ reports: entries }));
    server.routes.set(`/api/v1/consensus/${String(epoch)}/leaves?root=${hash}`, json(leaves));
    return leaves;
  };

  return {
    ...{ network, server, validators, report, root },
    stop: async () => {
      await network.stop();
      await server.stop();
    },
  };
}

// Several validators that audited the same nodes, and one observer of them: real archives over ports in memory. What a peer serves, what
// the chain says, and what time it is are a test's to change.
import { toHex, type Hex } from '../../../../protocol/bytes.ts';
import { sha256 } from '../../../../protocol/hash.ts';
import { policyHash } from '../../../../protocol/policy.ts';
import { epochStart } from '../../../../protocol/schedule.ts';
import { signerAddress } from '../../../../protocol/signer.ts';
import { policiesFor } from '../../../../workers/services/policy.ts';
import type { NetworkChain, NetworkContext, NetworkPorts, PostedReport } from '../../../../workers/services/network/ports.ts';
import { beacon, buildEpoch, testWorld, type EpochFixture, type World } from '../../../support/epoch.ts';
import { memoryObjects } from '../memory.ts';
import { memoryNetwork } from './store.ts';

export const EPOCH = 6;
export const PEERS = 4;

export const operatorOf = (index: number): Hex => `0x${(0xa0 + index).toString(16).repeat(20)}`;
export const urlOf = (index: number): string => `https://validator-${String(index)}.example`;

/** The world as validator `index` of the network sees it; the same nodes for all. */
export function peerWorld(index: number, change: Partial<World> = {}): World {
  return testWorld({
    validator: operatorOf(index),
    signerKey: new Uint8Array(32).fill(3 + index),
    seedSecret: `0x${(0x50 + index).toString(16).repeat(32)}`,
    validatorCount: PEERS,
    ...change,
  });
}

const built = new Map<number, EpochFixture>();
/** The honest epoch of validator `index`: played once a test file. */
export function honest(index: number): EpochFixture {
  const known = built.get(index) ?? buildEpoch(peerWorld(index));
  built.set(index, known);
  return known;
}

export function postedOf({ facts }: EpochFixture): PostedReport {
  const { report, stored, signature, signer, previous, seedBase } = facts;
  const { reportHash, due, done } = stored;
  return { report, reportHash, signature, signer, due, done, previous, seedBase, timestamp: 0 };
}

/** Everything that an honest validator serves, by path. */
export function servedBy(fixture: EpochFixture): Map<string, Uint8Array> {
  const { facts, manifest, manifestBytes, chunks, rows, transcripts } = fixture;
  const served = new Map<string, Uint8Array>([[`/v1/objects/${facts.report.archiveHash}`, manifestBytes]]);
  for (const [i, { sha256: hash }] of manifest.chunks.entries())
    served.set(`/v1/objects/${hash}`, chunks[i]?.bytes ?? new Uint8Array());
  for (const row of rows) {
    const bytes = transcripts.get(row.transcriptHash);
    if (bytes !== undefined) served.set(`/v1/audits/${[facts.epoch, row.slot, row.draw].join('-')}/transcript`, bytes);
  }
  const told = { report: facts.report, signature: facts.signature };
  served.set(`/v1/epochs/${String(facts.epoch)}/report`, jsonBytes(told));
  return served;
}

export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

export type Observer = {
  readonly context: NetworkContext;
  readonly ports: NetworkPorts;
  readonly stored: ReturnType<typeof memoryNetwork>['stored'];
  readonly objects: ReturnType<typeof memoryObjects>;
  /** By validator's index, by path. */
  readonly served: Map<string, Uint8Array>[];
  /** Posted reports, by operator. */
  readonly posted: Map<Hex, PostedReport>;
  readonly asked: { url: string; path: string }[];
  readonly clock: { nowMs: number };
  /** What `random` gives for 32 bytes: the seed of the samples. */
  readonly dice: { seed: Uint8Array };
  readonly with: (ports: Partial<NetworkPorts>) => NetworkContext;
  readonly stateOf: (index: number) => { state: string; check: string | null; detail: string | null } | null;
};

/** From here on the archives of EPOCH are public. */
export const REVEALED_MS = 1000 * (epochStart(testWorld().clock, EPOCH + 1) + testWorld().policy.schedule.revealSeconds);
/** The rounds of EPOCH are over. */
export const OVER_MS = REVEALED_MS + 1000 * (12 + testWorld().policy.consensus.mirrorSeconds);

function putOwn(observer: Pick<Observer, 'objects' | 'stored'>, fixture: EpochFixture): void {
  const { facts, manifest, manifestBytes, chunks, rows, transcripts } = fixture;
  observer.objects.all.set(`archive/${facts.report.archiveHash.slice(2)}`, manifestBytes);
  for (const [i, { sha256: hash }] of manifest.chunks.entries()) {
    observer.objects.all.set(`archive/${hash.slice(2)}`, chunks[i]?.bytes ?? new Uint8Array());
  }
  for (const { slot, draw, transcriptHash } of rows) {
    const bytes = transcripts.get(transcriptHash);
    if (bytes === undefined) continue;
    const key = `transcripts/${String(facts.epoch)}/${String(slot)}/${String(draw)}`;
    observer.objects.all.set(key, new Uint8Array([1, 2, 3, ...bytes, 4])); // in the middle of an object, as in a real one
    observer.stored.transcripts.set(`${facts.epoch}/${slot}/${draw}`, { key, offset: 3, length: bytes.length });
  }
}

/**
 * @param fixtures the epochs that the validators published
 * @param own index of the observer's own validator; null for a gateway
 */
export function observerOf(fixtures: readonly EpochFixture[], own: number | null = 0): Observer {
  const world = fixtures[0]?.world ?? testWorld();
  const { store, stored } = memoryNetwork();
  const objects = memoryObjects();
  const served = fixtures.map(servedBy);
  const posted = new Map(fixtures.map((fixture) => [fixture.facts.validator, postedOf(fixture)]));
  const asked: Observer['asked'] = [];
  const clock = { nowMs: REVEALED_MS };
  const dice = { seed: new Uint8Array(32).fill(9) };
  const seats = fixtures.map(({ world: { validator, signerKey } }, index) => ({
    ...{ operator: validator, signer: signerAddress(signerKey), url: urlOf(index), stake: 100n },
  }));
  const unused = (name: string) => (): never => {
    throw new Error(`${name} was not expected to be called`);
  };
  const chain: NetworkChain = {
    seats: async (epoch) => (epoch === EPOCH ? seats : []),
    policyHash: async () => policyHash(world.policy),
    newestPolicyHash: async () => policyHash(world.policy),
    nodes: async () => [...world.nodes],
    report: async (validator) => posted.get(validator) ?? null,
    ...{ root: unused('root'), lastRoot: async () => null, postRootCall: unused('postRootCall'), proveCall: unused('proveCall') },
    ...{ proven: unused('proven'), slashes: unused('slashes'), slash: unused('slash'), executeCall: unused('executeCall') },
  };
  const member = {
    ...{ operator: own === null ? operatorOf(0) : operatorOf(own), signRoot: unused('signRoot'), submit: unused('submit') },
    ...{ state: unused('state'), nextPolicyHash: null, watchFaults: true },
  };
  const ports: NetworkPorts = {
    clock: { nowMs: () => clock.nowMs, until: async () => undefined },
    chain,
    beacon: { round: async (round) => beacon.sign(round), control: async () => true },
    peers: {
      get: async (url, path, { bytesMax }) => {
        asked.push({ url, path });
        const bytes = served[fixtures.findIndex((_, index) => urlOf(index) === url)]?.get(path);
        return bytes === undefined || bytes.length > bytesMax ? null : bytes;
      },
    },
    ...{ objects, store, member: own === null ? null : member },
    random: (bytes) => (bytes === 32 ? dice.seed : new Uint8Array(bytes)),
  };
  const find = (hash: Hex) => (hash === policyHash(world.policy) ? world.policy : undefined);
  const context: NetworkContext = { domain: world.domain, clock: world.clock, policyOf: policiesFor(1, find), ports };
  const observer: Observer = {
    ...{ context, ports, stored, objects, served, posted, asked, clock, dice },
    with: (replaced) => ({ ...context, ports: { ...ports, ...replaced } }),
    stateOf: (index) => {
      const mirror = stored.mirrors.get(`${EPOCH}/${operatorOf(index)}`);
      return mirror === undefined ? null : { state: mirror.state, check: mirror.check, detail: mirror.detail };
    },
  };
  const mine = own === null ? undefined : fixtures[own];
  if (mine !== undefined) putOwn(observer, mine);
  return observer;
}

/** The observer has seen the beacon's rounds before: spares a test that is about something else their BLS. */
export function versed(observer: Observer, fixtures: readonly EpochFixture[] = honestPeers()): Observer {
  for (const { manifest } of fixtures) {
    for (const item of [manifest.beacon, ...manifest.rounds]) observer.stored.rounds.set(item.round, item);
  }
  return observer;
}

/** Everybody honest. */
export const honestPeers = (): EpochFixture[] => Array.from({ length: PEERS }, (_, index) => honest(index));

/** The honest network with one archive exchanged. */
export const peersWith = (fixture: EpochFixture, index = 1): EpochFixture[] => honestPeers().with(index, fixture);

export const hashOfBytes = (bytes: Uint8Array): Hex => toHex(sha256(bytes));

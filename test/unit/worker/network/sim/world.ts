// Several validators over one chain and one clock, everything in memory and nothing by chance but the seed: each runs the real tick of
// the network's part over ports of its own. What a test plays is who is silent, cut off, empty-handed or dishonest.
import { toHex, type Hex } from '../../../../../protocol/bytes.ts';
import { rootHash } from '../../../../../protocol/consensus/root.ts';
import type { EpochRoot, NodeTally, Statement } from '../../../../../protocol/consensus/types.ts';
import { sha256 } from '../../../../../protocol/hash.ts';
import { policyHash, type Policy } from '../../../../../protocol/policy.ts';
import { reportHash, type EpochReport } from '../../../../../protocol/report.ts';
import { epochStart, slotAt, type EpochClock } from '../../../../../protocol/schedule.ts';
import { signDigest, signerAddress } from '../../../../../protocol/signer.ts';
import { shippedPolicies } from '../../../../../schema/policy/shipped.ts';
import { tellable } from '../../../../../schema/wire/network.ts';
import { networkTick, type NetworkSteps } from '../../../../../workers/services/network/network-tick.ts';
import { leavesKey } from '../../../../../workers/services/network/agree-sets.ts';
import { observe } from '../../../../../workers/services/network/observe.ts';
import type {
  Mirror,
  NetworkContext,
  NetworkPorts,
  PeerSeat,
  PostedReport,
} from '../../../../../workers/services/network/ports.ts';
import type { IntentState } from '../../../../../workers/services/ports.ts';
import { signRootOnce, type SigningLock } from '../../../../../workers/services/sending/sign-once.ts';
import type { Trouble } from '../../../../../workers/services/step.ts';
import { testNode } from '../../../../support/world.ts';
import { memoryObjects } from '../../memory.ts';
import { simChain, type SimChain } from './chain.ts';
import { memoryStore, type MemoryStore } from './store.ts';

export const DOMAIN = { chainId: 31337, registry: `0x${'5f'.repeat(20)}` } as const;
export const CLOCK: EpochClock = { genesis: 1_760_000_000, slotSeconds: 3, slotsPerEpoch: 10 };
const NODES = Array.from({ length: 5 }, (_, index) => testNode(index));

/** mulberry32: small, seeded, good enough to shuffle. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const hash = (...parts: unknown[]): Hex => toHex(sha256(new TextEncoder().encode(parts.join('/'))));

export const embedded = ((): Policy => {
  const found = shippedPolicies.find(({ name }) => name === 'embedded');
  if (found === undefined) throw new Error('the embedded policy does not ship');
  return { ...found, consensus: { ...found.consensus, windowEpochs: 6 } };
})();
/** What an operator may want next. */
export const nextPolicy: Policy = { ...embedded, name: 'next', rewards: { ...embedded.rewards, nodesPerEpoch: 70_000_000 } };

export type SimMember = {
  readonly index: number;
  readonly seat: PeerSeat;
  readonly key: Uint8Array;
  store: MemoryStore;
  objects: ReturnType<typeof memoryObjects>;
  /** The sender object's memory: it outlives the database. */
  lock: SigningLock;
  intents: Map<string, IntentState>;
  /** Neither ticks nor answers. */
  offline: boolean;
  unfunded: boolean;
  lagMs: number;
  nextPolicyHash: Hex | null;
  watchFaults: boolean;
  /** Whether its report of that epoch is posted. */
  reports: (epoch: number) => boolean;
  /** Whether it gives its archive to that member. */
  shows: (asker: number) => boolean;
  /** For the dishonest. */
  replace: (ports: NetworkPorts) => NetworkPorts;
  /** Everything that its honest signer ever signed. */
  readonly signed: EpochRoot[];
  troubles: Trouble[];
  /** All messages ever, by step. */
  readonly said: Set<string>;
};

export type World = {
  readonly members: SimMember[];
  readonly chain: SimChain;
  /** Groups of members that hear each other; null: everybody. */
  groups: readonly (readonly number[])[] | null;
  readonly nowMs: () => number;
  /** Lets time pass until the rounds of that epoch are over. */
  readonly through: (epoch: number) => Promise<void>;
  readonly forSlots: (slots: number) => Promise<void>;
  readonly at: (index: number) => SimMember;
  readonly portsOf: (member: SimMember) => NetworkPorts;
  readonly contextOf: (member: SimMember) => NetworkContext;
};

export function memoryLock(): SigningLock {
  const roots = new Map<string, Statement>();
  let resume: number | null = null;
  return {
    signed: () => null,
    keep: () => undefined,
    signedRoot: (epoch, round) => roots.get(`${epoch}/${round}`) ?? null,
    keepRoot: (statement) => void roots.set(`${statement.root.epoch}/${statement.root.round}`, statement),
    resumeAt: () => resume,
    begin: (at) => {
      resume ??= at;
    },
  };
}

/** What one validator found out about each node in an epoch: alike for all, with a little noise of its own. */
export function talliesOf(epoch: number, validator: number, seed: number): NodeTally[] {
  const random = randomOf(seed * 7919 + epoch * 31 + validator);
  return NODES.map(({ index }) => {
    const due = 12;
    const wrong = index === 3 ? Math.floor(random() * 6) : 0;
    const network = random() < 0.1 ? 1 : 0;
    const medians = { medianMeasure: 1000 + Math.floor(random() * 50), medianElapsedMs: 200 + Math.floor(random() * 20) };
    const [absent, latencyMs] = [index === 2 ? Math.floor(random() * 9) : 0, 20 + Math.floor(random() * 30)];
    const asked = { present: 60 - absent, absent, latencyMs, latencyHighMs: latencyMs + Math.floor(random() * 90) };
    const proven = { fills: 3, bandwidth: 900_000_000_000 + Math.floor(random() * 1000) };
    const jobs = { pass: due - wrong - network, wrong, slow: 0, network, busy: index === 1 ? 3 : 0, void: 0 };
    return { nodeIndex: index, ...jobs, ...medians, ...asked, ...proven };
  });
}

function memberOf(index: number, stake: bigint): SimMember {
  const key = sha256(new TextEncoder().encode(`signer ${index}`));
  const operator: Hex = `0x${sha256(Uint8Array.of(index))
    .reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '')
    .slice(0, 40)}`;
  return {
    ...{ index, key, store: memoryStore(), objects: memoryObjects(), lock: memoryLock(), intents: new Map() },
    seat: { operator, signer: signerAddress(key), url: `https://v${index}.example`, stake },
    ...{ offline: false, unfunded: false, lagMs: 0, nextPolicyHash: null, watchFaults: true },
    ...{ reports: () => true, shows: () => true, replace: (ports) => ports },
    ...{ signed: [], troubles: [], said: new Set() },
  };
}

export type WorldOptions = { readonly validators?: number; readonly seed?: number; readonly stakes?: readonly bigint[] };

export function simWorld({ validators = 4, seed = 1, stakes = [] }: WorldOptions = {}): World {
  let now = 1000 * CLOCK.genesis;
  const nowMs = (): number => now;
  const random = randomOf(seed);
  const members = Array.from({ length: validators }, (_, i) => memberOf(i, stakes[i] ?? 1000n));
  const policies = [embedded, nextPolicy];
  const seats = members.map(({ seat }) => seat);
  const chain = simChain({ domain: DOMAIN, clock: CLOCK, policies, seats, nodes: NODES, nowMs });
  const at = (index: number): SimMember => {
    const member = members[index];
    if (member === undefined) throw new Error(`no member ${index}`);
    return member;
  };
  const policyOf = (wanted: Hex): Policy => {
    const found = policies.find((policy) => policyHash(policy) === wanted);
    if (found === undefined) throw new Error('unknown policy');
    return found;
  };
  const world: World = {
    members,
    chain,
    groups: null,
    nowMs,
    through,
    forSlots: (slots) => untilTime(now + 3000 * slots),
    at,
    portsOf,
    contextOf,
  };

  function hears(a: SimMember, b: SimMember): boolean {
    if (b.offline) return false;
    return world.groups === null || world.groups.some((group) => group.includes(a.index) && group.includes(b.index));
  }

  /** What a peer's public API answers, from its own store. */
  async function answer(peer: SimMember, path: string): Promise<object | null> {
    const url = new URL(path, 'https://peer.example');
    const [, , kind, what, part] = url.pathname.split('/');
    if (kind === 'report-sets') {
      const reports = await peer.store.reportSet(what as Hex);
      return reports === null ? null : { reports };
    }
    const epoch = Number(what);
    if (part === 'statements') return { statements: (await peer.store.statements(epoch)).map(({ statement }) => statement) };
    if (part !== 'leaves') return null;
    const root = url.searchParams.get('root') as Hex | null;
    const bytes = root === null ? null : await peer.objects.get(leavesKey(root));
    if (bytes !== null) return JSON.parse(new TextDecoder().decode(bytes)) as object;
    return peer.store.leaves(epoch);
  }

  async function submit(member: SimMember, key: string, call: { to: Hex; data: Hex }): Promise<void> {
    const known = member.intents.get(key);
    if (known !== undefined && known.state !== 'pending') return;
    if (member.unfunded) {
      const trouble = { code: 'unavailable', message: 'The signer’s account cannot pay for the transaction.' } as const;
      member.intents.set(key, { state: 'pending', trouble });
      return;
    }
    const refused = chain.execute(member.seat.operator, call);
    if (refused === 'RevealNotReached' || refused === 'SlashNotDue') member.intents.set(key, { state: 'pending', trouble: null });
    else if (refused !== null) member.intents.set(key, { state: 'rejected', reason: refused });
    else member.intents.set(key, { state: 'confirmed', transactionHash: hash(key), blockNumber: chain.sent.length });
  }

  function lastReport(member: SimMember): number | null {
    const epochs = [...chain.reports.values()].filter(({ report }) => report.validator === member.seat.operator);
    return epochs.length === 0 ? null : Math.max(...epochs.map(({ report }) => report.epoch));
  }

  function portsOf(member: SimMember): NetworkPorts {
    const ports: NetworkPorts = {
      clock: { nowMs, until: async () => undefined },
      chain: chain.viewOf(() => member.lagMs),
      beacon: {
        round: async (round) => ({ round, signature: `0x${hash('beacon', round).slice(2).padEnd(96, '0')}` }),
        control: async () => true,
      },
      peers: {
        get: async (base, path, { bytesMax }) => {
          const peer = members.find(({ seat }) => seat.url === base);
          if (peer === undefined || !hears(member, peer)) return null;
          const told = await answer(peer, path);
          const bytes = told === null ? null : new TextEncoder().encode(JSON.stringify(tellable(told)));
          return bytes === null || bytes.length > bytesMax ? null : bytes;
        },
      },
      objects: member.objects,
      store: member.store,
      random: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      member: {
        operator: member.seat.operator,
        signRoot: async (root) => {
          const seen = { lastEpoch: lastReport(member), currentEpoch: slotAt(CLOCK, now)?.epoch ?? 0, seatedBefore: true };
          const sign = (digest: Hex): Hex => signDigest(digest, member.key);
          const input = { root, validator: member.seat.operator, seen };
          const statement = signRootOnce(member.lock, sign, DOMAIN, input);
          if (statement !== null) member.signed.push(statement.root);
          return statement;
        },
        submit: (key, call) => submit(member, key, call),
        state: async (key) => member.intents.get(key) ?? { state: 'unknown' },
        nextPolicyHash: member.nextPolicyHash,
        watchFaults: member.watchFaults,
      },
    };
    return member.replace(ports);
  }

  function contextOf(member: SimMember): NetworkContext {
    return { domain: DOMAIN, clock: CLOCK, policyOf, ports: portsOf(member) };
  }

  /** Archives come from their owner or from whoever has verified them; both are the same bytes, by their hash. */
  function archiveOf(member: SimMember, owner: SimMember, epoch: number): Promise<{ source: Hex | null } | null> {
    if (owner === member) return Promise.resolve({ source: null });
    if (hears(member, owner) && owner.shows(member.index)) return Promise.resolve({ source: owner.seat.operator });
    return (async () => {
      for (const peer of members) {
        if (peer === member || peer === owner || !hears(member, peer)) continue;
        const [copy] = (await peer.store.mirrors(epoch, epoch)).filter(({ validator }) => validator === owner.seat.operator);
        if (copy?.state === 'verified') return { source: peer.seat.operator };
      }
      return null;
    })();
  }

  async function mirrorOne(member: SimMember, owner: SimMember, epoch: number, posted: PostedReport | null): Promise<boolean> {
    const blank = { epoch, validator: owner.seat.operator, check: null, detail: null, attempts: 1, updatedAtMs: now };
    const none: Mirror = { ...blank, state: 'absent', reportHash: null, archiveHash: null, due: 0, done: 0, source: null };
    if (posted === null) {
      await member.store.setMirror(none, null);
      return false;
    }
    const { due, done, report } = posted;
    const found = await archiveOf(member, owner, epoch);
    const place = { ...none, reportHash: posted.reportHash, archiveHash: report.archiveHash, due, done };
    if (found === null) {
      await member.store.setMirror({ ...place, state: 'waiting', check: 'archive', detail: 'nobody has it' }, null);
      return false;
    }
    await member.store.setMirror({ ...place, state: 'verified', ...found }, talliesOf(epoch, owner.index, seed));
    return true;
  }

  const steps = (member: SimMember): NetworkSteps => ({
    observe,
    take: async (context, { epoch, validator, reportHash: wanted }) => {
      const owner = members.find(({ seat }) => seat.operator === validator);
      const posted = await context.ports.chain.report(validator, epoch);
      return owner !== undefined && posted?.reportHash === wanted && mirrorOne(member, owner, epoch, posted);
    },
    mirror: async (context) => {
      const current = slotAt(CLOCK, now)?.epoch ?? 0;
      const settled = (await member.store.lastRoot())?.epoch ?? -1;
      for (let epoch = Math.max(0, settled + 1, current - 5); epoch < current; epoch++) {
        if (now < 1000 * (epochStart(CLOCK, epoch + 1) + embedded.schedule.revealSeconds)) continue;
        await observe(context, epoch);
        const known = await member.store.mirrors(epoch, epoch);
        for (const owner of members) {
          if (known.some(({ validator, state }) => validator === owner.seat.operator && state === 'verified')) continue;
          await mirrorOne(member, owner, epoch, await context.ports.chain.report(owner.seat.operator, epoch));
        }
      }
    },
  });

  function postReports(epoch: number): void {
    for (const member of members) {
      if (member.offline || !member.reports(epoch)) continue;
      const place = { epoch, validator: member.seat.operator };
      // The signer's object begins with the first report, before any root.
      const current = slotAt(CLOCK, now)?.epoch ?? 0;
      if (member.lock.resumeAt() === null) member.lock.begin(lastReport(member) === null ? 0 : current + 2);
      const report: EpochReport = {
        ...place,
        ...{ auditRoot: hash('a', epoch, member.index), summaryRoot: hash('s', epoch, member.index), due: 60, done: 60 },
        ...{ seed: hash('seed', epoch, member.index), beaconRound: 1, nodeCount: NODES.length, policyHash: policyHash(embedded) },
        ...{ previous: hash('p'), archiveHash: hash('archive', epoch, member.index) },
      };
      const facts = { reportHash: reportHash(report), signature: hash('sig'), signer: member.seat.signer, due: 60, done: 60 };
      chain.post({
        report,
        ...facts,
        previous: hash('p'),
        seedBase: { epoch: epoch - 1, seed: hash('b') },
        timestamp: now / 1000,
      });
    }
  }

  async function tickAll(): Promise<void> {
    const order = members.map((member) => ({ member, place: random() })).sort((a, b) => a.place - b.place);
    for (const { member } of order) {
      if (member.offline) continue;
      member.troubles = await networkTick(contextOf(member), { note: async () => undefined }, steps(member), now);
      for (const { step, message } of member.troubles) member.said.add(`${step}: ${message}`);
      now += 20;
    }
  }

  /** As on chain, epoch 0 has neither reports nor a root. */
  async function through(epoch: number): Promise<void> {
    await untilTime(1000 * (epochStart(CLOCK, epoch + 2) + embedded.schedule.revealSeconds + embedded.consensus.mirrorSeconds));
  }

  async function untilTime(end: number): Promise<void> {
    for (let slotMs = Math.ceil(now / 3000) * 3000; slotMs < end; slotMs += 3000) {
      now = slotMs + 100;
      const slot = slotAt(CLOCK, now);
      if (slot !== null && slot.epoch > 1 && slot.slot === 2) postReports(slot.epoch - 1);
      await tickAll();
    }
  }
  return world;
}

/** Hashes of the posted roots. */
export const postedHashes = ({ chain }: World): Hex[] => chain.roots.map(({ rootHash: posted }) => posted);
/** Hashes of the roots that a member has taken in as its own result. */
export const finalHashes = ({ store }: SimMember): Hex[] =>
  [...store.allRoots.values()]
    .sort((a, b) => a.epoch - b.epoch)
    .flatMap((root) => (root.state === 'final' ? [root.rootHash] : []));

/** Rounds for which a signer signed two roots: must stay empty for the honest. */
export function signedTwice({ signed }: SimMember): string[] {
  const first = new Map<string, Hex>();
  return signed.flatMap((root) => {
    const place = `${root.epoch}/${root.round}`;
    const known = first.get(place) ?? rootHash(root);
    first.set(place, known);
    return known === rootHash(root) ? [] : [place];
  });
}

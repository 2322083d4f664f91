// The network's store in memory, with the contract that ports.ts gives it. The real one is tested in workerd.
import type { BeaconRound } from '../../../../protocol/beacon.ts';
import type { Hex } from '../../../../protocol/bytes.ts';
import type { Leaves, NodeTally, ReportEntry } from '../../../../protocol/consensus/types.ts';
import type { EpochNode } from '../../../../protocol/schedule.ts';
import type { NewEvent } from '../../../../workers/services/alerts/event.ts';
import type {
  Disagreement,
  Fault,
  KnownStatement,
  Mirror,
  NetworkEpoch,
  NetworkStore,
  Objection,
  StoredRoot,
  StoredTranscript,
} from '../../../../workers/services/network/ports.ts';

const at = (epoch: number, validator: string): string => `${epoch}/${validator}`;
const place = ({ epoch, validator, slot, draw }: Objection): string => `${epoch}/${validator}/${slot}/${draw}`;

export type StoredNetwork = ReturnType<typeof emptyNetwork>;

export function emptyNetwork() {
  return {
    epochs: new Map<number, NetworkEpoch>(),
    nodes: new Map<number, readonly EpochNode[]>(),
    rounds: new Map<number, BeaconRound>(),
    mirrors: new Map<string, Mirror>(),
    tallies: new Map<string, readonly NodeTally[]>(),
    objections: new Map<string, Objection>(),
    statements: [] as KnownStatement[],
    reportSets: new Map<string, readonly ReportEntry[]>(),
    disagreements: new Map<string, Disagreement>(),
    roots: new Map<number, StoredRoot>(),
    leaves: new Map<number, Leaves>(),
    faults: new Map<Hex, Fault>(),
    transcripts: new Map<string, StoredTranscript>(),
    /** By their ids, as the outbox keeps them. */
    events: new Map<string, NewEvent>(),
  };
}

function keepEvents({ events }: StoredNetwork, told: readonly NewEvent[] = []): void {
  for (const event of told) if (!events.has(event.id)) events.set(event.id, event);
}

function found(s: StoredNetwork): Pick<NetworkStore, 'mirrors' | 'setMirror' | 'tallies' | 'objections' | 'addObjection'> {
  return {
    mirrors: async (from, through) =>
      [...s.mirrors.values()]
        .filter(({ epoch }) => epoch >= from && epoch <= through)
        .sort((a, b) => a.epoch - b.epoch || (a.validator < b.validator ? -1 : 1)),
    setMirror: async (mirror, tallies) => {
      const key = at(mirror.epoch, mirror.validator);
      const before = s.mirrors.get(key)?.state;
      const isOpen = before === undefined || before === 'waiting' || before === 'absent';
      if (isOpen || mirror.state === 'verified' || mirror.state === 'failed') s.mirrors.set(key, mirror);
      if (tallies !== null) s.tallies.set(key, tallies);
    },
    tallies: async (from, through) =>
      [...s.tallies].flatMap(([key, lines]) => {
        const [epoch = '', validator = ''] = key.split('/');
        return Number(epoch) >= from && Number(epoch) <= through
          ? [{ epoch: Number(epoch), validator: validator as Hex, tallies: lines }]
          : [];
      }),
    objections: async (epoch) => [...s.objections.values()].filter((objection) => objection.epoch === epoch),
    addObjection: async (objection) => {
      const before = s.objections.get(place(objection));
      if (before === undefined) s.objections.set(place(objection), objection);
      else if (objection.confirmed !== null && before.confirmed !== true) {
        s.objections.set(place(objection), { ...before, confirmed: objection.confirmed, detail: objection.detail });
      }
    },
  };
}

function agreed(
  s: StoredNetwork,
): Pick<
  NetworkStore,
  | 'statements'
  | 'addStatement'
  | 'reportSet'
  | 'keepReportSet'
  | 'disagree'
  | 'roots'
  | 'lastRoot'
  | 'leaves'
  | 'adopt'
  | 'wrongReasons'
  | 'forgetRoots'
> {
  const newest = (): StoredRoot | null => [...s.roots.values()].sort((a, b) => b.epoch - a.epoch)[0] ?? null;
  return {
    statements: async (epoch) => s.statements.filter(({ statement }) => statement.root.epoch === epoch),
    addStatement: async (statement, rootHash, receivedAtMs) => {
      const { epoch, round } = statement.root;
      const same = s.statements.filter(
        ({ statement: known }) =>
          known.validator === statement.validator && known.root.epoch === epoch && known.root.round === round,
      );
      if (same.length < 2 && same.every((known) => known.rootHash !== rootHash))
        s.statements.push({ statement, rootHash, receivedAtMs });
    },
    reportSet: async (hash) => {
      const entries = s.reportSets.get(hash);
      return entries === undefined ? null : [...entries];
    },
    keepReportSet: async (hash, entries) => {
      if (!s.reportSets.has(hash)) s.reportSets.set(hash, entries);
    },
    disagree: async (item) => {
      s.disagreements.set(`${item.epoch}/${item.round}/${item.validator}`, item);
    },
    roots: async (from, through) =>
      [...s.roots.values()].filter(({ epoch }) => epoch >= from && epoch <= through).sort((a, b) => a.epoch - b.epoch),
    lastRoot: async () => newest(),
    leaves: async (epoch) => s.leaves.get(epoch) ?? null,
    forgetRoots: async (after) => {
      for (const epoch of s.roots.keys()) if (epoch > after) s.roots.delete(epoch);
      for (const epoch of s.leaves.keys()) if (epoch > after) s.leaves.delete(epoch);
    },
    wrongReasons: async () => [],
    adopt: async (root, leaves, events) => {
      keepEvents(s, events);
      if (leaves !== null) s.leaves.set(root.epoch, leaves);
      else if (s.roots.get(root.epoch)?.rootHash !== root.rootHash) s.leaves.delete(root.epoch);
      s.roots.set(root.epoch, root);
    },
  };
}

type Faults = Pick<
  NetworkStore,
  'faults' | 'faultsToProve' | 'faultsToExecute' | 'addFault' | 'setFault' | 'setSlash' | 'holdReceipts'
>;

function proven(s: StoredNetwork): Faults {
  const sorted = (): Fault[] => [...s.faults.values()].sort((a, b) => b.epoch - a.epoch || (a.faultKey < b.faultKey ? -1 : 1));
  const change = (faultKey: Hex, to: Partial<Fault>): void => {
    const fault = s.faults.get(faultKey);
    if (fault !== undefined) s.faults.set(faultKey, { ...fault, ...to });
  };
  const tried = ({ offender }: Fault): Fault[] =>
    sorted().filter(
      (fault) => fault.kind === 'two-receipts' && fault.offender === offender && !['found', 'refused'].includes(fault.state),
    );
  return {
    faults: async (states, limit) =>
      sorted()
        .filter(({ state }) => states.includes(state))
        .slice(0, limit),
    faultsToProve: async (limit) => {
      const found = sorted().filter(({ state }) => state === 'found');
      const receipts = found.filter(
        (fault) =>
          fault.kind === 'two-receipts' &&
          !tried(fault).some(({ state, epoch }) => state === 'submitted' || epoch === fault.epoch),
      );
      const first = new Map(receipts.toReversed().map((fault) => [fault.offender, fault]));
      const others = found.filter(({ kind }) => kind !== 'two-receipts');
      return [...others, ...receipts.filter((fault) => first.get(fault.offender) === fault)].slice(0, limit);
    },
    faultsToExecute: async (nowSeconds, limit) =>
      sorted()
        .filter(({ state, executableAt }) => state === 'proven' && (executableAt ?? 0) <= nowSeconds)
        .sort((a, b) => (a.executableAt ?? 0) - (b.executableAt ?? 0) || a.epoch - b.epoch)
        .slice(0, limit),
    addFault: async (fault) => {
      if (!s.faults.has(fault.faultKey)) s.faults.set(fault.faultKey, { ...fault, slashId: null, executableAt: null });
    },
    setFault: async (faultKey, state, detail, events) => {
      change(faultKey, { state, detail });
      keepEvents(s, events);
    },
    setSlash: async (faultKey, { slashId, executableAt }, detail, events) => {
      change(faultKey, { slashId, executableAt, detail });
      keepEvents(s, events);
    },
    holdReceipts: async (why) => {
      for (const fault of sorted()) {
        if (fault.kind !== 'two-receipts' || fault.state !== 'found' || fault.detail.includes(why)) continue;
        if (tried(fault).some(({ epoch }) => epoch === fault.epoch)) change(fault.faultKey, { detail: fault.detail + why });
      }
    },
  };
}

/** @param stored what it holds to begin with */
export function memoryNetwork(stored = emptyNetwork()): { store: NetworkStore; stored: StoredNetwork } {
  const s = stored;
  const store: NetworkStore = {
    ...found(s),
    ...agreed(s),
    ...proven(s),
    epoch: async (epoch) => s.epochs.get(epoch) ?? null,
    observe: async (facts, nodes) => {
      if (s.epochs.has(facts.epoch)) return;
      s.epochs.set(facts.epoch, facts);
      s.nodes.set(facts.epoch, nodes);
    },
    setBeacon: async (epoch, beacon) => {
      const known = s.epochs.get(epoch);
      if (known !== undefined) s.epochs.set(epoch, { ...known, beacon });
    },
    allNodes: async (epoch) => [...(s.nodes.get(epoch) ?? [])],
    knownRounds: async (wanted) => wanted.flatMap((round) => s.rounds.get(round) ?? []),
    keepRounds: async (rounds) => {
      for (const round of rounds) s.rounds.set(round.round, round);
    },
    ownTranscript: async (epoch, slot, draw) => s.transcripts.get(`${epoch}/${slot}/${draw}`) ?? null,
  };
  return { store, stored };
}

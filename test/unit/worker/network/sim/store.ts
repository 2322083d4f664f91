// The network's store in memory, with the contracts that ports.ts gives it. The real one is tested in workerd.
import type { Leaves, NodeTally, ReportEntry } from '../../../../../protocol/consensus/types.ts';
import type { Hex } from '../../../../../protocol/bytes.ts';
import type { BeaconRound } from '../../../../../protocol/beacon.ts';
import type { EpochNode } from '../../../../../protocol/schedule.ts';
import type {
  Disagreement,
  Fault,
  KnownStatement,
  Mirror,
  NetworkEpoch,
  NetworkStore,
  Objection,
  StoredRoot,
} from '../../../../../workers/services/network/ports.ts';

export type MemoryStore = NetworkStore & {
  readonly disagreements: Map<string, Disagreement>;
  readonly allFaults: Map<Hex, Fault>;
  readonly allRoots: Map<number, StoredRoot>;
};

const at = (epoch: number, validator: Hex): string => `${epoch}/${validator}`;
const between = <T extends { epoch: number }>(all: Iterable<T>, from: number, through: number): T[] =>
  [...all].filter(({ epoch }) => epoch >= from && epoch <= through).sort((a, b) => a.epoch - b.epoch);

export function memoryStore(): MemoryStore {
  const epochs = new Map<number, { facts: NetworkEpoch; nodes: readonly EpochNode[] }>();
  const rounds = new Map<number, BeaconRound>();
  const mirrors = new Map<string, Mirror>();
  const tallies = new Map<string, readonly NodeTally[]>();
  const objections = new Map<string, Objection>();
  const statements: KnownStatement[] = [];
  const sets = new Map<Hex, readonly ReportEntry[]>();
  const disagreements = new Map<string, Disagreement>();
  const allRoots = new Map<number, StoredRoot>();
  const leaves = new Map<number, Leaves>();
  const allFaults = new Map<Hex, Fault>();
  return {
    ...{ disagreements, allFaults, allRoots },
    epoch: async (epoch) => epochs.get(epoch)?.facts ?? null,
    observe: async (facts, nodes) => {
      if (!epochs.has(facts.epoch)) epochs.set(facts.epoch, { facts, nodes });
    },
    setBeacon: async (epoch, beacon) => {
      const known = epochs.get(epoch);
      if (known !== undefined) epochs.set(epoch, { ...known, facts: { ...known.facts, beacon } });
    },
    allNodes: async (epoch) => [...(epochs.get(epoch)?.nodes ?? [])],
    knownRounds: async (wanted) => wanted.flatMap((round) => rounds.get(round) ?? []),
    keepRounds: async (kept) => kept.forEach((round) => rounds.set(round.round, round)),
    mirrors: async (from, through) => between(mirrors.values(), from, through),
    setMirror: async (mirror, found) => {
      mirrors.set(at(mirror.epoch, mirror.validator), mirror);
      if (found !== null) tallies.set(at(mirror.epoch, mirror.validator), found);
    },
    tallies: async (from, through) =>
      [...tallies].flatMap(([key, lines]) => {
        const [epoch = '', validator = ''] = key.split('/');
        return Number(epoch) >= from && Number(epoch) <= through
          ? [{ epoch: Number(epoch), validator: validator as Hex, tallies: lines }]
          : [];
      }),
    ownTranscript: async () => null,
    objections: async (epoch) => [...objections.values()].filter((objection) => objection.epoch === epoch),
    addObjection: async (objection) => {
      objections.set(`${at(objection.epoch, objection.validator)}/${objection.slot}/${objection.draw}`, objection);
    },
    statements: async (epoch) => statements.filter(({ statement }) => statement.root.epoch === epoch),
    addStatement: async (statement, rootHash, receivedAtMs) => {
      const { epoch, round } = statement.root;
      const same = statements.filter(
        ({ statement: s }) => s.root.epoch === epoch && s.root.round === round && s.validator === statement.validator,
      );
      if (same.length < 2 && same.every((known) => known.rootHash !== rootHash)) {
        statements.push({ statement, rootHash, receivedAtMs });
      }
    },
    reportSet: async (hash) => ([...(sets.get(hash) ?? [])].length > 0 ? [...(sets.get(hash) ?? [])] : null),
    keepReportSet: async (hash, entries) => void sets.set(hash, entries),
    disagree: async (disagreement) => {
      const { epoch, round, validator } = disagreement;
      disagreements.set(`${epoch}/${round}/${validator}`, disagreement);
    },
    roots: async (from, through) => between(allRoots.values(), from, through),
    lastRoot: async () => between(allRoots.values(), 0, Number.MAX_SAFE_INTEGER).at(-1) ?? null,
    leaves: async (epoch) => leaves.get(epoch) ?? null,
    adopt: async (root, found) => {
      if (allRoots.get(root.epoch)?.rootHash !== root.rootHash) leaves.delete(root.epoch);
      allRoots.set(root.epoch, root);
      if (found !== null) leaves.set(root.epoch, found);
    },
    faults: async (states, limit) => [...allFaults.values()].filter(({ state }) => states.includes(state)).slice(0, limit),
    addFault: async (fault) => {
      if (!allFaults.has(fault.faultKey)) allFaults.set(fault.faultKey, fault);
    },
    setFault: async (faultKey, state, detail) => {
      const known = allFaults.get(faultKey);
      if (known !== undefined) allFaults.set(faultKey, { ...known, state, detail });
    },
  };
}

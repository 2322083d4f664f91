// The ledger and the objects in memory, with the contracts that ports.ts gives them. The real ones are tested in workerd.
import type { BeaconRound } from '../../../protocol/beacon.ts';
import type { EpochNode } from '../../../protocol/schedule.ts';
import type {
  Deployment,
  EpochEntry,
  FinishedRow,
  Ledger,
  Objects,
  SealedEpoch,
  StoredRow,
} from '../../../workers/services/ports.ts';

type Epoch = { -readonly [name in keyof EpochEntry]: EpochEntry[name] } & { note: string | null; post: unknown };

export type Stored = {
  readonly epochs: Map<number, Epoch>;
  readonly chunks: Map<string, { finished: boolean }>;
  readonly rows: Map<string, StoredRow | FinishedRow>;
  readonly notes: Map<string, { code: string; message: string }>;
  readonly rounds: Map<number, BeaconRound>;
  sealed: SealedEpoch | null;
  deployment: Deployment | null;
};

const rowKey = (row: { epoch: number; slot: number; draw: number }): string => `${row.epoch}/${row.slot}/${row.draw}`;

const nothing = (): Stored => ({
  ...{ epochs: new Map(), chunks: new Map(), rows: new Map(), notes: new Map(), rounds: new Map() },
  ...{ sealed: null, deployment: null },
});

/** @param stored what it holds to begin with */
export function memoryLedger(nodes: readonly EpochNode[], stored = nothing()): { ledger: Ledger; stored: Stored } {
  const { rounds } = stored;
  const change = (epoch: number, from: EpochEntry['state'], to: Partial<Epoch>): void => {
    const entry = stored.epochs.get(epoch);
    if (entry?.state === from) Object.assign(entry, to);
  };
  const ledger: Ledger = {
    deployment: async () => stored.deployment,
    join: async (deployment) => {
      stored.deployment ??= deployment;
    },
    epoch: async (epoch) => stored.epochs.get(epoch) ?? null,
    epochsIn: async (stages, limit) =>
      [...stored.epochs.values()]
        .filter(({ state }) => stages.includes(state))
        .sort((a, b) => a.epoch - b.epoch)
        .slice(0, limit)
        .map((entry) => ({ ...entry })),
    freeze: async (facts) => {
      const empty = { beacon: null, scheduledSlots: 0, sealed: null, signed: null, note: null, post: null };
      if (!stored.epochs.has(facts.epoch)) stored.epochs.set(facts.epoch, { ...facts, state: 'frozen', ...empty });
    },
    open: async (epoch, beacon) => change(epoch, 'frozen', { state: 'open', beacon }),
    scheduled: async (epoch, slots) => {
      const entry = stored.epochs.get(epoch);
      if (entry !== undefined) entry.scheduledSlots = Math.max(entry.scheduledSlots, slots);
    },
    nodes: async (_epoch, indices) => new Map(nodes.filter(({ index }) => indices.includes(index)).map((n) => [n.index, n])),
    operatorNodes: async (_epoch, operators) =>
      Map.groupBy(
        nodes.filter(({ operator }) => operators.includes(operator)),
        ({ operator }) => operator,
      ),
    claim: async ({ epoch, slot, chunk }) => {
      const key = `${epoch}/${slot}/${chunk}`;
      if (stored.chunks.has(key)) return false;
      stored.chunks.set(key, { finished: false });
      return true;
    },
    finish: async ({ epoch, slot, chunk }, rows, used) => {
      const claimed = stored.chunks.get(`${epoch}/${slot}/${chunk}`);
      if (stored.epochs.get(epoch)?.state !== 'open') return claimed?.finished === true;
      for (const row of rows) if (!stored.rows.has(rowKey(row))) stored.rows.set(rowKey(row), row);
      for (const round of used) rounds.set(round.round, round);
      if (claimed !== undefined) claimed.finished = true;
      return claimed !== undefined;
    },
    finishedChunks: async (epoch) =>
      [...stored.chunks].filter(([key, { finished }]) => finished && key.startsWith(`${epoch}/`)).length,
    beginSealing: async (epoch) => change(epoch, 'open', { state: 'sealing' }),
    fill: async (rows) => {
      for (const row of rows) if (!stored.rows.has(rowKey(row))) stored.rows.set(rowKey(row), row);
    },
    rows: async (epoch) =>
      [...stored.rows.values()].filter((row) => row.epoch === epoch).sort((a, b) => a.slot - b.slot || a.draw - b.draw),
    rounds: async (wanted) => wanted.flatMap((round) => rounds.get(round) ?? []),
    finishSealing: async (epoch, sealed) => {
      if (stored.epochs.get(epoch)?.state === 'sealing') stored.sealed = sealed;
      change(epoch, 'sealing', { state: 'sealed', sealed });
    },
    sign: async (epoch, report, signature) => {
      if (stored.epochs.get(epoch)?.signed === null) change(epoch, 'sealed', { signed: { report, signature } });
    },
    posted: async (epoch, post) => change(epoch, 'sealed', { state: 'posted', post }),
    abandon: async (epoch, note) => change(epoch, 'sealed', { state: 'abandoned', note }),
    note: async (step, trouble) => {
      if (trouble === null) stored.notes.delete(step);
      else stored.notes.set(step, trouble);
    },
  };
  return { ledger, stored };
}

export function memoryObjects(all = new Map<string, Uint8Array>()): Objects & { readonly all: Map<string, Uint8Array> } {
  return {
    all,
    put: async (key, bytes) => {
      if (!all.has(key)) all.set(key, bytes.slice());
    },
    get: async (key) => all.get(key) ?? null,
  };
}

// A chain in memory: the registry's rules for roots, reports and policies, the prover's for two roots, a slash queue. Calls are JSON in
// hex, executed when they are sent. What a caller sees can lag behind.
import { ZERO32, fromHex, toHex, type Hex } from '../../../../../protocol/bytes.ts';
import { rootHash, statementSigner } from '../../../../../protocol/consensus/root.ts';
import type { EpochRoot, Statement } from '../../../../../protocol/consensus/types.ts';
import { cappedWeights, hasQuorum } from '../../../../../protocol/consensus/weights.ts';
import type { Domain } from '../../../../../protocol/domain.ts';
import { faultKey } from '../../../../../protocol/faults.ts';
import type { Policy } from '../../../../../protocol/policy.ts';
import { policyHash } from '../../../../../protocol/policy.ts';
import { epochStart, slotAt, type EpochClock, type EpochNode } from '../../../../../protocol/schedule.ts';
import type {
  NetworkChain,
  PeerSeat,
  PostedReport,
  PostedRoot,
  QueuedSlash,
} from '../../../../../workers/services/network/ports.ts';

type Call = { readonly to: Hex; readonly data: Hex };
type At<T> = T & { readonly atMs: number };

export type SimChain = {
  readonly roots: At<PostedRoot>[];
  readonly reports: Map<string, At<PostedReport>>;
  readonly slashes: At<QueuedSlash>[];
  /** Every transaction, with its sender and what became of it. */
  readonly sent: { readonly from: Hex; readonly call: string; readonly refused: string | null; readonly atMs: number }[];
  readonly post: (report: PostedReport) => void;
  /** The custom error's name, or null when it was done. */
  readonly execute: (from: Hex, call: Call) => string | null;
  /** @param lagMs how far behind the RPC is that a member asks */
  readonly viewOf: (lagMs: () => number) => NetworkChain;
};

export type SimChainOptions = {
  readonly domain: Domain;
  readonly clock: EpochClock;
  readonly policies: readonly Policy[];
  readonly seats: readonly PeerSeat[];
  readonly nodes: readonly EpochNode[];
  readonly nowMs: () => number;
};

const SLASH_DELAY_MS = 60_000;
const TO: Hex = `0x${'5f'.repeat(20)}`;
const encode = (kind: string, value: unknown): Call => ({
  to: TO,
  data: toHex(new TextEncoder().encode(JSON.stringify({ kind, value }))),
});

type Decoded =
  | { kind: 'root'; value: { root: EpochRoot; seats: number; signatures: Hex[] } }
  | { kind: 'prove'; value: { validator: Hex; a: Statement; b: Statement } }
  | { kind: 'execute'; value: number };

export function simChain({ domain, clock, policies, seats, nodes, nowMs }: SimChainOptions): SimChain {
  const roots: At<PostedRoot>[] = [];
  const reports = new Map<string, At<PostedReport>>();
  const slashes: At<QueuedSlash>[] = [];
  const sent: { from: Hex; call: string; refused: string | null; atMs: number }[] = [];
  const [first] = policies;
  if (first === undefined) throw new Error('no policy');
  const versions: At<{ hash: Hex; from: number }>[] = [{ hash: policyHash(first), from: 0, atMs: 0 }];
  const reveal = (epoch: number): number => 1000 * (epochStart(clock, epoch + 1) + first.schedule.revealSeconds);

  const postRoot = (root: EpochRoot, bitmap: number, signatures: readonly Hex[]): string | null => {
    const last = roots.at(-1) ?? null;
    const hash = rootHash(root);
    const same = roots.find((posted) => posted.root.epoch === root.epoch);
    if (same !== undefined) return same.rootHash === hash ? 'AlreadyPosted' : 'OtherRootStands';
    if (root.epoch <= (last?.root.epoch ?? 0)) return 'EpochNotRising';
    if (nowMs() < reveal(root.epoch)) return 'RevealNotReached';
    if (root.previousRoot !== (last?.rootHash ?? ZERO32)) return 'WrongPreviousRoot';
    const chosen = seats.flatMap((_, seat) => (Math.floor(bitmap / 2 ** seat) % 2 === 1 ? [seat] : []));
    if (chosen.length !== signatures.length || chosen.length === 0) return 'BadSignatures';
    for (const [i, seat] of chosen.entries()) {
      if (statementSigner(domain, { root, signature: signatures[i] ?? '0x' }) !== seats[seat]?.signer) return 'WrongSeatSigner';
    }
    if (!hasQuorum(cappedWeights(seats.map(({ stake }) => stake)), chosen)) return 'NoQuorum';
    const current = slotAt(clock, nowMs())?.epoch ?? 0;
    if (root.policyHash !== versions.at(-1)?.hash) versions.push({ hash: root.policyHash, from: current + 2, atMs: nowMs() });
    roots.push({
      ...{ root, rootHash: hash, seats: bitmap, provisional: seats.length < 4, previousEpoch: last?.root.epoch ?? null },
      ...{ blockNumber: roots.length + 1, transactionHash: hash, timestamp: Math.floor(nowMs() / 1000), atMs: nowMs() },
    });
    return null;
  };
  const prove = ({ validator, a, b }: { validator: Hex; a: Statement; b: Statement }): string | null => {
    const signer = seats.find(({ operator }) => operator === validator)?.signer;
    const key = faultKey({ kind: 'roots', validator, epoch: a.root.epoch, round: a.root.round });
    if (slashes.some((slash) => slash.faultKey === key)) return 'AlreadyProven';
    if (rootHash(a.root) === rootHash(b.root)) return 'SameRoot';
    if ([a, b].some((word) => statementSigner(domain, word) !== signer)) return 'WrongSigner';
    const executableAt = Math.floor((nowMs() + SLASH_DELAY_MS) / 1000);
    slashes.push({ slashId: slashes.length, faultKey: key, executableAt, executed: false, amount: 500n, atMs: nowMs() });
    return null;
  };
  const executeSlash = (slashId: number): string | null => {
    const slash = slashes[slashId];
    if (slash === undefined) return 'UnknownSlash';
    if (slash.executed) return 'SlashDone';
    if (nowMs() < 1000 * slash.executableAt) return 'SlashNotDue';
    slashes[slashId] = { ...slash, executed: true };
    return null;
  };
  const run = (call: Decoded): string | null => {
    if (call.kind === 'root') return postRoot(call.value.root, call.value.seats, call.value.signatures);
    return call.kind === 'prove' ? prove(call.value) : executeSlash(call.value);
  };
  return {
    ...{ roots, reports, slashes, sent },
    post: (report) => void reports.set(`${report.report.epoch}/${report.report.validator}`, { ...report, atMs: nowMs() }),
    execute: (from, { data }) => {
      const call = JSON.parse(new TextDecoder().decode(fromHex(data))) as Decoded;
      const refused = run(call);
      sent.push({ from, call: call.kind, refused, atMs: nowMs() });
      return refused;
    },
    viewOf: (lagMs) => {
      const seen = <T>(all: readonly At<T>[]): At<T>[] => all.filter(({ atMs }) => atMs <= nowMs() - lagMs());
      return {
        seats: async () => [...seats],
        policyHash: async (epoch) => seen(versions).findLast(({ from }) => from <= epoch)?.hash ?? policyHash(first),
        newestPolicyHash: async () => seen(versions).at(-1)?.hash ?? policyHash(first),
        nodes: async () => [...nodes],
        report: async (validator, epoch) =>
          seen([...reports.values()]).find(({ report }) => report.validator === validator && report.epoch === epoch) ?? null,
        root: async (epoch) => seen(roots).find(({ root }) => root.epoch === epoch) ?? null,
        lastRoot: async () => {
          const last = seen(roots).at(-1);
          return last === undefined ? null : { epoch: last.root.epoch, rootHash: last.rootHash };
        },
        postRootCall: (root, bitmap, signatures) => encode('root', { root, seats: bitmap, signatures }),
        proveCall: async (proof) => encode('prove', proof),
        proven: async (key) => seen(slashes).some((slash) => slash.faultKey === key),
        slashes: async (keys) => seen(slashes).filter((slash) => keys.includes(slash.faultKey)),
        slash: async (slashId) => {
          const found = seen(slashes).find((slash) => slash.slashId === slashId);
          if (found === undefined) throw new Error('no such slash');
          return found;
        },
        executeCall: async (slashId) => encode('execute', slashId),
      };
    },
  };
}

// One audit on demand by a validator: challenge, commitment, openings under the spot domain, judged by the same judge as everything. Its
// openings are checked in full and not with the epoch's secret vectors: whoever orders audits of a node of his own learns nothing of them.
import { ZERO32, toHex, type Hex } from '../../../protocol/bytes.ts';
import { randomnessOf } from '../../../protocol/beacon.ts';
import { KIND_GEMM, KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, type AuditCase, type Committed } from '../../../protocol/judge.ts';
import { encodeChallengeMessage, encodeDrawMessage } from '../../../protocol/messages.ts';
import { publicCheck } from '../../../protocol/openings-check.ts';
import { findClass, type Policy } from '../../../protocol/policy.ts';
import { drawDigest } from '../../../protocol/receipts.ts';
import { recordHash, type AuditRecord } from '../../../protocol/record.ts';
import { slotAt, type EpochNode } from '../../../protocol/schedule.ts';
import { spotCase, spotRecordDigest } from '../../../protocol/spot.ts';
import {
  firstBytesMax,
  firstDeadlineMs,
  openDeadlineMs,
  openingBytesMax,
  presenceTask,
  taskOf,
  type Task,
} from '../../../protocol/task.ts';
import { EMPTY_TRANSCRIPT, encodeTranscript, type Transcript } from '../../../protocol/transcript.ts';
import { verdictOf, type Reason } from '../../../protocol/verdict.ts';
import type { SpotFailure, SpotProof, SpotStep } from '../../../schema/api/spots.ts';
import { timely } from '../exchange.ts';
import { controlled } from '../outage.ts';
import type { Context, EpochEntry } from '../ports.ts';
import { SPOT_CHALLENGES } from './presence.ts';
import type { SpotAnswer, SpotRow, SpotTransport } from './ports.ts';

const SPOT_OPENINGS = '/v1/spots/openings';

export type Audited = { readonly proof: SpotProof; readonly transcript: Uint8Array };
export type SpotResult = Audited | SpotFailure;

export type SpotAuditor = {
  readonly context: Context;
  readonly transport: SpotTransport;
  /** Notes progress for whoever watches; never while a node's time runs. */
  readonly note: (step: SpotStep['step']) => Promise<void>;
};

type Heard = {
  readonly reason: Reason;
  readonly commitment: Hex;
  readonly openingHash: Hex;
  readonly elapsedMs: number;
  readonly measure: number;
  readonly transcript: Transcript;
};

const failure = (code: SpotFailure['code'], detail: string): SpotFailure => ({ code, detail });
const UNSUPPORTED = failure(
  'unsupported',
  'The node’s runner does not answer audits on demand: its version is older than they are.',
);

/** What is sent and where; `bad` when there is nothing to send. */
type Plan = {
  readonly epoch: number;
  readonly entry: EpochEntry;
  readonly node: EpochNode;
  readonly policy: Policy;
  readonly task: Task;
};

function taskFor(policy: Policy, entry: EpochEntry, node: EpochNode, kind: number): Task | SpotFailure {
  if (kind === KIND_PRESENCE) return presenceTask(policy, 0);
  const gpuClass = node.gpuClass === null ? undefined : findClass(policy, node.gpuClass);
  if (kind !== KIND_GEMM || gpuClass === undefined) return failure('not-a-node', 'The node’s class has no such job.');
  if (entry.beacon === null) return failure('not-ready', 'The epoch’s beacon is not known here yet.');
  return taskOf({ policy, gpuClass, kind, region: 0, beacon: randomnessOf(entry.beacon.signature) });
}

async function planOf({ context }: SpotAuditor, row: SpotRow): Promise<Plan | SpotFailure> {
  const { clock, policyOf, ports } = context;
  const epoch = slotAt(clock, ports.clock.nowMs())?.epoch ?? 0;
  const entry = await ports.ledger.epoch(epoch);
  if (entry === null) return failure('not-ready', 'This validator has not read the current epoch’s facts yet.');
  const node = row.nodeIndex === null ? undefined : (await ports.ledger.nodes(epoch, [row.nodeIndex])).get(row.nodeIndex);
  if (node?.nodeId !== row.nodeId || node.retired) return failure('not-a-node', 'There is no such node at this epoch.');
  const policy = policyOf(entry.policyHash);
  const task = taskFor(policy, entry, node, row.kind);
  return 'code' in task ? task : { epoch, entry, node, policy, task };
}

type Asking = { readonly auditor: SpotAuditor; readonly plan: Plan; readonly seed: Hex; readonly audit: AuditCase };
type Exchanged = { readonly answer: SpotAnswer; readonly tookMs: number };

async function send(
  { auditor, plan }: Asking,
  path: string,
  body: Uint8Array,
  bytesMax: number,
  deadlineMs: number,
): Promise<Exchanged> {
  const { nowMs } = auditor.context.ports.clock;
  const sentAt = nowMs();
  const answer = await auditor.transport.post(plan.node.url, path, body, { bytesMax, deadlineMs });
  return { answer, tookMs: nowMs() - sentAt };
}

/** An answer in time, or the reason for which there is none; `unsupported` where the runner knows no such route. */
function received(
  { answer, tookMs }: Exchanged,
  deadlineMs: number,
): { bytes: Uint8Array; elapsedMs: number } | Reason | 'unsupported' {
  if (!answer.ok) {
    if (answer.reason === 'busy' || answer.reason === 'unsupported') return answer.reason;
    const late = timely(answer, tookMs, deadlineMs);
    return late.ok ? late : late.reason;
  }
  const timed = timely(answer, tookMs, deadlineMs);
  return timed.ok ? timed : timed.reason;
}

async function openings(asking: Asking, committed: Committed, before: Heard): Promise<Heard> {
  const { auditor, audit, seed } = asking;
  const { challengeHash, domain, task } = audit;
  const drawn = drawFor(audit, seed, committed.commitment);
  const digest = drawDigest(domain, { challengeHash, commitment: committed.commitment, drawHash: drawn.hash });
  const signature = auditor.context.ports.keys.sign(digest);
  const draw = encodeDrawMessage({ challengeHash, commitment: committed.commitment, signature, positions: drawn.positions });
  const deadlineMs = openDeadlineMs(task) ?? 0;
  const answer = received(await send(asking, SPOT_OPENINGS, draw, openingBytesMax(task), deadlineMs), deadlineMs);
  const sent = { ...before, transcript: { ...before.transcript, draw } };
  if (typeof answer === 'string') return { ...sent, reason: answer === 'unsupported' ? 'refused' : answer };
  await auditor.note('opened');
  const heard = { ...sent, transcript: { ...sent.transcript, opening: answer.bytes } };
  const judged = judgeOpening(audit, committed, drawn, answer.bytes, publicCheck(task));
  if (judged.reason !== 'none') return { ...heard, ...judged };
  return { ...heard, ...judged, ...judgeRate(audit, before.elapsedMs) };
}

async function ask(asking: Asking): Promise<Heard | 'unsupported'> {
  const { auditor, audit } = asking;
  const { domain, challenge, challengeHash, task } = audit;
  const signature = auditor.context.ports.keys.sign(challengeHash);
  const message = encodeChallengeMessage({ domain, challenge, params: task.bytes, signature });
  const nothing = { commitment: ZERO32, openingHash: ZERO32, elapsedMs: 0, measure: 0 };
  const sent = { ...nothing, transcript: { ...EMPTY_TRANSCRIPT, challenge: message } };
  const deadlineMs = firstDeadlineMs(task);
  const answer = received(await send(asking, SPOT_CHALLENGES, message, firstBytesMax(task), deadlineMs), deadlineMs);
  if (answer === 'unsupported') return answer;
  if (typeof answer === 'string') return { ...sent, reason: answer };
  const heard = { ...sent, transcript: { ...sent.transcript, commitment: answer.bytes } };
  const judged = judgeCommitment(audit, answer.bytes);
  if (typeof judged === 'string') return { ...heard, reason: judged };
  const accepted: Heard = { ...heard, reason: 'none', commitment: judged.commitment, elapsedMs: answer.elapsedMs };
  await auditor.note('committed');
  return task.kind === KIND_PRESENCE ? accepted : openings(asking, judged, accepted);
}

function proven({ auditor, plan, seed, audit }: Asking, heard: Heard, reason: Reason): Audited {
  const { domain, ports } = auditor.context;
  const { nonce: _nonce, deadline: _deadline, paramsHash: _paramsHash, ...place } = audit.challenge;
  const transcript = encodeTranscript(heard.transcript);
  const { commitment, openingHash, elapsedMs, measure } = heard;
  const record: AuditRecord = {
    ...{ ...place, challengeHash: audit.challengeHash, commitment, openingHash, ...verdictOf(reason), elapsedMs, measure },
    ...{ freshnessRound: 0, startedAt: audit.startedAt, transcriptHash: toHex(sha256(transcript)) },
  };
  const signature = ports.keys.sign(spotRecordDigest(domain, record));
  const beacon = audit.task.kind === KIND_PRESENCE ? null : plan.entry.beacon;
  const names = { chainId: domain.chainId, registry: domain.registry, policyHash: plan.entry.policyHash, beacon };
  return { proof: { ...names, seed, record, recordHash: recordHash(record), signer: ports.keys.signer, signature }, transcript };
}

/** @param seed stored with the order before this is called; nobody else knows it */
export async function auditSpot(auditor: SpotAuditor, row: SpotRow, seed: Hex): Promise<SpotResult> {
  const plan = await planOf(auditor, row);
  if ('code' in plan) return plan;
  const { context, transport } = auditor;
  const { node, task, epoch } = plan;
  await transport.prepare(node.url);
  await auditor.note('challenged');
  const { domain, validator } = context;
  const startedAt = context.ports.clock.nowMs();
  const asking = { auditor, plan, seed, audit: spotCase({ domain, validator, epoch, seed, node, task, startedAt }) };
  const heard = await ask(asking);
  if (heard === 'unsupported') return UNSUPPORTED;
  const reason = await controlled(context.ports, null, heard);
  return proven(asking, heard, reason);
}

// `assay audit`: has a node audited now and says, as it goes, how far it is and what came of it.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { REASON_TEXT } from '../../schema/api/reasons.ts';
import { spotDetail, spotKind, type SpotDetail, type SpotStep } from '../../schema/api/spots.ts';
import { API_KEY_VARIABLE, apiFlag, askApi, keyFrom, type Api } from '../api.ts';
import { CliError, UsageError, hexFlag, parseFlags, type Command, type ExitCode, type Io } from '../command.ts';
import { SPOT_LOOK_MS, SPOT_WAIT_MS_MAX } from '../limits.ts';
import { fetchTranscript, fileText } from '../verify/spot.ts';

const usage = `<node id> --api URL [--kind gemm|presence] [--save FILE] [--json]

  --api    the validator or gateway that is to do it, such as https://audits.example.org
  --kind   gemm: work that is checked and timed (default); presence: a signed answer
  --save   writes the result with its transcript, for \`assay verify --spot FILE\`
  --json   the API’s last answer instead of lines

Takes a key with the scope audits from ${API_KEY_VARIABLE}, and one audit of its quota.
Exit code 0: passed. 1: failed. 3: no verdict on the node. 2: it could not be done.`;

const flags = {
  api: { type: 'string' },
  kind: { type: 'string' },
  save: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const STEP_TEXT: Readonly<Record<SpotStep['step'], string>> = {
  queued: 'ordered',
  forwarded: 'a validator took it',
  challenged: 'the node is asked',
  committed: 'the node has committed to its result',
  opened: 'the node has opened what was drawn',
  verified: 'what it opened is checked',
  done: 'done',
  failed: 'ended without a verdict',
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Tells each step once. @throws CliError when it takes too long */
async function follow(api: Api, first: SpotDetail, tell: (step: SpotStep) => void): Promise<SpotDetail> {
  const until = Date.now() + SPOT_WAIT_MS_MAX;
  let [audit, told] = [first, 0];
  for (;;) {
    for (const step of audit.steps.slice(told)) tell(step);
    told = audit.steps.length;
    if (audit.state === 'done' || audit.state === 'failed') return audit;
    if (Date.now() > until) throw new CliError(`The audit ${audit.id} goes on still; look at it later at ${audit.links.self}.`);
    await sleep(SPOT_LOOK_MS);
    audit = await askApi(api, { method: 'GET', path: `/v1/audits/on-demand/${audit.id}`, schema: spotDetail });
  }
}

/** A number with the unit that keeps it short. */
function rate(measure: number): string {
  const units = [' operations', ' thousand operations', ' million operations', ' billion operations', ' trillion operations'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, measure)) / 3));
  return `${(measure / 1000 ** step).toPrecision(3)}${units[step] ?? ''} a second`;
}

function verdictLines({ outcome, reason, measure, elapsedMs, validator, failure }: SpotDetail): string[] {
  if (outcome === null || reason === null) return [`No verdict: ${failure?.detail ?? 'the API does not say why.'}`];
  const { title, meaning } = REASON_TEXT[reason];
  const word = outcome === 'pass' ? 'Passed.' : `${outcome === 'fail' ? 'Failed' : 'No verdict on the node'}: ${title}.`;
  const proven =
    measure !== null && measure > 0 ? [`Proven: at least ${rate(measure)}, answered in ${String(elapsedMs)} ms.`] : [];
  return [`${word} ${meaning}`, ...proven, ...(validator === null ? [] : [`Audited by ${validator}.`])];
}

const EXIT: Readonly<Record<NonNullable<SpotDetail['outcome']>, ExitCode>> = { pass: 0, fail: 1, void: 3 };

async function save(api: Api, audit: SpotDetail, path: string): Promise<void> {
  const transcript = audit.proof === null ? new Uint8Array() : await fetchTranscript(api, audit.id);
  await writeFile(path, fileText({ audit, transcript })).catch(() => {
    throw new CliError(`${path} cannot be written. Check --save.`);
  });
}

async function run([word, ...words]: readonly string[], io: Io): Promise<ExitCode> {
  if (word === undefined || word.startsWith('-')) throw new UsageError('Say which node: its id comes first.');
  const { json, kind: given = 'gemm', api: url, save: file } = parseFlags(words, flags);
  const node = hexFlag(word, 'The node’s id', 32);
  const kind = spotKind.safeParse(given);
  if (!kind.success) throw new UsageError('--kind must be gemm or presence.');
  const api = { url: apiFlag(url), key: keyFrom(io.env, API_KEY_VARIABLE) };
  const isJson = json === true;
  const first = await askApi(api, {
    ...{ method: 'POST', path: '/v1/audits', body: { node, kind: kind.data }, schema: spotDetail },
    headers: { 'idempotency-key': randomUUID() },
  });
  if (!isJson) io.out(`Audit ${first.id} of node ${node} (${kind.data})`);
  const audit = await follow(api, first, ({ step, atMs }) => {
    if (!isJson) io.out(`  ${seconds(atMs - first.createdAtMs).padStart(7)}  ${STEP_TEXT[step]}`);
  });
  if (file !== undefined) await save(api, audit, file);
  if (isJson) io.out(JSON.stringify(audit));
  else for (const line of verdictLines(audit)) io.out(line);
  return audit.outcome === null ? 3 : EXIT[audit.outcome];
}

export const auditCommand: Command = {
  name: 'audit',
  summary: 'Has a node audited now, on demand, and tells what came of it.',
  usage,
  run,
};

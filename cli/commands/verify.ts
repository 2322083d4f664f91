// `assay verify`: is a validator's epoch, or with --consensus the whole network's verdict on one, what the protocol says it must be?
// Believes the chain only.
import { randomBytes } from 'node:crypto';
import { toHex, type Hex } from '../../protocol/bytes.ts';
import type { Check } from '../../protocol/replay/check.ts';
import type { EpochFacts } from '../../protocol/replay/replay.ts';
import { connect, pinned } from '../chain/connect.ts';
import { UsageError, hexFlag, integerFlag, parseFlags, required, urlFlag, type Command, type Io } from '../command.ts';
import { SAMPLE_DEFAULT } from '../limits.ts';
import { onlyReporter, readFacts } from '../verify/facts.ts';
import { apiSource, bundleSource } from '../verify/source.ts';
import { runConsensus } from './verify-consensus.ts';
import { runNode } from './verify-node.ts';
import { isSpot, runVerifySpot } from './verify-spot.ts';
import { verifyEpoch, type Verification, type Watch } from '../verify/verify.ts';

const usage = `--epoch N (--api URL | --file BUNDLE) --rpc URL --registry 0x…
      [--validator 0x…] [--sample ${String(SAMPLE_DEFAULT)} | --all] [--sample-seed 0x…] [--chain-id N] [--json]
  or: --epoch N --consensus --api URL --rpc URL --registry 0x… [--sample N | --all] …
  or: --epoch N --node N --api URL --rpc URL --registry 0x… [--json]
  or: --spot FILE|ID [--api URL] --rpc URL --registry 0x… [--chain-id N] [--json]

  --spot         an audit on demand: a file of \`assay audit --save\`, or its id at --api
  --epoch        the epoch to check
  --api          where the archive is served: the validator itself or any mirror; not believed
  --consensus    the consensus root of the epoch instead of one validator's report
  --node         what the API says of one node: its leaves and their proofs, held against the root on chain
  --file         a bundle made by \`assay archive\`, instead of --api
  --rpc          an RPC of the chain: all that is believed; may be given again as a substitute
  --registry     the registry's address
  --validator    operator address; may be left out when one validator alone reported the epoch
  --sample       how many transcripts to look into, chosen at random, and as many again of presence
                 (default ${String(SAMPLE_DEFAULT)}); --all takes each one;
                 with --consensus: of each counted archive, which is then replayed whole (default: none)
  --sample-seed  repeats an earlier choice: 32 bytes, printed by each run
  --chain-id     refuse any other chain
  --json         one JSON object instead of lines

Exit code 0: it verifies. 1: something is wrong, and named. 2: it could not be checked.
What this shows and what not: docs/verify.md`;

const flags = {
  epoch: { type: 'string' },
  api: { type: 'string' },
  file: { type: 'string' },
  rpc: { type: 'string', multiple: true },
  registry: { type: 'string' },
  validator: { type: 'string' },
  sample: { type: 'string' },
  all: { type: 'boolean' },
  'sample-seed': { type: 'string' },
  'chain-id': { type: 'string' },
  json: { type: 'boolean' },
  consensus: { type: 'boolean' },
  node: { type: 'string' },
} as const;

type Options = {
  readonly epoch: number;
  readonly api: string | null;
  readonly file: string | null;
  readonly rpcUrls: readonly string[];
  readonly registry: Hex;
  readonly validator: Hex | null;
  readonly chainId: number | null;
  readonly sample: { readonly count: number; readonly seed: Hex };
  readonly isJson: boolean;
  readonly isConsensus: boolean;
  /** Of the one node that is asked about; null for whole epochs. */
  readonly nodeIndex: number | null;
  /** Whether --sample or --all was given. */
  readonly isSampled: boolean;
};

function sampleCount(sample: string | undefined, all: boolean): number {
  if (sample !== undefined && all) throw new UsageError('--sample and --all exclude one another.');
  if (all) return Number.MAX_SAFE_INTEGER;
  return sample === undefined ? SAMPLE_DEFAULT : integerFlag(sample, '--sample', 0, 1_000_000);
}

function parse(args: readonly string[]): Options {
  const values = parseFlags(args, flags);
  const { api, file, validator } = values;
  const isConsensus = values.consensus === true;
  if ((api === undefined) === (file === undefined)) throw new UsageError('Give either --api or --file.');
  if (isConsensus && file !== undefined) throw new UsageError('--consensus needs --api: a bundle holds one validator alone.');
  if (isConsensus && validator !== undefined) throw new UsageError('--consensus and --validator exclude one another.');
  const { node } = values;
  if (node !== undefined && (file !== undefined || isConsensus || validator !== undefined)) {
    throw new UsageError('--node needs --api, and excludes --consensus and --validator.');
  }
  const rpc = values.rpc ?? [];
  if (rpc.length === 0) throw new UsageError('--rpc is missing.');
  const [seed, chainId] = [values['sample-seed'], values['chain-id']];
  return {
    epoch: integerFlag(required(values.epoch, '--epoch'), '--epoch', 0, Number.MAX_SAFE_INTEGER),
    api: api === undefined ? null : urlFlag(api, '--api'),
    file: file ?? null,
    rpcUrls: rpc.map((url) => urlFlag(url, '--rpc')),
    registry: hexFlag(required(values.registry, '--registry'), '--registry', 20),
    validator: validator === undefined ? null : hexFlag(validator, '--validator', 20),
    chainId: chainId === undefined ? null : integerFlag(chainId, '--chain-id', 1, Number.MAX_SAFE_INTEGER),
    sample: {
      count: sampleCount(values.sample, values.all === true),
      seed: seed === undefined ? toHex(randomBytes(32)) : hexFlag(seed, '--sample-seed', 32),
    },
    isJson: values.json === true,
    isConsensus,
    nodeIndex: node === undefined ? null : integerFlag(node, '--node', 0, Number.MAX_SAFE_INTEGER),
    isSampled: values.sample !== undefined || values.all === true,
  };
}

function watch(io: Io, isJson: boolean): Watch {
  return {
    onCheck: ({ name, count, failure }: Check) => {
      if (!isJson) io.out(failure === null ? `✓ ${name} (${String(count)})` : `✗ ${name} (item ${String(count)}): ${failure}`);
    },
    onProgress: (name) => (done, total) => {
      io.progress(`… ${name} ${String(done)}/${String(total)}`);
    },
  };
}

function closing(facts: EpochFacts, result: Verification): string {
  const epoch = `Epoch ${String(facts.epoch)} of validator ${facts.validator}`;
  const { failed, records, transcripts } = result;
  if (failed !== null) return `${epoch} does NOT verify. ${failed.name}: ${failed.failure ?? ''}`;
  const { derived, timed, attested } = transcripts.bases;
  const stands = `${String(derived)} derived again, ${String(timed)} derived again with the recorded time, ${String(attested)} on the auditor's word`;
  return (
    `${epoch} verifies: each of ${String(records)} due draws has its one record, and roots, counts and report on chain follow from them. ` +
    `Transcripts looked into: ${String(transcripts.checked)} of ${String(transcripts.total)} (${stands}).`
  );
}

async function runReport(options: Options, io: Io): Promise<0 | 1> {
  const { epoch, sample, isJson } = options;
  const source = options.file === null ? apiSource(options.api ?? '', epoch) : await bundleSource(options.file);
  const { client, block } = await pinned(await connect(options));
  const validator = options.validator ?? (await onlyReporter(client, epoch));
  const facts = await readFacts(client, validator, epoch);
  const { chainId, registry } = client;
  if (!isJson) {
    io.out(`Epoch ${String(epoch)} of validator ${validator}`);
    io.out(`Registry ${registry} on chain ${String(chainId)}, read at block ${String(block)}`);
    io.out(`Sample seed ${sample.seed}`);
  }
  const result = await verifyEpoch({ facts, source, sample }, watch(io, isJson));
  if (isJson) {
    const place = { epoch, validator, chainId, registry, block: Number(block) };
    const { checks, failed, records, transcripts } = result;
    const document = {
      ok: failed === null,
      ...place,
      records,
      transcripts: { ...transcripts, seed: sample.seed },
      checks,
      failed,
    };
    io.out(JSON.stringify(document));
  } else {
    io.out(closing(facts, result));
  }
  return result.failed === null ? 0 : 1;
}

async function run(args: readonly string[], io: Io): Promise<0 | 1> {
  if (isSpot(args)) return runVerifySpot(args, io);
  const options = parse(args);
  const { isConsensus, nodeIndex, api, epoch, isSampled, sample, isJson } = options;
  if (nodeIndex !== null && api !== null) {
    const { client, block } = await pinned(await connect(options));
    return runNode({ client, epoch, nodeIndex, api }, block, io, isJson);
  }
  if (!isConsensus || api === null) return runReport(options, io);
  const { client, block } = await pinned(await connect(options));
  const task = { client, epoch, api, sample: isSampled ? sample : null };
  return runConsensus(task, block, io, isJson, watch(io, isJson));
}

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Checks an epoch from public data: a validator’s, or the network’s.',
  usage,
  run,
};

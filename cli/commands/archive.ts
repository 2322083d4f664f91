// `assay archive`: everything about an epoch in one file, to be checked later or elsewhere. Hashes are checked, nothing else.
import { writeFile } from 'node:fs/promises';
import { ZERO32, toHex, type Hex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import { parseChunk, parseManifest } from '../../schema/wire/archive.ts';
import { encodeBundle } from '../../schema/wire/bundle.ts';
import { CliError, integerFlag, parseFlags, required, urlFlag, type Command, type Io } from '../command.ts';
import { FETCHES_IN_FLIGHT } from '../limits.ts';
import { apiSource } from '../verify/source.ts';

const usage = `--epoch N --api URL --out FILE

  --epoch  the epoch
  --api    where the archive is served: the validator itself or any mirror
  --out    the file to write; one that exists is not replaced

The file is a bundle for \`assay verify --file\`: manifest, records, all transcripts, policy.`;

/** One object to fetch: what it must hash to, and how to get it. */
type Wanted = { readonly hash: Hex; readonly get: () => Promise<Uint8Array | null> };

async function objectOf({ hash, get }: Wanted): Promise<Uint8Array> {
  const bytes = await get();
  if (bytes === null) throw new CliError(`The API does not have ${hash}, which the archive names. Try another mirror.`);
  if (toHex(sha256(bytes)) !== hash) throw new CliError(`The API serves other bytes under ${hash}. Try another mirror.`);
  return bytes;
}

async function collect(wanted: readonly Wanted[], into: Map<Hex, Uint8Array>, io: Io): Promise<void> {
  for (let from = 0; from < wanted.length; from += FETCHES_IN_FLIGHT) {
    const batch = wanted.slice(from, from + FETCHES_IN_FLIGHT);
    const objects = await Promise.all(batch.map(objectOf));
    for (const [i, { hash }] of batch.entries()) into.set(hash, objects[i] ?? new Uint8Array());
    io.progress(`… objects ${String(into.size)}`);
  }
}

async function run(args: readonly string[], io: Io): Promise<0> {
  const values = parseFlags(args, { epoch: { type: 'string' }, api: { type: 'string' }, out: { type: 'string' } });
  const epoch = integerFlag(required(values.epoch, '--epoch'), '--epoch', 0, Number.MAX_SAFE_INTEGER);
  const api = urlFlag(required(values.api, '--api'), '--api');
  const file = required(values.out, '--out');
  const source = apiSource(api, epoch);
  const [policy, manifest] = [await source.policy(), await source.manifest()];
  const objects = new Map<Hex, Uint8Array>();
  const chunks = parseManifest(manifest).chunks.map(({ sha256: hash }) => ({ hash, get: () => source.object(hash) }));
  await collect(chunks, objects, io);
  const lines = [...objects.values()].flatMap((bytes) => parseChunk(bytes));
  const sent = lines.filter((line) => line.transcriptHash !== ZERO32);
  const transcripts = sent.map((line) => ({ hash: line.transcriptHash, get: () => source.transcript(line) }));
  await collect(transcripts, objects, io);
  const bytes = await encodeBundle({ policy, manifest, objects });
  await writeFile(file, bytes, { flag: 'wx' }).catch(() => {
    throw new CliError(`${file} cannot be written. Check --out: a file that exists is not replaced.`);
  });
  io.out(
    `${file}: ${String(lines.length)} records and ${String(transcripts.length)} transcripts, ${String(bytes.length)} bytes.`,
  );
  io.out(`Nothing is verified yet: assay verify --epoch ${String(epoch)} --file ${file} --rpc URL --registry 0x…`);
  return 0;
}

export const archiveCommand: Command = { name: 'archive', summary: 'Saves a whole epoch in one file.', usage, run };

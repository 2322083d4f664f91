// `assay archive`: everything about an epoch in one file, to be checked later or elsewhere. Hashes are checked, nothing else.
import { writeFile } from 'node:fs/promises';
import { ZERO32 } from '../../protocol/bytes.ts';
import { parseChunk, parseManifest } from '../../schema/wire/archive.ts';
import { encodeBundle } from '../../schema/wire/bundle.ts';
import { CliError, integerFlag, parseFlags, required, urlFlag, type Command, type Io } from '../command.ts';
import { createCollection, type Wanted } from '../verify/collect.ts';
import { apiSource } from '../verify/source.ts';

const usage = `--epoch N --api URL --out FILE

  --epoch  the epoch
  --api    where the archive is served: the validator itself or any mirror
  --out    the file to write; one that exists is not replaced

The file is a bundle for \`assay verify --file\`: manifest, records, all transcripts, policy.`;

async function run(args: readonly string[], io: Io): Promise<0> {
  const values = parseFlags(args, { epoch: { type: 'string' }, api: { type: 'string' }, out: { type: 'string' } });
  const epoch = integerFlag(required(values.epoch, '--epoch'), '--epoch', 0, Number.MAX_SAFE_INTEGER);
  const api = urlFlag(required(values.api, '--api'), '--api');
  const file = required(values.out, '--out');
  const source = apiSource(api, epoch);
  const manifest = await source.manifest();
  const { chunks, policyHash } = parseManifest(manifest);
  const policy = await source.policy(policyHash);
  const { objects, add } = createCollection();
  const onObject = (count: number): void => {
    io.progress(`… objects ${String(count)}`);
  };
  await add(
    chunks.map(({ sha256: hash }) => ({ hash, get: () => source.object(hash) })),
    onObject,
  );
  let records = 0;
  const transcripts: Wanted[] = [];
  for (const chunk of objects.values()) {
    const lines = parseChunk(chunk);
    records += lines.length;
    for (const { slot, draw, transcriptHash } of lines) {
      if (transcriptHash === ZERO32) continue;
      transcripts.push({ hash: transcriptHash, get: () => source.transcript({ slot, draw, transcriptHash }) });
    }
  }
  await add(transcripts, onObject);
  const bytes = await encodeBundle({ policy, manifest, objects });
  await writeFile(file, bytes, { flag: 'wx' }).catch(() => {
    throw new CliError(`${file} cannot be written. Check --out: a file that exists is not replaced.`);
  });
  io.out(`${file}: ${String(records)} records and ${String(transcripts.length)} transcripts, ${String(bytes.length)} bytes.`);
  io.out(`Nothing is verified yet: npm run assay -- verify --epoch ${String(epoch)} --file ${file} --rpc URL --registry 0x…`);
  return 0;
}

export const archiveCommand: Command = { name: 'archive', summary: 'Saves a whole epoch in one file.', usage, run };

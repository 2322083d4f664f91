// `assay keys`: a validator's two secrets, made here, written to one file that only its owner can read, and never shown.
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { toHex } from '../../protocol/bytes.ts';
import { seedTip } from '../../protocol/seed.ts';
import { signerAddress } from '../../protocol/signer.ts';
import { CliError, integerFlag, parseFlags, required, type Command, type Io } from '../command.ts';
import { SEED_LENGTH_DEFAULT, SEED_LENGTH_MAX } from '../limits.ts';

const usage = `--out FILE [--length ${String(SEED_LENGTH_DEFAULT)}]

  --out     the file to write (NAME=value lines, mode 0600), for example .dev.vars; one that exists is not replaced
  --length  epochs that the seed chain serves (default ${String(SEED_LENGTH_DEFAULT)}); the Worker's SEED_CHAIN_LENGTH must be the same

Prints the signer's address and the seed tip, which registration needs. The secrets are not printed. Keep a copy of the file in
a safe place: without the seed secret no further epoch can be reported until the seed is rotated.`;

/** A private key below the curve's order: a random 32 bytes is not one with a chance of 2^-128. */
function freshSigner(): Uint8Array {
  for (;;) {
    const key = randomBytes(32);
    try {
      signerAddress(key);
      return key;
    } catch {
      // zero, or not below the order: take others
    }
  }
}

async function run(args: readonly string[], io: Io): Promise<0> {
  const values = parseFlags(args, { out: { type: 'string' }, length: { type: 'string' } });
  const file = required(values.out, '--out');
  const length = integerFlag(values.length ?? String(SEED_LENGTH_DEFAULT), '--length', 1, SEED_LENGTH_MAX);
  const handle = await open(file, 'wx', 0o600).catch(() => {
    throw new CliError(`${file} cannot be written. Check --out: a file that exists is not replaced.`);
  });
  const signerKey = freshSigner();
  const seedSecret = toHex(randomBytes(32));
  try {
    await handle.writeFile(`SIGNER_KEY=${toHex(signerKey)}\nSEED_SECRET=${seedSecret}\nSEED_CHAIN_LENGTH=${String(length)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  io.out(`signer    ${signerAddress(signerKey)}`);
  io.out(`seed tip  ${seedTip(seedSecret, length)}`);
  io.out(
    `The secrets are in ${file}. Register: npm run assay -- register-validator --signer … --seed-tip … --url … (see its help)`,
  );
  return 0;
}

export const keysCommand: Command = { name: 'keys', summary: 'Makes a validator’s signer key and seed secret.', usage, run };

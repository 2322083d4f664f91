// Transactions of a node's operator. Registration takes the proof that the runner makes: the node's key signs for one operator, on
// one chain and registry, so the proof is checked here before it costs anything.
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { encodeRegisterNode, encodeRetireNode, encodeUpdateNode, type NodeClaims } from '../../chain/transactions.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { CLASS_NAME } from '../../protocol/policy.ts';
import { nodeIdOf, nodeKeyPayload, verifyReceipt } from '../../protocol/receipts.ts';
import { address, hash, hexOf } from '../../schema/values.ts';
import { CliError, UsageError, hexFlag, integerFlag, required, urlFlag, type Command } from '../command.ts';
import { PROOF_FILE_BYTES_MAX } from '../limits.ts';
import { writeCommand, type Values } from './writes.ts';

const proofSchema = z.object({ nodeId: hash, x: hash, y: hash, operator: address, signature: hexOf(64) });
type Proof = z.infer<typeof proofSchema>;

function readProof(file: string): Proof {
  try {
    if (statSync(file).size > PROOF_FILE_BYTES_MAX) throw new CliError(`${file} is too large for a registration proof.`);
    return proofSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `${file} is no registration proof. Give the JSON that the runner prints with \`proof --operator 0x… --json\`.`,
    );
  }
}

function claimsOf(values: Values): NodeClaims {
  const gpuClass = required(values['class'], '--class');
  if (!CLASS_NAME.test(gpuClass)) throw new UsageError('--class must be 1 to 32 printable ASCII characters.');
  return {
    url: urlFlag(required(values['url'], '--url'), '--url'),
    gpuClass,
    vramMiB: integerFlag(required(values['vram-mib'], '--vram-mib'), '--vram-mib', 0, 0xffff_ffff),
  };
}

const nodeIdFlag = (values: Values): Hex => hexFlag(required(values['node-id'], '--node-id'), '--node-id', 32);

const claimFlags = {
  url: 'where the runner listens (https)',
  class: 'GPU class that the node claims: a name in the policy',
  'vram-mib': 'memory that the node claims, in MiB',
};

export const nodeCommands: readonly Command[] = [
  writeCommand({
    name: 'register-node',
    summary: 'Registers a node of the sender.',
    flags: { proof: 'file with what the runner prints with `proof --operator 0x… --json`', ...claimFlags },
    prepare: (values) => {
      const claims = claimsOf(values);
      const { nodeId, x, y, operator, signature } = readProof(required(values['proof'], '--proof'));
      const publicKey = { x, y };
      return ({ chainId, registry }, sender) => {
        if (operator !== sender) {
          throw new CliError(
            `The proof is for operator ${operator}, but the key is that of ${sender}. Make a proof for it at the runner.`,
          );
        }
        const payload = nodeKeyPayload({ chainId, registry }, operator, nodeIdOf(publicKey));
        if (nodeIdOf(publicKey) !== nodeId || !verifyReceipt(publicKey, payload, signature)) {
          throw new CliError(
            'The proof does not hold for this chain and registry. Make it again at the runner, with the same two.',
          );
        }
        return encodeRegisterNode({ ...claims, publicKey, proof: signature });
      };
    },
  }),
  writeCommand({
    name: 'update-node',
    summary: 'Changes a node’s URL, class and memory.',
    flags: { 'node-id': "the node's id", ...claimFlags },
    prepare: (values) => {
      const data = encodeUpdateNode(nodeIdFlag(values), claimsOf(values));
      return () => data;
    },
  }),
  writeCommand({
    name: 'retire-node',
    summary: 'Retires a node, for ever.',
    flags: { 'node-id': "the node's id" },
    prepare: (values) => {
      const data = encodeRetireNode(nodeIdFlag(values));
      return () => data;
    },
  }),
];

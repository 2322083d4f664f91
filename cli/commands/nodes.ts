// Transactions of a node's operator. Registration takes the proof that the runner makes: the node's key signs for one operator, on
// one chain and registry, so the proof is checked here before it costs anything.
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { readRegistry } from '../../chain/read.ts';
import { encodeRegisterNode, encodeRetireNode, encodeUpdateNode, type NodeClaims } from '../../chain/transactions.ts';
import { NEWEST_EPOCH, className, epochArgument } from '../../chain/values.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { CLASS_NAME } from '../../protocol/policy.ts';
import { nodeIdOf, nodeKeyPayload, verifyReceipt } from '../../protocol/receipts.ts';
import { address, hash, hexOf } from '../../schema/values.ts';
import { amountFlag } from '../chain/amounts.ts';
import type { Session } from '../chain/send.ts';
import { ensureStake } from '../chain/stakes.ts';
import { CliError, UsageError, hexFlag, integerFlag, required, baseUrlFlag, type Command } from '../command.ts';
import { PROOF_FILE_BYTES_MAX } from '../limits.ts';
import { stakeText } from './validators.ts';
import { registryCall, writeCommand, type Values } from './writes.ts';

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
    url: baseUrlFlag(required(values['url'], '--url'), '--url'),
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

type Registration = NodeClaims & { readonly nodeId: Hex };

/** Whether there is nothing left to register. @throws CliError when another registration stands */
async function isRegistered({ client, sender }: Session, wanted: Registration): Promise<boolean> {
  const { nodeId, ...claims } = wanted;
  const [isKnown, operator, , , isRetired] = await readRegistry(client, 'nodeKey', [nodeId]);
  if (!isKnown) return false;
  if (operator.toLowerCase() !== sender || isRetired) {
    const why = isRetired ? 'has retired for ever' : `is registered by ${operator.toLowerCase()}`;
    throw new CliError(`Node ${nodeId} ${why}. Give the runner another key, or correct the operator.`);
  }
  const index = await readRegistry(client, 'nodeIndexOf', [nodeId]);
  const [found] = await readRegistry(client, 'nodesAt', [epochArgument(NEWEST_EPOCH), index, 1]);
  const isSame = found?.url === claims.url && className(found.gpuClass) === claims.gpuClass && found.vramMiB === claims.vramMiB;
  if (isSame) return true;
  throw new CliError(`Node ${nodeId} is registered with another URL, class or memory. Change it with update-node.`);
}

/** @throws CliError unless the proof is the node key's word for this sender, chain and registry */
function requireProof({ client, sender }: Session, { nodeId, x, y, operator, signature }: Proof): void {
  if (operator !== sender) {
    throw new CliError(
      `The proof is for operator ${operator}, but the key is that of ${sender}. Make a proof for it at the runner.`,
    );
  }
  const publicKey = { x, y };
  const { chainId, registry } = client;
  const payload = nodeKeyPayload({ chainId, registry }, operator, nodeIdOf(publicKey));
  if (nodeIdOf(publicKey) === nodeId && verifyReceipt(publicKey, payload, signature)) return;
  throw new CliError('The proof does not hold for this chain and registry. Make it again at the runner, with the same two.');
}

export const nodeCommands: readonly Command[] = [
  writeCommand({
    name: 'register-node',
    summary: 'Deposits a node’s bond and registers it for the sender.',
    flags: {
      proof: 'file with what the runner prints with `proof --operator 0x… --json`',
      ...claimFlags,
      stake: stakeText,
    },
    more: 'Each step is made only where it is needed: after a failure the same command goes on.',
    prepare: (values) => {
      const claims = claimsOf(values);
      const proof = readProof(required(values['proof'], '--proof'));
      const { nodeId, x, y, signature } = proof;
      const stake = values['stake'] === undefined ? null : amountFlag(values['stake'], '--stake', 'min');
      const data = encodeRegisterNode({ ...claims, publicKey: { x, y }, proof: signature });
      return async (session) => {
        requireProof(session, proof);
        const isDone = await isRegistered(session, { ...claims, nodeId });
        if (stake !== null) await ensureStake(session, nodeId, stake);
        if (isDone) session.say('It is registered already, with these claims.');
        else await registryCall('registering the node', () => data)(session);
        return { nodeId };
      };
    },
  }),
  writeCommand({
    name: 'update-node',
    summary: 'Changes a node’s URL, class and memory.',
    flags: { 'node-id': "the node's id", ...claimFlags },
    prepare: (values) => {
      const data = encodeUpdateNode(nodeIdFlag(values), claimsOf(values));
      return registryCall('changing the node', () => data);
    },
  }),
  writeCommand({
    name: 'retire-node',
    summary: 'Retires a node, for ever.',
    flags: { 'node-id': "the node's id" },
    prepare: (values) => {
      const data = encodeRetireNode(nodeIdFlag(values));
      return registryCall('retiring the node', () => data);
    },
  }),
];

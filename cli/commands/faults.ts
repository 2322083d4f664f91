// `assay prove-fault`: takes a fault with its proof to the chain. The sender is its reporter and gets the reporter's share.
import { readContracts } from '../../chain/contracts.ts';
import { encodeProve } from '../../chain/prove.ts';
import { readProven, readSlashes, type QueuedSlash } from '../../chain/stakes.ts';
import { faultOf } from '../../protocol/fault-proof.ts';
import { faultKey } from '../../protocol/faults.ts';
import { readFaultFile } from '../chain/fault-file.ts';
import { required, type Command } from '../command.ts';
import { timeText } from './stakes.ts';
import { writeCommand, type Told } from './writes.ts';

export function tellSlash(say: (line: string) => void, slash: QueuedSlash | undefined): Told {
  if (slash === undefined) {
    say('Its slash is not among the newest ones; `assay slashes --limit 1000` lists more.');
    return { slashId: null };
  }
  const { slashId, executableAt, executed } = slash;
  const when = executed ? 'it is executed' : `anybody may execute it from ${timeText(executableAt)} on`;
  say(`Slash ${String(slashId)} of ${slash.owner}: ${when}.`);
  return { slashId, executableAt, executed };
}

export const proveCommand: Command = writeCommand({
  name: 'prove-fault',
  summary: 'Proves a fault on chain; the slash is queued with the sender as its reporter.',
  flags: { file: 'the proof: JSON as an API shows it at /v1/faults/:faultKey' },
  prepare: (values) => {
    const proof = readFaultFile(required(values['file'], '--file'));
    const fault = faultOf(proof);
    const key = faultKey(fault);
    const offender = fault.kind === 'receipts' ? fault.nodeId : fault.validator;
    const data = encodeProve(proof);
    return async ({ client, send, say }) => {
      const contracts = await readContracts(client);
      const isKnown = await readProven(client, contracts, key);
      if (isKnown) say(`The fault ${key} is proven already.`);
      else await send({ what: `proving ${proof.kind} of ${offender}`, to: contracts.prover, data, contract: 'fault prover' });
      const slash = (await readSlashes(client, contracts, 100)).find((queued) => queued.faultKey === key);
      return { kind: proof.kind, offender, faultKey: key, ...tellSlash(say, slash) };
    };
  },
});

// What the chain says about one validator's epoch, read at one block: the only thing that verification believes.
import type { RegistryClient } from '../../chain/client.ts';
import { readClock, readPolicyHash } from '../../chain/clock.ts';
import { readNodes } from '../../chain/nodes.ts';
import { readPostedReport, readPreviousHash, readReport, readSeedBase } from '../../chain/reports.ts';
import { readSigners, readValidatorCount, readValidators, requireValidator } from '../../chain/validators.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochFacts } from '../../protocol/replay/replay.ts';
import { CliError, UsageError } from '../command.ts';
import { NAMES_MAX } from '../limits.ts';

/** The one validator that reported the epoch. @throws CliError when there is none, UsageError when there are several */
export async function onlyReporter(client: RegistryClient, epoch: number): Promise<Hex> {
  const reporters: Hex[] = [];
  for (const { operator } of await readValidators(client, epoch)) {
    if ((await readReport(client, operator, epoch)) !== null) reporters.push(operator);
  }
  const [only] = reporters;
  if (only === undefined) {
    throw new CliError(`No validator has posted a report for epoch ${String(epoch)}. Wait until one has, or take another epoch.`);
  }
  if (reporters.length > 1) {
    const names = reporters.slice(0, NAMES_MAX).join(', ');
    const more = reporters.length > NAMES_MAX ? `, and ${String(reporters.length - NAMES_MAX)} more` : '';
    throw new UsageError(`--validator is missing: epoch ${String(epoch)} was reported by ${names}${more}.`);
  }
  return only;
}

/** @param client pinned to one block. @throws CliError | ChainError */
export async function readFacts(client: RegistryClient, validator: Hex, epoch: number): Promise<EpochFacts> {
  const stored = await readReport(client, validator, epoch);
  const posted = stored === null ? null : await readPostedReport(client, validator, epoch, stored);
  if (stored === null || posted === null) {
    throw new CliError(
      `${validator} has posted no report for epoch ${String(epoch)}. Wait until it has, or correct --epoch or --validator.`,
    );
  }
  const [clock, policyHash, at, previous, seedBase, nodes, validatorCount, signers] = await Promise.all([
    readClock(client),
    readPolicyHash(client, epoch),
    requireValidator(client, validator, epoch),
    readPreviousHash(client, validator, stored),
    readSeedBase(client, validator, epoch),
    readNodes(client, epoch),
    readValidatorCount(client, epoch),
    readSigners(client, epoch),
  ]);
  if (seedBase === null) throw new CliError(`The registry has no seed chain of ${validator} for epoch ${String(epoch)}.`);
  const { genesis, slotSeconds, slotsPerEpoch } = clock;
  return {
    ...{ domain: { chainId: client.chainId, registry: client.registry }, clock: { genesis, slotSeconds, slotsPerEpoch } },
    ...{ epoch, validator, signer: at.signer, policyHash, report: posted.report, signature: posted.signature, stored },
    ...{ previous, seedBase, nodes, validatorCount, signers },
  };
}

// Does the archive belong to the report on chain? Its hash, its every field, the seed's place in its chain, the policy.
import { archiveHash, ARCHIVE_FORMAT } from '../archive.ts';
import { policyHash } from '../policy.ts';
import { reportDigest, reportHash } from '../report.ts';
import { verifySeed } from '../seed.ts';
import { recoverSigner } from '../signer.ts';
import { eachStep, fieldsStep, type Step } from './check.ts';
import type { EpochFacts, ReplayInput } from './replay.ts';

/** The posted report is the one asked for, is what the registry stores, and is signed by the validator's signer. */
export function postedReportStep(facts: EpochFacts): Step {
  const { report, stored } = facts;
  return fieldsStep('report on chain', () => [
    ['epoch', facts.epoch, report.epoch],
    ['validator', facts.validator, report.validator],
    ['report hash', stored.reportHash, reportHash(report)],
    ['due', stored.due, report.due],
    ['done', stored.done, report.done],
    ['policyHash', facts.policyHash, report.policyHash],
    ['nodeCount', facts.nodes.length, report.nodeCount],
    ['previous', facts.previous, report.previous],
    ['signer of the report', facts.signer, recoverSigner(reportDigest(facts.domain, report), facts.signature)],
  ]);
}

export function archiveHashStep({ facts, manifestBytes }: Pick<ReplayInput, 'facts' | 'manifestBytes'>): Step {
  return fieldsStep('archive hash', () => [['SHA-256 of the manifest', facts.report.archiveHash, archiveHash(manifestBytes)]]);
}

/** The manifest repeats the report and the chain, field by field. */
export function manifestStep({ facts, manifest }: ReplayInput): Step {
  const { domain, report } = facts;
  return fieldsStep('manifest', () => [
    ['manifest format', ARCHIVE_FORMAT, manifest.format],
    ['manifest chainId', domain.chainId, manifest.chainId],
    ['manifest registry', domain.registry, manifest.registry],
    ['manifest epoch', facts.epoch, manifest.epoch],
    ['manifest validator', facts.validator, manifest.validator],
    ['manifest seed', report.seed, manifest.seed],
    ['manifest policyHash', report.policyHash, manifest.policyHash],
    ['manifest beacon round', report.beaconRound, manifest.beacon.round],
    ['manifest nodeCount', report.nodeCount, manifest.nodeCount],
    ['manifest validatorCount', facts.validatorCount, manifest.validatorCount],
    ['manifest due', report.due, manifest.due],
    ['manifest done', report.done, manifest.done],
    ['manifest auditRoot', report.auditRoot, manifest.auditRoot],
    ['manifest summaryRoot', report.summaryRoot, manifest.summaryRoot],
  ]);
}

/** The seed is the preimage at the one place that the epoch's number fixes. Counts the hashes. */
export function seedStep({ facts }: ReplayInput): Step {
  const { seedBase: base, epoch, report } = facts;
  const name = 'seed chain';
  return {
    name,
    run: () => {
      if (verifySeed(report.seed, epoch, base)) return { name, count: epoch - base.epoch, failure: null };
      const gap = String(epoch - base.epoch);
      const failure = `seed ${report.seed}: hashed ${gap} times it is not ${base.seed}, the seed of epoch ${String(base.epoch)}`;
      return { name, count: 1, failure };
    },
  };
}

export function policyStep({ facts, policy }: ReplayInput): Step {
  return eachStep(
    'policy hash',
    () => [policy],
    (document) => {
      const found = policyHash(document);
      return found === facts.policyHash ? null : `hash of the policy: expected ${facts.policyHash}, found ${found}`;
    },
  );
}

// From the records back to the chain: summaries, both trees, the counts, and the report built anew with its hash.
import { reportHash, sealRows, type SealedRecords } from '../report.ts';
import { fieldsStep, type Field, type Step } from './check.ts';
import type { Replay } from './replay.ts';

function summariesStep({ facts }: Replay, sealed: () => SealedRecords): Step {
  const name = 'summaries';
  return {
    name,
    run: () => {
      const { summaries, summaryRoot } = sealed();
      const expected = facts.report.summaryRoot;
      const count = summaries.length;
      const failure =
        summaryRoot === expected ? null : `summaryRoot: the report says ${expected}, the records give ${summaryRoot}`;
      return { name, count, failure };
    },
  };
}

function auditTreeStep({ facts }: Replay, sealed: () => SealedRecords): Step {
  const name = 'audit tree';
  return {
    name,
    run: () => {
      const { hashes, auditRoot } = sealed();
      const expected = facts.report.auditRoot;
      const failure = auditRoot === expected ? null : `auditRoot: the report says ${expected}, the records give ${auditRoot}`;
      return { name, count: hashes.length, failure };
    },
  };
}

function countFields({ facts }: Replay, due: number, done: number): Field[] {
  return [
    ['due', due, facts.report.due],
    ['done', done, facts.report.done],
  ];
}

/** Roots and counts that the records give, and whether the chain has just this report. Computed once, when first asked for. */
export function sealSteps(replay: Replay): Step[] {
  let made: SealedRecords | null = null;
  const sealed = (): SealedRecords => (made ??= sealRows(replay.rows));
  const { facts, manifest } = replay;
  return [
    summariesStep(replay, sealed),
    auditTreeStep(replay, sealed),
    fieldsStep('due and done', () => countFields(replay, replay.due().length, sealed().done)),
    fieldsStep('report rebuilt', () => {
      const { auditRoot, summaryRoot, done } = sealed();
      const { seed, policyHash, previous, archiveHash } = facts.report;
      const rebuilt = {
        ...{ epoch: facts.epoch, validator: facts.validator, auditRoot, summaryRoot, due: replay.due().length, done },
        ...{ seed, beaconRound: manifest.beacon.round, nodeCount: facts.nodes.length, policyHash, previous, archiveHash },
      };
      return [['hash of the report rebuilt from the records', facts.stored.reportHash, reportHash(rebuilt)]];
    }),
  ];
}

// What a run must have shown, and whether it did: the honest unharmed, the dishonest found. `npm start` ends with 0 only if all of
// it holds.
import { expectedReasons } from './node-plans.ts';
import { count, tierName, type NodeSummary, type Summary, type ValidatorSummary } from './summary.ts';
import { percentText, scoreText, tokensText } from './tokens.ts';

export type Finding = { readonly text: string; readonly found: string; readonly ok: boolean };

/** A dishonest node's network rate is below this once it has a tier. */
const DISHONEST_RATE_PPM_MAX = 500_000;
/** An honest node's is above this, whatever a liar among the validators says. */
const HONEST_RATE_PPM_MIN = 750_000;

const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));

/** Nobody honest failed by an honest validator's word, and everybody dishonest did, for its own reason. */
export function nodeFindings(nodes: readonly NodeSummary[]): Finding[] {
  const honest = nodes.filter(({ behaviour }) => behaviour === 'honest');
  const blamed = honest.filter(({ verdicts }) => count(verdicts, 'fail') > 0).map(({ name }) => name);
  const dishonest = nodes.filter(({ behaviour }) => behaviour !== 'honest');
  const found = dishonest.filter(({ behaviour, verdicts }) => {
    const reasons = Object.keys(verdicts.fail ?? {});
    const allowed: readonly string[] = expectedReasons(behaviour as Parameters<typeof expectedReasons>[0]);
    return reasons.length > 0 && reasons.every((reason) => allowed.includes(reason));
  });
  const missed = dishonest.filter((node) => !found.includes(node)).map(({ name }) => name);
  return [
    { text: 'no honest node is failed by an honest validator', found: `failed: ${list(blamed)}`, ok: blamed.length === 0 },
    ...(dishonest.length === 0
      ? []
      : [{ text: 'every dishonest node is found', found: `not found: ${list(missed)}`, ok: missed.length === 0 }]),
  ];
}

/** The scores under the newest root tell the honest nodes from the others, as far as there are audits enough. */
export function scoreFindings(nodes: readonly NodeSummary[]): Finding[] {
  const scored = nodes.filter(({ score }) => score !== null && score.tier > 0);
  if (scored.length === 0) return [];
  const rate = ({ score }: NodeSummary): number => score?.ratePpm ?? 0;
  const wrong = scored.filter((node) =>
    node.behaviour === 'honest' ? rate(node) < HONEST_RATE_PPM_MIN : rate(node) > DISHONEST_RATE_PPM_MAX,
  );
  const detail = wrong.map(({ name, score }) =>
    score === null ? name : `${name} ${scoreText(score.scorePpm)}, tier ${tierName(score)}, rate ${percentText(score.ratePpm)}`,
  );
  return [
    {
      text: 'the network’s scores tell honest nodes from dishonest ones',
      found: `${String(scored.length - wrong.length)} of ${String(scored.length)} scored right${detail.length === 0 ? '' : `; not: ${detail.join('; ')}`}`,
      ok: wrong.length === 0,
    },
  ];
}

/** Nobody honest loses stake, is slashed, or has an archive that an honest Worker found wrong. */
export function honestValidatorFindings({ validators, slashes }: Summary, excused: readonly string[] = []): Finding[] {
  const honest = validators.filter(({ behaviour }) => behaviour === 'honest');
  const poorer = honest.filter(({ stake, staked, name }) => stake < staked || slashes.some(({ offender }) => offender === name));
  const refused = honest.filter(({ checks, name }) => Object.keys(checks).length > 0 && !excused.includes(name));
  const detail = refused.map(({ name, checks }) => `${name} (${Object.keys(checks).join(', ')})`);
  return [
    {
      text: 'no honest validator loses stake',
      found: `poorer: ${list(poorer.map(({ name, staked, stake }) => `${name} −${tokensText(staked - stake)}`))}`,
      ok: poorer.length === 0,
    },
    { text: 'no honest validator’s archive is refused', found: `refused: ${list(detail)}`, ok: refused.length === 0 },
  ];
}

export const validatorNamed = ({ validators }: Summary, name: string): ValidatorSummary | undefined =>
  validators.find((validator) => validator.name === name);

/** What holds in every run, with or without somebody dishonest among the validators. */
export function usualFindings(summary: Summary, excused: readonly string[] = []): Finding[] {
  return [...nodeFindings(summary.nodes), ...scoreFindings(summary.nodes), ...honestValidatorFindings(summary, excused)];
}

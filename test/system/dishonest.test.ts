// Four honest validators among five that lie, each in its own way and with less stake, and a node that signs twice: every provable fault is slashed on chain, what
// cannot be proven costs the epochs' rewards and is named, and nobody honest loses anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DishonestName } from '../../local/dishonest/names.ts';
import { STAKE } from '../../local/deployment.ts';
import { honestValidatorFindings, nodeFindings, scoreFindings, validatorNamed, type Finding } from '../../local/findings.ts';
import { FIRST_EPOCH } from '../../local/limits.ts';
import { startNetwork, type Network } from '../../local/network.ts';
import { dishonest, nodePlans } from '../../local/node-plans.ts';
import { nobodyElse, refused, slashed, unpaid } from '../../local/scenarios.ts';
import { summaryText } from '../../local/summary-text.ts';
import { summarize, type Summary } from '../../local/summary.ts';
import { honestValidators } from '../../local/validators.ts';
import { untilSlashed, watch } from '../../local/watch.ts';
import { coveredNames } from './rig.ts';

const LIARS = [
  'equivocator',
  'withholder',
  'schedule-cheat',
  'wrong-root',
  'omitter',
] as const satisfies readonly DishonestName[];
const PROVABLE = ['equivocator', 'schedule-cheat', 'wrong-root'] as const satisfies readonly DishonestName[];
/** A little above the least, so that the honest ones hold four fifths. */
const SMALL = STAKE.validatorMin + STAKE.validatorMin / 2n;

let network: Network;
let summary: Summary;

beforeAll(async () => {
  network = await startNetwork({
    ...{ nodes: [...nodePlans(6), dishonest('two-commitments')], gateway: false },
    validators: [...honestValidators(4), ...LIARS.map((behaviour) => ({ name: behaviour, behaviour, stake: SMALL }))],
  });
  await watch(network, { epochs: 2, until: 'root' });
  await untilSlashed(network, PROVABLE.length + 1);
  summary = await summarize(network, FIRST_EPOCH);
}, 600_000); // nine Workers on two cores: every step of theirs may be late

afterAll(async () => {
  console.log(summaryText(summary, []));
  await network.stop();
});

function holds(findings: readonly Finding[]): void {
  for (const { text, found, ok } of findings) expect(ok, `${text} → ${found}`).toBe(true);
}

describe('dishonest validators', () => {
  it('are slashed on chain for what can be proven', () => {
    holds([
      slashed(summary, 'equivocator', 'two-reports'),
      slashed(summary, 'schedule-cheat', 'undrawn'),
      slashed(summary, 'wrong-root', 'two-roots'),
      slashed(summary, 'two-commitments', 'two-receipts'),
    ]);
  });

  it('are named with what is wrong with their archives', () => {
    holds([refused(summary, 'withholder'), refused(summary, 'omitter'), refused(summary, 'schedule-cheat')]);
  });

  it('earn nothing with archives that do not stand', async () => {
    holds([unpaid(summary, 'withholder'), unpaid(summary, 'omitter'), unpaid(summary, 'schedule-cheat')]);
    const honest = summary.validators.filter(({ behaviour }) => behaviour === 'honest');
    const covered = await coveredNames(network, [FIRST_EPOCH, FIRST_EPOCH + 1]);
    for (const { name, earned } of honest) if (covered.has(name)) expect(earned, name).toBeGreaterThan(0n);
  });

  it('harm no honest validator', () => {
    holds([nobodyElse(summary, [...PROVABLE, 'two-commitments']), ...honestValidatorFindings(summary)]);
    expect(validatorNamed(summary, 'v1')?.stake).toBe(STAKE.validator);
  });

  it('do not bend the nodes’ scores', () => {
    holds([...nodeFindings(summary.nodes), ...scoreFindings(summary.nodes)]);
  });
});

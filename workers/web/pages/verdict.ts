// The network's verdicts in words: scores, tiers, states of epochs, archives and faults.
import { html } from 'hono/html';
import type { Archive, ConsensusItem, FaultItem, ScoreItem } from '../../../schema/api/consensus.ts';
import { plural, share } from './format.ts';
import type { Html } from './html.ts';

type Scored = Pick<ScoreItem, 'tier' | 'tierName' | 'samples' | 'scorePpm'>;

/** `at least 97.4 % pass (95 % sure)`, or how little is known. */
export function scoreWords({ tier, samples, scorePpm }: Scored): string {
  if (tier === 0) return `not enough data: ${plural(samples, 'audit')} so far`;
  return `at least ${share(scorePpm)} pass (95 % sure)`;
}

export function tierWords({ tier, tierName }: Scored): string {
  if (tier === 0) return '–';
  return tierName === null ? 'below all tiers' : `tier\u00a0${tierName}`;
}

const MARKS: Readonly<Record<ConsensusItem['state'], { tone: string; words: string }>> = {
  final: { tone: 'holds', words: 'agreed' },
  disputed: { tone: 'fails', words: 'disputed' },
  open: { tone: 'quiet', words: 'being agreed on' },
  skipped: { tone: 'quiet', words: 'skipped' },
};

export function stateMark({ state, provisional }: Pick<ConsensusItem, 'state' | 'provisional'>): Html {
  const { tone, words } = MARKS[state];
  const small = provisional === true ? html`<small>provisional: fewer than four validators</small>` : '';
  return html`<span class="${tone}">${words}</span>${small}`;
}

/** One sentence about an epoch of the network. */
export const STATE_SENTENCE: Readonly<Record<ConsensusItem['state'], string>> = {
  final: 'The validators agreed: one root over all scores stands on chain, and this service computed the same.',
  disputed: 'A root stands on chain for this epoch, but this service computes another one from the same reports.',
  open: 'The validators are still comparing what they computed; no root stands on chain yet.',
  skipped: 'No two thirds of the weight agreed in time. The reports of this epoch may count in a later root.',
};

const ARCHIVE_WORDS: Readonly<Record<Archive['state'], { tone: string; words: string }>> = {
  verified: { tone: 'holds', words: 'checked and mirrored' },
  failed: { tone: 'fails', words: 'failed a check' },
  absent: { tone: 'fails', words: 'no report' },
  waiting: { tone: 'quiet', words: 'not checked yet' },
};

export function archiveMark(archive: Pick<Archive, 'state'> | null, leftOut: string | null): Html {
  const { tone, words } = archive === null ? { tone: 'quiet', words: 'nothing known' } : ARCHIVE_WORDS[archive.state];
  return html`<span><span class="${tone}">${words}</span>${leftOut === null ? '' : html`<small>${leftOut}</small>`}</span>`;
}

export const FAULT_WORDS: Readonly<Record<FaultItem['kind'], string>> = {
  'two-reports': 'Two reports for one epoch',
  'two-roots': 'Two roots signed for one round',
  undrawn: 'A challenge that was not drawn',
  'two-receipts': 'Two receipts for one challenge',
};

export const FAULT_STATES: Readonly<Record<FaultItem['state'], string>> = {
  // A gateway proves nothing and may not hear of who did.
  found: 'found here; a validator brings the proof to the chain',
  submitted: 'the proof is on its way to the chain',
  proven: 'proven on chain; the slash waits for its delay',
  executed: 'stake was slashed',
  refused: 'the chain refused the proof',
};

/** `from 412 audits by 4 validators`. */
export function sampleWords(samples: number, validators: number): string {
  return `from ${plural(samples, 'audit')} by ${plural(validators, 'validator')}`;
}

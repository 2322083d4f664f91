// Who signed: a dot a seat, in seat order, filled where the seat signed.
import { html, raw } from 'hono/html';
import type { ConsensusItem } from '../../../schema/api/consensus.ts';
import { number, share } from './format.ts';
import type { Html } from './html.ts';

const STEP = 12;
const RADIUS = 4;

/** Share of the capped stake behind a root, in millionths. */
export const signedPpm = (signers: ConsensusItem['signers']): number =>
  signers.reduce((sum, { weightPpm, signed }) => sum + (signed === true ? weightPpm : 0), 0);

/** `3 of 4 seats signed, 75 % of the weight`; shares are rounded down, all of them together are 100 %. */
export function signedWords(signers: ConsensusItem['signers']): string {
  const signed = signers.filter((seat) => seat.signed === true).length;
  const weight = signed === signers.length ? '100 %' : share(signedPpm(signers));
  return `${number(signed)} of ${number(signers.length)} seats signed, ${weight} of the weight`;
}

const circle = (x: number): string =>
  `M${x - RADIUS} ${RADIUS + 1}a${RADIUS} ${RADIUS} 0 1 0 ${2 * RADIUS} 0a${RADIUS} ${RADIUS} 0 1 0 ${-2 * RADIUS} 0z`;

export function seatDots(signers: ConsensusItem['signers']): Html {
  const path = (signed: boolean): string =>
    signers.map((seat, i) => ((seat.signed === true) === signed ? circle(STEP * i + RADIUS + 1) : '')).join('');
  const drawn = `<path class="unsigned" d="${path(false)}"/><path class="pass" d="${path(true)}"/>`;
  const [width, height] = [STEP * signers.length, 2 * RADIUS + 2];
  return html`<svg
    class="dots"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${signedWords(signers)}"
  >
    ${raw(drawn)}
  </svg>`;
}

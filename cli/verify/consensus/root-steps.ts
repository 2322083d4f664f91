// Does the root stand as the chain has it? Its own fields, who signed it, and whether they are enough. Pure.
import { fullSignature } from '../../../chain/signatures.ts';
import { rootDigest, rootHash } from '../../../protocol/consensus/root.ts';
import { SEATS_FINAL_MIN } from '../../../protocol/consensus/rule.ts';
import { cappedWeights, hasQuorum } from '../../../protocol/consensus/weights.ts';
import type { Domain } from '../../../protocol/domain.ts';
import { eachStep, fieldsStep, type Step } from '../../../protocol/replay/check.ts';
import { recoverSigner } from '../../../protocol/signer.ts';
import type { RootFacts } from './facts.ts';

/** The seats in the bitmap, ascending. */
export function signedSeats({ posted, seats }: RootFacts): number[] {
  return seats.map((_, seat) => seat).filter((seat) => ((posted.seats >>> seat) & 1) === 1);
}

export function rootSteps(domain: Domain, facts: RootFacts): Step[] {
  const { epoch, posted, seats } = facts;
  const { root } = posted;
  const signed = signedSeats(facts);
  const weights = cappedWeights(seats.map(({ stake }) => stake));
  return [
    fieldsStep('root on chain', () => [
      ['epoch', epoch, root.epoch],
      ['root hash', posted.rootHash, rootHash(root)],
      ['round', posted.round, root.round],
      ['scoreRoot', posted.scoreRoot, root.scoreRoot],
      ['rewardRoot', posted.rewardRoot, root.rewardRoot],
      ['penaltyRoot', posted.penaltyRoot, root.penaltyRoot],
      ['signatures, one a seat in the bitmap', signed.length, posted.signatures.length],
      ['provisional', seats.length < SEATS_FINAL_MIN, posted.provisional],
    ]),
    eachStep(
      'signatures',
      () => signed,
      (seat, i) => {
        const signature = posted.signatures[i];
        const signer = signature === undefined ? null : recoverSigner(rootDigest(domain, root), fullSignature(signature));
        const expected = seats[seat]?.signer;
        return signer === expected
          ? null
          : `signer of seat ${String(seat)}: expected ${String(expected)}, found ${String(signer)}`;
      },
    ),
    fieldsStep('weights and quorum', () => [
      ...seats.map(({ weight }, seat) => [`weight of seat ${String(seat)}`, String(weights[seat]), String(weight)] as const),
      ['two thirds of the weight signed', true, hasQuorum(weights, signed)],
    ]),
  ];
}

// A fault with all that proves it (docs/protocol.md, section 18): what is found, kept, and carried to the chain.
import type { BeaconRound } from './beacon.ts';
import type { Hex } from './bytes.ts';
import type { Challenge } from './challenge.ts';
import type { Statement } from './consensus/types.ts';
import type { Fault } from './faults.ts';
import type { Policy } from './policy.ts';
import type { EpochReport } from './report.ts';

export type SignedReport = { readonly report: EpochReport; readonly signature: Hex };

/** What a node signed; `signature` is 64 bytes r ‖ s. */
export type NodeReceipt =
  | { readonly type: 'commitment'; readonly commitment: Hex; readonly signature: Hex }
  | {
      readonly type: 'opening';
      readonly commitment: Hex;
      readonly drawHash: Hex;
      readonly openingHash: Hex;
      readonly signature: Hex;
    };

export type FaultProof =
  | { readonly kind: 'two-reports'; readonly a: SignedReport; readonly b: SignedReport }
  | { readonly kind: 'two-roots'; readonly validator: Hex; readonly a: Statement; readonly b: Statement }
  | {
      readonly kind: 'undrawn';
      readonly challenge: Challenge;
      readonly signature: Hex;
      /** The one that is posted for the challenge's epoch. */
      readonly report: EpochReport;
      /** The epoch's beacon round, its signature compressed (48 bytes). */
      readonly beacon: BeaconRound;
      readonly policy: Policy;
    }
  | {
      readonly kind: 'two-receipts';
      readonly nodeId: Hex;
      readonly challengeHash: Hex;
      readonly a: NodeReceipt;
      readonly b: NodeReceipt;
    };

/** Which fault a proof proves: what its key is made of. */
export function faultOf(proof: FaultProof): Fault {
  switch (proof.kind) {
    case 'two-reports':
      return { kind: 'reports', validator: proof.a.report.validator, epoch: proof.a.report.epoch };
    case 'two-roots':
      return { kind: 'roots', validator: proof.validator, epoch: proof.a.root.epoch, round: proof.a.root.round };
    case 'undrawn':
      return { kind: 'undrawn', validator: proof.challenge.validator, epoch: proof.challenge.epoch };
    case 'two-receipts':
      return { kind: 'receipts', nodeId: proof.nodeId, challengeHash: proof.challengeHash };
  }
}

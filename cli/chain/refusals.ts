// What to do about the refusals that people meet: the contracts name the cause, this names the mend.
const MENDS: Readonly<Record<string, string>> = {
  StakeTooLow: 'There is too little stake behind it: add --stake min, or more.',
  ValidatorExists: 'Change a registered validator with update-validator, rotate-seed or retire-validator.',
  NodeExists: 'Change a registered node with update-node.',
  SignerTaken: 'Another validator signs with this key, or did: make a new one with `assay keys`.',
  InsufficientBond: 'Less than that is staked: give a smaller --amount, or --amount all.',
  NodeNeedsBond: 'Retire the node first (retire-node), or leave the least bond in place.',
  NothingUnbonding: 'Nothing waits to be withdrawn: unbond first.',
  StillUnbonding: 'The delay is not over: `assay account` says when it is.',
  SlashPending:
    'A slash of this account comes first: `assay slashes` lists it, and anybody may execute it once its delay is over.',
  SlashNotDue: 'Its delay is not over: `assay slashes` says when it is.',
  SlashDone: 'It was executed already.',
  UnknownSlash: '`assay slashes` lists the ids.',
  EpochCapReached: 'Slashes took as much as they may in this epoch: try again in the next one.',
  PausedUntil: 'The guardian has paused payments; a pause ends by itself.',
  NothingDue: 'All of it was paid or queued already.',
  PenaltyStale: 'A root at least as new was used against this node: take a newer one.',
  NotInPenaltyTree: 'The API gave a line or a proof that the root on chain does not have: try another --api.',
  NotInRewardTree: 'The API gave a line or a proof that the root on chain does not have: try another --api.',
  Underfunded: 'The distributor holds too little: wait until somebody funds it.',
  BudgetExceeded: 'The budget of all roots so far is used: wait for further roots.',
  AlreadyProven: 'Somebody proved this fault before.',
  FaultTooOld: 'Faults of an epoch can be proven until the unbonding delay has passed since its end, and that is over.',
  ChallengeWasDrawn: 'The challenge is an honest one.',
  NotThePostedReport: 'The proof names another report than the one on chain, or none is posted yet.',
};

/** A sentence to append, with a space before it; empty where there is nothing to say. */
export function refusalMend(name: string): string {
  const mend = MENDS[name];
  return mend === undefined ? '' : ` ${mend}`;
}

// How far the public may look, as a value that only horizon.ts makes: whoever reads rows of an epoch needs one.
declare const made: unique symbol;

/** `through` is the newest public epoch, -1 while there is none; sums begin at `from`. */
export type Horizon = { readonly from: number; readonly through: number; readonly [made]: true };

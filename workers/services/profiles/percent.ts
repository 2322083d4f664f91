// Millionths as people read them, rounded down: nothing is said to be better than it is.

/** @example percent(985_499) // '98.5 %' */
export const percent = (ppm: number): string => `${(Math.floor(ppm / 1000) / 10).toFixed(1)} %`;

// The dishonest validators, and what each does. Their code is beside this file; `npm start -- --scenario NAME` runs one.

export const dishonestValidators = {
  equivocator: 'signs two reports for each epoch, posts one and shows the other',
  slanderer: 'writes down a timeout for every node without asking it',
  flatterer: 'passes nodes that answered wrongly',
  copier: 'does no work, and waits for the verdicts of others to copy them',
  omitter: 'leaves the records of failures out of its archive',
  withholder: 'shows its archive to nobody',
  'single-server': 'shows its archive to one other only',
  late: 'posts its report after the deadline',
  'schedule-cheat': 'audits other nodes than the ones that were drawn',
  'wrong-root': 'signs a wrong consensus root beside the right one',
  partitioned: 'is honest, and cut off from the others for two epochs',
} as const;

export type DishonestName = keyof typeof dishonestValidators;
export const isDishonestName = (name: string): name is DishonestName => Object.hasOwn(dishonestValidators, name);

// The dishonest validators, and what each does. Their code is beside this file; npm start -- --scenario NAME runs one.

export const dishonestValidators = {
  equivocator: 'signs two reports for each epoch, posts one and shows the other',
  slanderer: 'writes down a timeout for every honest node',
  flatterer: 'passes dishonest nodes whatever they answer',
  copier: 'does no work and would copy the verdicts of others',
  omitter: 'leaves the records of failures out of its archive',
  withholder: 'shows its archive to nobody',
  'single-server': 'shows each part of its archive once, to whoever asks first',
  late: 'posts its report after the deadline',
  'schedule-cheat': 'audits other nodes than the ones that were drawn',
  'wrong-root': 'signs a wrong consensus root beside the right one',
  partitioned: 'is honest, and cut off from the others for a while',
} as const;

export type DishonestName = keyof typeof dishonestValidators;
export const isDishonestName = (name: string): name is DishonestName => Object.hasOwn(dishonestValidators, name);

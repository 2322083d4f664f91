// The Worker's bindings as Miniflare wants them. They repeat wrangler.toml, because reading that takes wrangler's whole program (a
// second of every start); test/unit/house/bindings.test.ts holds the two against each other.

export const QUEUE = 'assay-audits';
const LONG_QUEUE = 'assay-long-audits';
const RECHECK_QUEUE = 'assay-rechecks';
const SPOT_QUEUE = 'assay-spots';
const consumer = { maxBatchSize: 1, maxBatchTimeout: 0, maxRetries: 3, deadLetterQueue: `${QUEUE}-dead` } as const;

export const bindings = {
  compatibilityDate: '2026-10-01',
  d1Databases: { DB: 'assay' },
  r2Buckets: { ARCHIVE: 'assay-archive' },
  queueProducers: { AUDITS: QUEUE, LONG_AUDITS: LONG_QUEUE, RECHECKS: RECHECK_QUEUE, SPOTS: SPOT_QUEUE },
  queueConsumers: {
    [QUEUE]: consumer,
    [LONG_QUEUE]: consumer,
    [RECHECK_QUEUE]: { ...consumer, maxBatchSize: 10 },
    [SPOT_QUEUE]: consumer,
  },
  durableObjects: {
    TX_SENDER: { className: 'TxSender', useSQLite: true },
    REGION_PROBE: { className: 'RegionProbe', useSQLite: true },
    QUOTA: { className: 'Quota', useSQLite: true },
    DISPATCHER: { className: 'Dispatcher', useSQLite: true },
  },
} as const;

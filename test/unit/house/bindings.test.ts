// The embedded network must run the Worker with the bindings that a deployment gives it.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bindings } from '../../../local/bindings.ts';

// wrangler's own types name packages that it does not install, so the shape is said here.
const wrangler: unknown = await import('wrangler');
const { unstable_readConfig } = wrangler as { unstable_readConfig: (args: { config: string }) => unknown };

const name = z.string();
const config = z
  .object({
    compatibility_date: name,
    d1_databases: z.array(z.object({ binding: name, database_name: name })),
    r2_buckets: z.array(z.object({ binding: name, bucket_name: name })),
    queues: z.object({
      producers: z.array(z.object({ binding: name, queue: name })),
      consumers: z.array(
        z.object({
          queue: name,
          max_batch_size: z.int(),
          max_batch_timeout: z.int(),
          max_retries: z.int(),
          dead_letter_queue: name,
        }),
      ),
    }),
    durable_objects: z.object({ bindings: z.array(z.object({ name, class_name: name })) }),
    migrations: z.array(z.object({ new_sqlite_classes: z.array(name) })),
  })
  .parse(unstable_readConfig({ config: 'wrangler.toml' }));

const byName = <T>(items: readonly T[], key: (item: T) => string, value: (item: T) => unknown) =>
  Object.fromEntries(items.map((item) => [key(item), value(item)]));

describe('local/bindings.ts repeats wrangler.toml', () => {
  it('date, database, bucket, queue', () => {
    expect(bindings.compatibilityDate).toBe(config.compatibility_date);
    expect(bindings.d1Databases).toEqual(
      byName(
        config.d1_databases,
        (d1) => d1.binding,
        (d1) => d1.database_name,
      ),
    );
    expect(bindings.r2Buckets).toEqual(
      byName(
        config.r2_buckets,
        (r2) => r2.binding,
        (r2) => r2.bucket_name,
      ),
    );
    expect(bindings.queueProducers).toEqual(
      byName(
        config.queues.producers,
        (queue) => queue.binding,
        (queue) => queue.queue,
      ),
    );
  });

  it('the consumer', () => {
    const consumers = byName(
      config.queues.consumers,
      (queue) => queue.queue,
      (queue) => ({
        maxBatchSize: queue.max_batch_size,
        maxBatchTimeout: queue.max_batch_timeout,
        maxRetries: queue.max_retries,
        deadLetterQueue: queue.dead_letter_queue,
      }),
    );
    expect(bindings.queueConsumers).toEqual(consumers);
  });

  it('the objects, all of them with SQLite', () => {
    const withSqlite = new Set(config.migrations.flatMap((step) => step.new_sqlite_classes));
    const objects = byName(
      config.durable_objects.bindings,
      (object) => object.name,
      (object) => ({ className: object.class_name, useSQLite: withSqlite.has(object.class_name) }),
    );
    expect(bindings.durableObjects).toEqual(objects);
  });
});

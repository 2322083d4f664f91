// What the tests in workerd are given from outside of it.
import 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of test/support/loopback-node.ts. */
    readonly loopbackNode: string;
    /** Address of test/support/webhook-receiver.ts. */
    readonly webhookReceiver: string;
  }
}

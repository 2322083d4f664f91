// What wrangler.toml binds. Values are texts until config.ts has parsed them.
export type Env = {
  readonly DB: D1Database;
  readonly ARCHIVE: R2Bucket;
  readonly AUDITS: Queue;
  readonly LONG_AUDITS: Queue;
  readonly TX_SENDER: DurableObjectNamespace;
  readonly REGION_PROBE: DurableObjectNamespace;
  readonly QUOTA: DurableObjectNamespace;
  readonly DISPATCHER: DurableObjectNamespace;
  readonly RECHECKS: Queue;
  readonly SPOTS: Queue;
  readonly ROLE: string;
  readonly CHAIN_ID: string;
  readonly RPC_URL: string;
  readonly REGISTRY_ADDRESS: string;
  readonly VALIDATOR_ADDRESS: string;
  readonly BEACON_URL: string;
  readonly ALLOW_HTTP_HOSTS: string;
  readonly SEED_CHAIN_LENGTH: string;
  readonly TX_POLL_SECONDS: string;
  readonly NEXT_POLICY: string;
  readonly FAULT_WATCH: string;
  readonly PUBLIC_URL: string;
  readonly PUBLIC_RPC_URL: string;
  /** Secrets: never logged, never in an error. */
  readonly SIGNER_KEY?: string;
  readonly SEED_SECRET?: string;
  readonly ADMIN_KEY?: string;
  readonly VAULT_KEY?: string;
  readonly UPSTREAMS?: string;
};

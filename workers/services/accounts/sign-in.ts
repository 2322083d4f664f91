// A wallet's signature becomes a key. The wallet's tenant is made at its first sign-in. The nonce is used up before the signature is looked
// at, so that one message is worth one attempt.
import { verifyMessage } from 'viem';
import { USUAL_SCOPES, type NewTenant, type SignInBody } from '../../../schema/api/accounts.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { found, missing, type Missing } from '../views/answer.ts';
import { walletTenantId } from './create-tenant.ts';
import { NONCE_PATTERN, NO_PLACE, placeOf, slotOf } from './issue-nonce.ts';
import { freshKey, keyBounds, TOO_MANY } from './key-item.ts';
import { SIGN_IN_KEY_SECONDS, SIGN_IN_KEYS_LIVE_MAX } from './limits.ts';
import type { AccountPorts, Tenant } from './ports.ts';
import { tenantItem } from './show-tenant.ts';
import { readSiwe } from './siwe.ts';
import { takeNewWallet, type QuotaState } from './take-quota.ts';

type Settings = { readonly chainId: number; readonly publicUrl: string | null };
type Ports = { readonly accounts: AccountPorts; readonly nowMs: () => number; readonly settings: Settings };
type Input = { readonly origin: string; readonly body: SignInBody };

/** r, s and v: what a key of its own signs with. */
const SIGNATURE_CHARS = 2 + 2 * 65;
const NONCE_GONE = 'The nonce is unknown, used or too old. Ask for another (POST /v1/sign-in/nonce) and sign again.';
const NOT_SIGNED =
  'The signature is not by the address that the message names. Contract wallets (EIP-1271) cannot sign in: that would ask the chain.';

async function isSignedBy(address: Hex, message: string, signature: string): Promise<boolean> {
  if (signature.length !== SIGNATURE_CHARS) return false;
  return verifyMessage({ address, message, signature: signature as Hex }).catch(() => false);
}

type Refused = Missing & { readonly quota?: QuotaState | null };
type SignedIn = { readonly ok: true; readonly value: NewTenant } | Refused;

/** The wallet's tenant, made if there was none and there is room for new ones. */
async function tenantFor(ports: Ports, wallet: Hex): Promise<{ readonly ok: true; readonly value: Tenant } | Refused> {
  const { store } = ports.accounts;
  const known = await store.tenant(walletTenantId(wallet));
  if (known !== null) return found(known);
  const room = await takeNewWallet(ports);
  if (!room.ok) return room;
  const limits = { requestsPerMinute: null, auditsPerDay: null, endpointsMax: null };
  const names = { tenant: walletTenantId(wallet), name: `wallet ${wallet}`, wallet };
  const fresh: Tenant = { ...names, limits, createdAtMs: ports.nowMs() };
  return found((await store.tenant(await store.tenantOfWallet(wallet, fresh))) ?? fresh);
}

export async function signIn(ports: Ports, { origin, body }: Input): Promise<SignedIn> {
  const { accounts, settings } = ports;
  const now = ports.nowMs();
  const place = placeOf(settings, origin);
  if (place === null) return missing('forbidden', NO_PLACE);
  const read = readSiwe(body.message, { ...place, chainId: settings.chainId, nowMs: now });
  if (!read.ok) return missing('bad-body', read.detail);
  const { address, nonce } = read.value;
  const isFresh = NONCE_PATTERN.test(nonce) && (await accounts.store.takeNonce({ slot: slotOf(nonce), nonce }, now));
  if (!isFresh) return missing('unauthenticated', NONCE_GONE);
  if (!(await isSignedBy(address, body.message, body.signature))) return missing('unauthenticated', NOT_SIGNED);

  const tenant = await tenantFor(ports, address.toLowerCase() as Hex);
  if (!tenant.ok) return tenant;
  const wanted = { tenant: tenant.value.tenant, origin: 'sign-in', name: 'sign-in', scopes: USUAL_SCOPES } as const;
  const { row, told } = freshKey(accounts, { ...wanted, lifeSeconds: SIGN_IN_KEY_SECONDS }, now);
  const isStored = await accounts.store.addSignInKey(row, keyBounds(now, SIGN_IN_KEYS_LIVE_MAX));
  return isStored ? found({ tenant: tenantItem(tenant.value), key: told }) : missing('conflict', TOO_MANY);
}

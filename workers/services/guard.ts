// Stands before every request to an address that somebody else supplied: only public hosts over https, unless the operator
// has named a host. Between this look-up and the connection's own the name may change (docs/ARCHITECTURE.md says so).
import ipaddr from 'ipaddr.js';

export type Resolve = (host: string) => Promise<readonly string[]>;
export type Guarded = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly why: string };

const refuse = (why: string): Guarded => ({ ok: false, why });

/** The one NAT64 prefix whose last four bytes are the IPv4 address; a network's own prefix may hold it anywhere (RFC 6052). */
const NAT64 = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/** Whether an address literal, mapped and NAT64 forms unwrapped, is one of the public internet. */
export function isPublicAddress(literal: string): boolean {
  if (!ipaddr.isValid(literal)) return false;
  const parsed = ipaddr.process(literal); // unwraps ::ffff:a.b.c.d
  if (parsed.kind() === 'ipv4') return parsed.range() === 'unicast';
  const bytes = parsed.toByteArray();
  if (NAT64.every((byte, i) => bytes[i] === byte)) return isPublicAddress(bytes.slice(12).join('.'));
  // Only 2000::/3 is given out; the rest holds forms like ::127.0.0.1 that a library may call unicast.
  return parsed.range() === 'unicast' && (bytes[0] ?? 0) >> 5 === 1;
}

/** @param allowHttpHosts lower-case host names that may be plain http and private */
export async function guard(address: string, allowHttpHosts: ReadonlySet<string>, resolve: Resolve): Promise<Guarded> {
  if (!URL.canParse(address)) return refuse('not a URL');
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return refuse('credentials in the URL');
  // Paths are appended to the text: behind a `?` or `#` they would be no path, and whoever supplied the address would choose
  // what is asked of a third party's server. An empty one does the same, and `search` and `hash` don't show it.
  if (/[?#]/.test(address)) return refuse('a query or a fragment in the URL');
  const host = url.hostname.toLowerCase();
  if (allowHttpHosts.has(host) && (url.protocol === 'http:' || url.protocol === 'https:')) return { ok: true, url };
  if (url.protocol !== 'https:') return refuse('not https');
  const literal = host.startsWith('[') ? host.slice(1, -1) : host;
  if (ipaddr.isValid(literal)) return isPublicAddress(literal) ? { ok: true, url } : refuse('not a public address');
  const addresses = await resolve(host);
  if (addresses.length === 0) return refuse('a name without addresses');
  return addresses.every(isPublicAddress) ? { ok: true, url } : refuse('a name with an address that is not public');
}

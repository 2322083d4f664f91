// Addresses that no request may reach, however they are written, and names that their owners point where they like. The guard decides on
// all of them alone: nothing is asked of the network.
import type { Resolve } from '../../workers/services/guard.ts';

/** Private, reserved or special IPv4 addresses, each of which has many spellings. */
const V4 = [
  ...[
    '127.0.0.1',
    '127.255.255.254',
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.255.1',
  ],
  ...['169.254.169.254', '169.254.0.1', '100.64.0.1', '100.127.255.255', '0.0.0.0', '0.1.2.3', '192.0.0.1', '192.0.2.7'],
  ...['198.18.0.1', '198.51.100.1', '203.0.113.9', '224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255', '192.88.99.1'],
];

function spellings(address: string): string[] {
  const bytes = address.split('.').map(Number);
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const hex = (n: number, width = 0): string => n.toString(16).padStart(width, '0');
  const wide = address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))); // full-width digits
  const mapped = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  const hosts = [
    ...[address, `${address}.`, String(number), `0x${hex(number)}`, `0${number.toString(8)}`],
    ...[bytes.map((byte) => `0x${hex(byte)}`).join('.'), bytes.map((byte) => `0${byte.toString(8)}`).join('.')],
    ...[`${a}.${b * 65536 + c * 256 + d}`, `${a}.${b}.${c * 256 + d}`, wide, address.replaceAll('.', '。')],
    ...[`%3${a.toString()[0] ?? '0'}${address.slice(1)}`], // a percent-encoded digit
  ];
  const v6 = [
    `::ffff:${address}`,
    `::ffff:${mapped}`,
    `::${address}`,
    `::${mapped}`,
    `64:ff9b::${mapped}`,
    `64:ff9b:1::${mapped}`,
  ];
  const tunnels = [`2002:${mapped}::`, `2001:0:${mapped}::1`, `::ffff:0:${mapped}`];
  return [...hosts, ...[...v6, ...tunnels].map((host) => `[${host}]`)].map((host) => `https://${host}/`);
}

const V6 = [
  ...['::', '::1', 'fe80::1', 'febf::1', 'fec0::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', 'ff0e::1', '100::1', '100:0:0:1::1'],
  ...['2001:db8::1', '3fff::1', '5f00::1', '2001::1', '2001:10::1', '2001:2::1', '2002::1', '64:ff9b:1::1', '1::1', '200::1'],
  ...['4000::1', '8000::1', 'e000::1', '0:0:0:1::1', '::1:0:0', '64:ff9b:1:7f00:0:100:808:808', '::ffff:7f00:1'],
].map((host) => `https://[${host}]/`);

const WRITTEN_OTHERWISE = [
  // other schemes, plain http
  ...[
    'http://example.com/',
    'http://8.8.8.8/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'ws://example.com/',
  ],
  ...['javascript:alert(1)', 'gopher://example.com/', 'blob:https://example.com/x', 'about:blank', 'HTTP://EXAMPLE.COM/'],
  // credentials
  ...['https://user@example.com/', 'https://user:pass@example.com/', 'https://:pass@example.com/', 'https://8.8.8.8@127.0.0.1/'],
  ...['https://example.com%40127.0.0.1/', 'https://example.com:443@10.0.0.1/', 'https://allowed.test@example.com/'],
  // queries and fragments, empty ones too: a path behind them is none
  ...[
    'https://8.8.8.8/admin?',
    'https://8.8.8.8/admin?do=this&x=',
    'https://8.8.8.8?',
    'https://8.8.8.8/x#',
    'https://8.8.8.8/#/y',
  ],
  ...['https://[2606:4700::1111]/a?#', 'https://allowed.test/?', 'https://allowed.test/admin#', 'http://allowed.test?x=1'],
  // no URLs
  ...['', ' ', 'example.com', '//example.com/', 'https://', 'https:///', 'https://[', 'https://[::1', 'https://exa mple.com/'],
  ...['https://256.256.256.256/', 'https://1.2.3.4.5/', 'https://0x100000000/', 'https://4294967296/', 'https://[::1%25eth0]/'],
  ...['https://[fe80::1%25eth0]/', 'https://[fe80::1%eth0]/', 'https://[::ffff:127.0.0.1%25lo]/', 'https://example.com:99999/'],
  // with back slashes, tabs and new lines, which URL parsing folds
  ...[
    'https:\\\\127.0.0.1\\',
    'https://127.0.0.1\\@example.com/',
    'https://127.0.\t0.1/',
    'ht\ntps://127.0.0.1/',
    'https:127.0.0.1',
  ],
  // circled and other digits of Unicode
  ...['https://①②⑦.⓪.⓪.①/', 'https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/', 'https://𝟙𝟚𝟟.0.0.1/', 'https://1０.0.0.1/', 'https://127｡0｡0｡1/'],
  // names of this machine, if anybody answered for them
  ...['https://localhost/', 'https://localhost./', 'https://LOCALHOST/', 'https://a.localhost/', 'https://ⓛocalhost/'],
  ...['https://ip6-localhost/', 'https://localhost.localdomain/', 'https://lоcalhost/', 'https://metadata.google.internal/'],
  ...['https://router.local/', 'https://intranet/', 'https://kubernetes.default.svc/'],
];

/** Names whose owners point them where they like. */
const NAMES: Record<string, readonly string[]> = {
  ...{ 'loop.test': ['127.0.0.1'], 'mixed.test': ['8.8.8.8', '10.0.0.1'], 'mixed-last.test': ['8.8.8.8', '1.1.1.1', '::1'] },
  ...{
    'ula.test': ['fd00::1'],
    'mapped.test': ['::ffff:127.0.0.1'],
    'compatible.test': ['::127.0.0.1'],
    'nat64.test': ['64:ff9b::a00:1'],
  },
  ...{
    'metadata.test': ['169.254.169.254'],
    'zone.test': ['fe80::1%eth0'],
    'empty.test': [],
    'garbage.test': ['not an address'],
  },
  ...{
    'mixed-garbage.test': ['8.8.8.8', ''],
    'cgn.test': ['100.64.1.1'],
    'decimal.test': ['2130706433'],
    'six.test': ['2002:7f00:1::'],
  },
};
/** The double of the resolver: only these names have addresses, and each has at least one that is not public, or none. */
export const resolveHostile: Resolve = async (host) => NAMES[host.replace(/\.$/, '')] ?? [];
const NAMED = Object.keys(NAMES).flatMap((name) => [
  `https://${name}/`,
  `https://${name}./x`,
  `https://${name.toUpperCase()}:8443/`,
]);

export const HOSTILE: readonly string[] = [...V4.flatMap(spellings), ...V6, ...WRITTEN_OTHERWISE, ...NAMED];

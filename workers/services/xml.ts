// Text from outside within XML: feeds and badges.

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
// Characters that XML 1.0 has no way to say are left out.
const UNSAYABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g;

/** Between tags and within quotes of either kind. */
export const escapeXml = (text: string): string => text.replace(UNSAYABLE, '').replace(/[&<>"']/g, (char) => NAMED[char] ?? '');

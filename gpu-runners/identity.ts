// The node's identity: one P-256 key, made at the first start and kept for good, because the node id is the hash of its public
// half. The file is written whole or not at all, readable by its owner only, and never replaced: a damaged one is refused.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign as ecdsaSign, type KeyObject } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { toHex, type Hex } from '../protocol/bytes.ts';
import { nodeIdOf, normalizeLowS, type PublicKey } from '../protocol/receipts.ts';
import { KEY_FILE_BYTES_MAX } from './limits.ts';

/** What the server needs of an identity; the private key does not leave it. */
export type NodeSigner = {
  readonly nodeId: Hex;
  readonly publicKey: PublicKey;
  /** 64 bytes `r ‖ s` over SHA-256 of the payload, s in the lower half of the order. */
  sign(payload: Uint8Array): Uint8Array;
};

export class IdentityError extends Error {
  override readonly name = 'IdentityError';
}

export const keyFileOf = (dataDirectory: string): string => join(dataDirectory, 'node-key.pem');

function writeOnce(file: string, text: string): void {
  const draft = `${file}.${String(process.pid)}.new`;
  rmSync(draft, { force: true });
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file); // unlike a rename, fails if a second start was faster
    rmSync(draft);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') rmSync(draft);
    else renameSync(draft, file); // a file system without hard links
  }
}

function readKey(file: string): KeyObject {
  const { mode, size } = statSync(file);
  const damaged = `${file} is not a P-256 private key in PEM form. Restore it from a backup; only if the node was never registered, delete it.`;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new IdentityError(`${file} can be read by other users of this machine. Run: chmod 600 ${file}`);
  }
  if (size > KEY_FILE_BYTES_MAX) throw new IdentityError(damaged);
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file));
  } catch {
    throw new IdentityError(damaged); // without the cause: it could quote the file
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new IdentityError(damaged);
  return key;
}

/** A signer around a private key of the curve P-256. */
export function signerOf(key: KeyObject): NodeSigner {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = { x: coordinate(jwk.x), y: coordinate(jwk.y) };
  return {
    nodeId: nodeIdOf(publicKey),
    publicKey,
    sign: (payload) => normalizeLowS(ecdsaSign('sha256', payload, { key, dsaEncoding: 'ieee-p1363' })),
  };
}

function coordinate(base64url: string | undefined): Hex {
  const bytes = Buffer.from(base64url ?? '', 'base64url');
  if (bytes.length !== 32) throw new IdentityError('a coordinate of the public key is not 32 bytes long');
  return toHex(bytes);
}

export const freshSigner = (): NodeSigner => signerOf(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);

/** The identity in this directory, made if there is none. Throws IdentityError with a sentence for the operator. */
export function openIdentity(dataDirectory: string): { signer: NodeSigner; created: boolean } {
  const file = keyFileOf(dataDirectory);
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const exists = statSync(file, { throwIfNoEntry: false }) !== undefined;
  if (!exists) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    writeOnce(file, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  }
  return { signer: signerOf(readKey(file)), created: !exists };
}

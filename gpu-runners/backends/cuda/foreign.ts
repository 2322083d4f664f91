// Functions of shared libraries, through koffi. koffi is optional: where it, or a library, is missing, the caller says in one
// sentence what the operator can do about it.
import { DeviceError } from '../engine.ts';

/** What goes into a foreign function: numbers, addresses, bytes (by pointer), arrays for out parameters. */
export type Foreign = (...args: readonly unknown[]) => unknown;
export type Library = {
  /** @param definition a C prototype, as koffi reads it. @throws Error where the library has no such function */
  readonly bind: (definition: string) => Foreign;
};
/** Opens the first of these names that there is; null where there is none. */
export type OpenLibrary = (names: readonly string[]) => Library | null;
/** The address of bytes: they must be kept from the garbage collector as long as it is used. */
export type AddressOf = (bytes: Uint8Array) => bigint;

export type ForeignInterface = { readonly open: OpenLibrary; readonly addressOf: AddressOf };

/** @throws DeviceError absent where koffi is not installed or has no prebuilt library for this platform */
export async function foreignInterface(): Promise<ForeignInterface> {
  const koffi = await import('koffi').then(
    (module) => module.default,
    () => null,
  );
  if (koffi === null) {
    const message = 'CUDA needs the package koffi, which is not installed: run "npm ci" with optional dependencies.';
    throw new DeviceError('absent', message);
  }
  const open: OpenLibrary = (names) => {
    for (const name of names) {
      try {
        const library = koffi.load(name);
        return {
          bind(definition) {
            const bound: Foreign = library.func(definition);
            return bound;
          },
        };
      } catch {
        continue; // the next name, or null: the caller knows what the library is for
      }
    }
    return null;
  };
  return { open, addressOf: (bytes) => koffi.address(bytes) };
}

// Where a device process's code is: the command `device` of the runner itself. In the bundle (build.mjs) that is the bundle's own
// file, so that a package holds one.
export const DEVICE_URL: URL = new URL('../../main.ts', import.meta.url);

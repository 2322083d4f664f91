// Takes a port, so that it can be registered, and lets it go again.
import type { Behaviour } from '../behaviour.ts';

export const closedPort: Behaviour = (parts) => ({
  ...parts,
  async listen(server, settings) {
    const port = await parts.listen(server, settings);
    await new Promise((resolve) => server.close(resolve));
    return port;
  },
});

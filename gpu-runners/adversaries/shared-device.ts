// Where the processes of several identities meet that have one device between them: a line on a loopback port. Who comes first opens the
// port and keeps the line; everybody in it is told, at each change, how many came before and how many there are. A process that ends
// has left, whatever it was doing.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Standing = { readonly before: number; readonly together: number };

export type Place = {
  readonly standing: () => Standing;
  /** Resolves at the next change. */
  readonly change: () => Promise<void>;
  readonly leave: () => void;
};

export type Line = { readonly join: () => Promise<Place>; readonly close: () => Promise<void> };

const HOST = '127.0.0.1';
const RETRY_MS = 20;
const TRIES_MAX = 250;

/** @param line who is in it, in order */
function keeper(line: Socket[]): Server {
  const tell = (): void => {
    for (const [before, socket] of line.entries()) socket.write(Uint8Array.of(before, line.length));
  };
  return createServer({ noDelay: true }, (socket) => {
    line.push(socket);
    tell();
    socket.on('error', () => undefined);
    socket.on('data', () => undefined); // or its end is never seen
    socket.once('close', () => {
      line.splice(line.indexOf(socket), 1);
      tell();
    });
  });
}

type Kept = { readonly end: () => void };

/** Null when another process has the port. */
function keep(port: number): Promise<Kept | null> {
  return new Promise((resolve) => {
    const line: Socket[] = [];
    const server = keeper(line);
    server.once('error', () => {
      resolve(null);
    });
    server.listen(port, HOST, () => {
      server.unref();
      resolve({
        end() {
          server.close();
          for (const socket of [...line]) socket.destroy();
        },
      });
    });
  });
}

function enter(port: number): Promise<Place> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST);
    socket.setNoDelay(true);
    let standing: Standing | null = null;
    let waiting = Promise.withResolvers<undefined>();
    const place: Place = {
      standing: () => standing ?? { before: 0, together: 1 },
      change: () => waiting.promise,
      leave: () => {
        socket.destroy();
      },
    };
    socket.once('error', reject);
    socket.once('close', () => {
      standing = { before: 0, together: 1 }; // there is no line any more
      waiting.resolve(undefined);
    });
    socket.on('data', (bytes) => {
      const [before, together] = bytes.subarray(bytes.length - (bytes.length % 2) - 2);
      standing = { before: before ?? 0, together: together ?? 1 };
      resolve(place);
      waiting.resolve(undefined);
      waiting = Promise.withResolvers<undefined>();
    });
  });
}

/** @param port the same for all that share the device */
export function lineAt(port: number): Line {
  let kept: Kept | null = null;
  return {
    async join() {
      for (let tries = 1; ; tries++) {
        kept ??= await keep(port);
        try {
          return await enter(port);
        } catch (error) {
          if (tries === TRIES_MAX) throw error; // whoever kept the line has just ended: the next one takes over
          await sleep(RETRY_MS);
        }
      }
    },
    close() {
      kept?.end();
      return Promise.resolve();
    },
  };
}

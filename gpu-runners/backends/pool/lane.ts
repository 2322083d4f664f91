// One run of a host as the pool sees it: messages in both directions, and its end, which comes once and says why.
import type { FromHost, ToHost } from './messages.ts';

export type LaneEvents = {
  message(message: FromHost): void;
  /** It is gone, and with it all that it kept. @param why a short sentence that may be shown to anybody; @param detail for the log */
  ended(why: string, detail: string): void;
};

export type Lane = {
  send(message: ToHost): void;
  /** Ends it whatever it does; `ended` is called as well. */
  end(): Promise<void>;
};

export type StartLane = (events: LaneEvents) => Lane;

// Limits of what is read from an archive, whoever serves it. All in bytes unless a name says otherwise.
import { CHUNK_BYTES_MAX } from '../../protocol/archive.ts';

/** About 30,000 beacon rounds, or four days of one-second rounds. */
export const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;
export const POLICY_BYTES_MAX = 256 * 1024;
/** 1 GiB of records: as many as one replay handles (protocol/replay). */
export const CHUNKS_MAX = 128;
/** A record line has at least 560 bytes. */
export const CHUNK_RECORDS_MAX = 16_384;
export const ROUNDS_MAX = 32_768;
/** Above the largest job's answers (1,025 openings of at most 2 KiB); a usual transcript has 95 kB. */
export const TRANSCRIPT_BYTES_MAX = 4 * 1024 * 1024;
/** Chunks and transcripts. */
export const OBJECT_BYTES_MAX = Math.max(CHUNK_BYTES_MAX, TRANSCRIPT_BYTES_MAX);
/** A bundle, unpacked: it is one JSON text, and engines end strings at 512 MiB. About 3,000 usual transcripts. */
export const BUNDLE_BYTES_MAX = 400 * 1024 * 1024;
export const BUNDLE_OBJECTS_MAX = 100_000;

// What validators tell one another (network.ts).
/** Seats, times the rounds of an epoch, times two for evidence. */
export const STATEMENTS_MAX = 31 * 16 * 2;
export const OBJECTIONS_MAX = 31 * 8;
/** Seats times the longest window. */
export const REPORT_SET_MAX = 31 * 200;
export const LEAVES_MAX = 200_000;
export const PEER_JSON_BYTES_MAX = 2_000_000;
export const LEAVES_BYTES_MAX = 64_000_000;

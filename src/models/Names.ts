/**
 * What a server chooses by itself: identifiers, versions, times, random words.
 * Passed into every model, so that a model is a function: counters in memory,
 * canonical names in the checker.
 */
export interface Names {
  /** A uid that no object of this state has. */
  readonly uid: (state: Counters, slot: Slot) => string
  /** The resourceVersion of the next write; in memory a decimal number that grows. */
  readonly resourceVersion: (state: Counters, slot: Slot) => string
  /** Five characters for `generateName`; `attempt` from 0, until a name is free. */
  readonly suffix: (state: Counters, slot: Slot, attempt: number) => string
  /** Milliseconds since 1970. */
  readonly nowMillis: number
  readonly password: () => string
  /** Forty hexadecimal digits that no server process of this network had. */
  readonly runId: (state: Chosen, address: string) => string
  /** Forty hexadecimal digits that no replication history of this network had. */
  readonly replid: (state: Chosen, address: string) => string
}

/** Where an object is stored: its kind (`group/plural`) and path. */
export interface Slot {
  readonly key: string
  readonly path: string
}

/** How many objects were created and how many writes were made: what the counters of a state say. */
export interface Counters {
  readonly created: number
  readonly revision: number
}

/** How many run and replication ids the servers of a network have chosen. */
export interface Chosen {
  readonly chosen: number
}

const alphabet = "bcdfghjklmnpqrstvwxz2456789"

const letters = (count: number, size: number): string => {
  let text = ""
  for (let rest = count; text.length < size; rest = Math.floor(rest / alphabet.length)) {
    text = alphabet[rest % alphabet.length]! + text
  }
  return text
}

/** Names that count: the same requests at the same times give the same names. */
export const counting = (nowMillis: number): Names => ({
  uid: ({ created }) => `00000000-0000-4000-8000-${String(created + 1).padStart(12, "0")}`,
  resourceVersion: ({ revision }) => String(revision + 1),
  suffix: ({ created }) => letters(created * 7919 + 104_729, 5),
  nowMillis,
  password: () => `password-of-the-memory-interpreter-${nowMillis}`,
  runId: ({ chosen }) => `5e${String(chosen + 1).padStart(38, "0")}`,
  replid: ({ chosen }) => `1d${String(chosen + 1).padStart(38, "0")}`
})

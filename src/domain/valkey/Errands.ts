/**
 * What the Sentinel program does that no failover waits for: one that is refused
 * is tried again later, less and less often, while everything else goes on.
 */

/** `Route`: the client Service; `Publish`: the topology record; `Report`: what people read in the status. */
export type Errand = "Route" | "Publish" | "Report"

/** Of an errand that was refused. */
export interface Refused {
  /** In a row; stops counting where the pause stops growing. */
  readonly tries: number
  /** Until the next try. */
  readonly millis: number
  /** What was answered last. */
  readonly why: string
}

export type Errands = { readonly [E in Errand]?: Refused }

export const none: Errands = {}

const pauseMillis = 100
const maxPauseMillis = 5000
/** Refused so often, it is no race that was lost, and no moment without a server: people are told. */
const notedTries = 4

const pauseAfter = (tries: number): number =>
  tries === 0 ? 0 : Math.min(pauseMillis * 2 ** (tries - 1), maxPauseMillis)

export const isDue = (errands: Errands, errand: Errand): boolean => (errands[errand]?.millis ?? 0) <= 0

export const done = (errands: Errands, errand: Errand): Errands => {
  const { [errand]: _, ...others } = errands
  return others
}

export const refused = (errands: Errands, errand: Errand, why: string): Errands => {
  const before = errands[errand]?.tries ?? 0
  const tries = pauseAfter(before) < maxPauseMillis ? before + 1 : before
  return { ...errands, [errand]: { tries, millis: pauseAfter(tries), why } }
}

/** Without a pause: whoever knows more by the next look may try then. */
export const due = (errands: Errands, errand: Errand): Errands => {
  const one = errands[errand]
  return one === undefined ? errands : { ...errands, [errand]: { ...one, millis: 0 } }
}

export const aged = (errands: Errands, millis: number): Errands =>
  Object.fromEntries(
    Object.entries(errands).map(([errand, one]) => [errand, { ...one, millis: Math.max(0, one.millis - millis) }])
  )

/** What keeps being refused, as people read it. */
export const complaints = (errands: Errands): ReadonlyArray<string> =>
  Object.values(errands)
    .filter(({ tries }) => tries >= notedTries)
    .map(({ why }) => why)

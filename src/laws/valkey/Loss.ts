/** inv-I11: what clients were promised and is gone, beside what was declared. */
import type { LastFailover } from "../../domain/valkey/Intent.ts"

/** A write that a client was answered OK to. */
export interface Acknowledged {
  readonly key: string
  readonly bytes: number
  readonly atMillis: number
}

export interface Declared extends Pick<LastFailover, "lossBytes" | "lossMillis"> {
  /** When the new primary was recorded. */
  readonly atMillis: number
}

/** Undefined: each lost write falls into the window, and all together into the bytes, of what was declared. */
export const undeclared = (lost: ReadonlyArray<Acknowledged>, declared: Declared): string | undefined => {
  const { atMillis, lossBytes, lossMillis } = declared
  const early = lost.find((one) => lossMillis >= 0 && one.atMillis < atMillis - lossMillis)
  if (early !== undefined)
    return `${early.key} was acknowledged ${atMillis - early.atMillis} ms before, ${lossMillis} were declared`
  const bytes = lost.reduce((sum, one) => sum + one.bytes, 0)
  return lossBytes >= 0 && bytes > lossBytes ? `${bytes} bytes are lost, ${lossBytes} were declared` : undefined
}

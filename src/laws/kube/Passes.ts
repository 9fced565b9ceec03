/** What is true of the passes of any controller (anvil:3.4, runtime liveness). */
import { leadsTo } from "../../domain/check/Properties.ts"
import type { Property, Read } from "../../domain/check/System.ts"
import { type Key, keyText } from "../../domain/Controller.ts"
import type { Parts } from "../../models/closed/Parts.ts"

type Passes = Readonly<Record<string, { readonly isStarted: boolean } | undefined>>

/**
 * Every pass of this controller on this key, in this process, ends, wherever it
 * has come to. The next one may be granted already: it has not begun.
 */
export const passesEnd = (operator: string, controller: string, key: Key): Property<Parts> => {
  const text = keyText(key)
  const isUnderWay = (read: Read<Parts>): boolean =>
    // The passes of a process are a record by key.
    (read(`${operator}/passes of ${controller}`) as Passes)[text]?.isStarted === true
  return leadsTo(`every pass of ${controller} on ${text} ends (${operator})`, isUnderWay, (read) => !isUnderWay(read))
}

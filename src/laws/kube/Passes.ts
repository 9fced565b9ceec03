/** What is true of the passes of any controller (anvil:3.4, runtime liveness). */
import { leadsTo } from "../../domain/check/Properties.ts"
import type { Property, Read } from "../../domain/check/System.ts"
import type { Parts } from "../../models/closed/Parts.ts"

const isBusy = (read: Read<Parts>, component: string): boolean =>
  // The passes of a process are a record by key.
  Object.keys(read(component) as object).length > 0

/** Every pass of this controller in this process ends, wherever it has come to. */
export const passesEnd = (operator: string, controller: string): Property<Parts> => {
  const component = `${operator}/passes of ${controller}`
  return leadsTo(
    `every pass of ${controller} ends (${operator})`,
    (read) => isBusy(read, component),
    (read) => !isBusy(read, component)
  )
}

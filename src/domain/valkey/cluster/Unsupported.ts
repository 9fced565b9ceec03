/**
 * Fields of the spec that are not built yet: set to something, they stop the
 * pass with a condition instead of being ignored in silence (`gungnir:W21`).
 */
import type { Violation } from "../../kube/Rule.ts"
import type { Spec } from "./Spec.ts"

export const unsupportedSpec = (spec: Spec): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const not = (field: string, remedy: string) => found.push({ field, message: `${field} is not built yet: ${remedy}` })
  if (spec.tls?.enabled === true) not("spec.tls.enabled", "set it to false")
  if (spec.metrics?.enabled === true) not("spec.metrics.enabled", "set it to false")
  if (spec.sentinel.failoverTimeoutMs !== undefined) not("spec.sentinel.failoverTimeoutMs", "remove it")
  if (spec.restoreFrom !== undefined) not("spec.restoreFrom", "remove it and load the data by hand")
  return found
}

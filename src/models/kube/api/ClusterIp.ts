/**
 * Addresses of Services: the lowest free one of the service network.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import { valueAt } from "./FieldSelector.ts"
import { all, keyOf, type State } from "./Store.ts"

/** Of 10.96.0.0/16; the first ten are left to the cluster's own services. */
export const clusterIp = (state: State): string => {
  const used = new Set([...all(state, keyOf(Kinds.Service)).values()].map((one) => valueAt(one, ["spec", "clusterIP"])))
  let host = 10
  while (used.has(address(host))) host++
  return address(host)
}

const address = (host: number): string => `10.96.${host >> 8}.${host & 255}`

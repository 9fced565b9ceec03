/**
 * Addresses of pods: a pure choice from what is in use, so that the world is
 * the same in whatever order pods start.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import type { View } from "./BuiltIn.ts"
import { isFinished, type Pod, uidOf } from "./Shapes.ts"

/** The address of a pod that has none yet. */
export type Addresses = (view: View, pod: Pod) => string

const size = 65_534

const numbered = (index: number): string => `10.244.${(index + 1) >> 8}.${(index + 1) & 255}`

/** From the last digits of the uid: an address comes back only after long, as with real allocators. */
export const spread: Addresses = (view, pod) => {
  const taken = new Set(
    view
      .list<Pod>(Kinds.Pod)
      .filter((other) => !isFinished(other))
      .map(({ status }) => status?.podIP)
  )
  const digits = uidOf(pod)
    .replace(/[^0-9a-f]/g, "")
    .slice(-8)
  const start = (Number.parseInt(digits, 16) || 0) % size
  for (let step = 0; step < size; step++) {
    const address = numbered((start + step) % size)
    if (!taken.has(address)) return address
  }
  return numbered(start)
}

/**
 * Who acts in a step and whom it reaches, from names alone: an action is named
 * "<lane>: <what>" (a fault without a lane is the world's), a component "<lane>"
 * or "<lane>/<part>". What pods run is found by the pods that run it.
 */
import type { Difference, Step, Trace } from "../../../domain/check/Trace.ts"
import * as Delta from "./Delta.ts"
import * as Plain from "./Plain.ts"

/** What a reader must not overlook in a step; `fault`: anything else that is paid from a budget. */
export type Mark = "crash" | "stale" | "fault"

const laneOf = (component: string): string => component.split(/\/|: /)[0]!.replace(/^api\..*/, "api")

export const actorOf = ({ action, changes, cost }: Step): string => {
  const at = action.indexOf(": ")
  if (at > 0) return action.slice(0, at)
  if (cost !== undefined) return "world"
  const [first] = changes
  return first === undefined ? action.split(" ")[0]! : laneOf(first.component)
}

/** What the actor does, without its name. */
export const deedOf = ({ action, key }: Step): string => {
  const at = action.indexOf(": ")
  return `${at > 0 ? action.slice(at + 2) : action} ${key}`.trim()
}

export const markOf = ({ action, cost, key, says }: Step): Mark | undefined => {
  const words = `${action} ${key} ${says} ${cost ?? ""}`.toLowerCase()
  if (/\b(crash|crashes|crashed|killed|restarted)\b/.test(words) && cost !== undefined) return "crash"
  if (/\bstale\b/.test(words)) return "stale"
  return cost === undefined ? undefined : "fault"
}

/** Of a container by its key, its disk and the endpoint of its server: the pod, as a lane. */
type Pods = ReadonlyMap<string, string>

const podsIn = (cells: unknown): ReadonlyArray<readonly [string, string]> => {
  const json = Plain.encode(cells)
  if (!Plain.isObject(json)) return []
  return Object.entries(json).flatMap(([key, cell]) => {
    if (!Plain.isObject(cell)) return []
    const { disk, endpoint, pod } = cell
    const name = pod !== undefined && Plain.isObject(pod) ? pod["name"] : undefined
    if (typeof name !== "string") return []
    return [key, disk, endpoint].flatMap((one) => (typeof one === "string" ? [[one, `node ${name}`] as const] : []))
  })
}

const podsOf = ({ cycle, initial, stem }: Trace): Pods => {
  const changes = [...stem, ...cycle].flatMap((step) => step.changes)
  const cells = changes.flatMap(({ after, component }) => (component === "cells" ? [after] : []))
  return new Map([initial["cells"], ...cells].flatMap(podsIn))
}

/** The components of `models/closed` that hold what several pods run; where in their paths the pod is. */
const shared: Readonly<Record<string, number>> = { cells: 0, disks: 0, valkey: 1 }

const lanesOfDifference = ({ after, before, component }: Difference, pods: Pods): ReadonlyArray<string> => {
  const depth = shared[component]
  if (depth === undefined) return [laneOf(component)]
  return Delta.between(Plain.encode(before), Plain.encode(after)).map(({ path }) => {
    const key = path[depth]
    return path[0] === "cuts" ? "network" : (pods.get(String(key)) ?? (key === undefined ? component : `node ${key}`))
  })
}

export interface Lanes {
  /** Those that take part, actors first. */
  readonly names: ReadonlyArray<string>
  /** The other lanes whose components the step changed. */
  readonly reachedBy: (step: Step) => ReadonlyArray<string>
}

export const of = (trace: Trace): Lanes => {
  const pods = podsOf(trace)
  const reachedBy = (step: Step): ReadonlyArray<string> => {
    const reached = new Set(step.changes.flatMap((difference) => lanesOfDifference(difference, pods)))
    reached.delete(actorOf(step))
    return [...reached]
  }
  const steps = [...trace.stem, ...trace.cycle]
  const acting = new Set(steps.map(actorOf))
  const reached = new Set(steps.flatMap(reachedBy))
  const known = [...new Set(Object.keys(trace.initial).map(laneOf))]
  const place = (lane: string) => {
    const at = known.indexOf(lane)
    return (acting.has(lane) ? 0 : 1000) + (at < 0 ? (acting.has(lane) ? -1 : 999) : at)
  }
  const nodes = (lane: string) => (lane.startsWith("node ") ? 10_000 : 0)
  const names = [...new Set([...acting, ...reached])].toSorted(
    (one, other) => place(one) + nodes(one) - place(other) - nodes(other) || (nodes(one) > 0 && one > other ? 1 : 0)
  )
  return { names, reachedBy }
}

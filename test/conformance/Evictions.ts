/** Steps about evictions: pods that run, budgets over them, and who asks. */
import { ContentType } from "../../src/domain/kube/Wire.ts"
import { conditions, type Maker, where } from "./Drawn.ts"
import type { Random } from "./Random.ts"

const budgets = { group: "policy", version: "v1", resource: "poddisruptionbudgets" } as const

const nameOf = (random: Random): string => random.pick(["most", "most", "most", "more"])

/** One budget, and sometimes another, for everybody or for whoever has the label that half of the pods have. */
export const budget: Maker = ({ place, random }) => {
  const body = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: nameOf(random) },
    spec: {
      minAvailable: 1,
      selector: random.pick([{ matchLabels: { app: "a" } }, {}, {}]),
      ...(random.chance(0.2) ? { unhealthyPodEvictionPolicy: random.pick(["AlwaysAllow", "IfHealthyBudget"]) } : {})
    }
  }
  const query = { fieldManager: "writer" }
  return {
    what: "create of a budget",
    request: () => ({ verb: "create", ...budgets, namespace: place.namespace, query, body })
  }
}

/** What a controller would say of a budget, and then what evictions have made of it. */
export const observed: Maker = ({ place, random }) => {
  const at = { ...budgets, namespace: place.namespace, name: nameOf(random) }
  if (random.chance(0.3)) return { what: "get of a budget", request: () => ({ verb: "get", ...at }) }
  const status = {
    disruptionsAllowed: random.pick([0, 1, 1, 2]),
    currentHealthy: random.pick([1, 3]),
    desiredHealthy: random.pick([0, 1, 2]),
    expectedPods: 3,
    observedGeneration: random.pick([0, 1, 1, 1])
  }
  const query = { fieldManager: "controller" }
  const contentType = ContentType.merge
  return {
    what: "patch of a budget's status",
    request: () => ({ verb: "patch", ...at, subresource: "status", query, contentType, body: { status } })
  }
}

/** Runs, and is ready or is not: what budgets protect. */
export const running: Maker = (drawn) => {
  const status = { phase: "Running", conditions: [{ type: "Ready", status: drawn.random.pick(["True", "False"]) }] }
  return {
    what: "patch of status",
    request: () => ({
      verb: "patch",
      ...where(drawn),
      subresource: "status",
      query: { fieldManager: "kubelet" },
      contentType: ContentType.merge,
      body: { status }
    })
  }
}

export const evict: Maker = (drawn) => {
  const { random } = drawn
  // A condition that is not met is tried again for longer than anybody waits for an answer.
  const isOfThis = random.chance(0.2)
  const options = {
    ...(random.chance(0.2) ? { gracePeriodSeconds: random.pick([0, 5]) } : {}),
    ...(random.chance(0.1) ? { propagationPolicy: random.pick(["Background", "Wrong"]) } : {})
  }
  const query: Record<string, string> = random.chance(0.1) ? { dryRun: "All" } : {}
  const name = random.chance(0.05) ? "another" : drawn.name
  return {
    what: "eviction",
    request: (known) => {
      const preconditions = conditions("none", isOfThis ? "current" : "none", known)
      const some = Object.keys(preconditions).length > 0 ? { preconditions } : {}
      const deleteOptions = { ...options, ...some }
      const metadata = { name, namespace: drawn.place.namespace }
      const body = {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata,
        ...(Object.keys(deleteOptions).length > 0 ? { deleteOptions } : {})
      }
      return { verb: "create", ...where(drawn), subresource: "eviction", query, body }
    }
  }
}

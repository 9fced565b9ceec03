/** Small closed systems with known violations, for what is made of traces. */
import type * as System from "../../../src/domain/check/System.ts"
import type * as Judge from "../../../src/interpreters/check/report/Judge.ts"
import * as Rerun from "../../../src/interpreters/check/report/Rerun.ts"

interface Node {
  readonly role: "primary" | "replica"
  readonly isAlive: boolean
  readonly keys: ReadonlyArray<string>
}

interface Pass {
  readonly phase: "idle" | "promoting" | "writing"
  readonly primary?: string
}

/** Pods in which nothing happens: a state is large, a difference small. */
const pods = Array.from({ length: 40 }, (_, index) => ({
  metadata: { name: `v-${index}`, labels: { app: "valkey", "valkey/role": index === 0 ? "primary" : "replica" } },
  status: { ready: true, address: `10.0.0.${index}` }
}))

export type Failover = {
  readonly "operator-1": Pass
  readonly "operator-2": Pass
  readonly "api/service": { readonly primary: string; readonly resourceVersion: string }
  readonly "api/pods": typeof pods
  readonly "node v-0": Node
  readonly "node v-1": Node
}

type Operator = "operator-1" | "operator-2"
const idle: Pass = { phase: "idle" }
const nodes = ["v-0", "v-1"] as const

const operator = (name: Operator): ReadonlyArray<System.Action<Failover>> => [
  {
    name: `${name}: observe`,
    fairness: "weak",
    *outcomes(read) {
      if (read(name).phase !== "idle" || read("node v-0").isAlive) return
      yield { key: "v-0", set: { [name]: { phase: "promoting", primary: "v-1" } }, says: `${name} sees v-0 down` }
    }
  },
  {
    name: `${name}: stale observe`,
    fairness: { budget: "stale" },
    *outcomes(read) {
      if (read(name).phase !== "idle") return
      const says = `${name} reads a stale cache: v-0 is not there`
      yield { key: "v-0", set: { [name]: { phase: "promoting", primary: "v-1" } }, says }
    }
  },
  {
    name: `${name}: promote`,
    fairness: "weak",
    *outcomes(read) {
      if (read(name).phase !== "promoting") return
      const node: Node = { ...read("node v-1"), role: "primary" }
      const says = `REPLICAOF NO ONE -> v-1 is applied, <b>answered & "OK"</b>`
      yield { key: "v-1", set: { [name]: { phase: "writing", primary: "v-1" }, "node v-1": node }, says }
    }
  },
  {
    name: `${name}: patch`,
    fairness: "weak",
    *outcomes(read) {
      if (read(name).phase !== "writing") return
      const moved = read("api/pods").with(1, {
        ...pods[1]!,
        metadata: { name: "v-1", labels: pods[0]!.metadata.labels }
      })
      const service = { primary: "v-1", resourceVersion: read.unused("rv") }
      yield { key: "services/v", set: { [name]: idle, "api/service": service, "api/pods": moved } }
    }
  },
  {
    name: `${name}: crash`,
    fairness: { budget: "crash" },
    *outcomes(read) {
      if (read(name).phase !== "idle") yield { key: name, set: { [name]: idle }, says: `${name} crashes` }
    }
  }
]

const clients: System.Action<Failover> = {
  name: "client: write",
  fairness: { budget: "writes" },
  *outcomes(read) {
    for (const pod of nodes) {
      const node = read(`node ${pod}`)
      if (node.role !== "primary" || !node.isAlive) continue
      yield { key: pod, set: { [`node ${pod}`]: { ...node, keys: [...node.keys, `k${node.keys.length}`] } } }
    }
  }
}

/** Promotes on what may be stale, and fences nothing: two primaries at once. */
export const failover: System.System<Failover> = {
  name: "toy failover",
  initial: [
    {
      "operator-1": idle,
      "operator-2": idle,
      "api/service": { primary: "v-0", resourceVersion: "rv#0" },
      "api/pods": pods,
      "node v-0": { role: "primary", isAlive: true, keys: ["k0"] },
      "node v-1": { role: "replica", isAlive: true, keys: ["k0"] }
    }
  ],
  actions: [...operator("operator-1"), ...operator("operator-2"), clients],
  budgets: { stale: 2, crash: 1, writes: 2 },
  properties: [
    {
      _tag: "Always",
      name: "one primary",
      holds: (read) =>
        nodes.filter((pod) => read(`node ${pod}`).role === "primary" && read(`node ${pod}`).isAlive).length < 2
    }
  ]
}

export type Fight = {
  readonly edit: number
  readonly "red/seen": string
  readonly "blue/seen": string
  readonly "api/colour": string
  readonly "gc/garbage": ReadonlyMap<string, number>
}

const painter = (name: "red" | "blue"): ReadonlyArray<System.Action<Fight>> => [
  {
    name: `${name}: read`,
    fairness: "weak",
    *outcomes(read) {
      if (read(`${name}/seen`) === "") yield { key: "colour", set: { [`${name}/seen`]: read("api/colour") } }
    }
  },
  {
    name: `${name}: write`,
    fairness: "weak",
    *outcomes(read) {
      if (read(`${name}/seen`) !== "") yield { key: "colour", set: { [`${name}/seen`]: "", "api/colour": name } }
    }
  }
]

/** Two controllers that each want one object in their own colour, for ever. */
export const fight: System.System<Fight> = {
  name: "toy fight",
  initial: [{ edit: 0, "red/seen": "", "blue/seen": "", "api/colour": "none", "gc/garbage": new Map([["old", 1]]) }],
  actions: [
    ...painter("red"),
    ...painter("blue"),
    {
      name: "user: edit",
      fairness: { budget: "edit" },
      *outcomes(read) {
        yield { key: "spec", set: { edit: read("edit") + 1 }, says: "the user edits the spec" }
      }
    },
    {
      name: "gc: collect",
      fairness: "weak",
      *outcomes(read) {
        if (read("api/colour") === "red" && read("gc/garbage").size > 0)
          yield { key: "old", set: { "gc/garbage": new Map() } }
      }
    }
  ],
  budgets: { edit: 1 },
  properties: [
    {
      _tag: "Stabilizes",
      name: "the colour settles on red",
      premise: () => true,
      goal: (read) => read("api/colour") === "red"
    }
  ]
}

/** The run that takes these steps: "action key", or the index of a way among several. */
export const walk = <S extends System.Components>(
  system: System.System<S>,
  steps: ReadonlyArray<readonly [action: string, key: string, says?: string]>,
  cycleAt?: number
): Judge.Run<S> => {
  const states = [system.initial[0]!]
  const taken = steps.map(([name, key, says]) => {
    const possible = system.actions
      .filter((action) => action.name === name)
      .flatMap((action) => Rerun.outcomes(system, states.at(-1)!, action))
    const step = possible.find((one) => one.key === key && (says === undefined || one.says.includes(says)))
    if (step === undefined) throw new Error(`"${name}" ${key} is not possible here`)
    states.push(step.state)
    return step
  })
  return { states, steps: taken, cycleAt }
}

export const twoPrimaries = walk(failover, [
  ["client: write", "v-0"],
  ["operator-2: stale observe", "v-0"],
  ["operator-2: crash", "operator-2"],
  ["operator-1: stale observe", "v-0"],
  ["client: write", "v-0"],
  ["operator-1: promote", "v-1"],
  ["operator-1: patch", "services/v"]
])

export const endless = walk(
  fight,
  [
    ["user: edit", "spec"],
    ["red: read", "colour"],
    ["red: write", "colour"],
    ["gc: collect", "old"],
    ["red: read", "colour"],
    ["blue: read", "colour"],
    ["red: write", "colour"],
    ["blue: write", "colour"],
    ["red: read", "colour"],
    ["blue: read", "colour"],
    ["red: write", "colour"],
    ["blue: write", "colour"]
  ],
  8
)

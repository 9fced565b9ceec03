/**
 * What goes wrong in the world (verification 3), each an action that is paid
 * from the budget of its class; what ends a fault happens sooner or later.
 */
import type { Action, Outcome, Read } from "../../domain/check/System.ts"
import type { Names } from "../Names.ts"
import * as Node from "../valkey/Faults.ts"
import { type Endpoint, hears, noDisk, put, type State as Nodes } from "../valkey/Node.ts"
import * as Process from "../valkey/Process.ts"
import type { Slow } from "../World.ts"
import type { World } from "../World.ts"
import type { Parts } from "./Parts.ts"
import { changed } from "./Step.ts"

export interface Scope {
  /** Pods whose servers may fail; default all. */
  readonly pods?: ReadonlyArray<string>
  /** Built-in controllers that may be slow; default those that change what an operator made. */
  readonly builtIns?: ReadonlyArray<string>
  /** Faults strike only in such states; default all. What ends them is not held back. */
  readonly when?: (read: Read<Parts>) => boolean
  /** Processes that nodes may be cut off from; default `operator` and `client`. */
  readonly parties?: ReadonlyArray<string>
}

interface Server {
  readonly pod: string
  readonly id: Endpoint
}

const serversOf = (read: Read<Parts>, { pods }: Scope): ReadonlyArray<Server> =>
  Object.values(read("cells")).flatMap(({ endpoint: id, ended, pod }) =>
    id !== undefined && ended === undefined && (pods?.includes(pod.name) ?? true) ? [{ pod: pod.name, id }] : []
  )

type Strike = (nodes: Nodes, id: Endpoint, names: Names) => Nodes

const onNodes = (read: Read<Parts>, key: string, says: string, strike: (nodes: Nodes, names: Names) => Nodes) => {
  const set = changed(read, (world: World, names) => {
    const valkey = strike(world.valkey, names)
    return valkey === world.valkey ? world : { ...world, valkey }
  })
  const outcome: Outcome<Parts> = { key, says, set }
  return Object.keys(set).length === 0 ? [] : [outcome]
}

/** One server at a time. */
const atServer = (
  name: string,
  budget: string | undefined,
  scope: Scope,
  says: string,
  strike: Strike
): Action<Parts> => ({
  name,
  fairness: budget === undefined ? "none" : { budget },
  *outcomes(read) {
    for (const { id, pod } of serversOf(read, scope)) {
      yield* onNodes(read, pod, `${pod} ${says}`, (nodes, names) => strike(nodes, id, names))
    }
  }
})

/** The process ends, what it had sent to replicas arrives; its container is started again on its disk. */
const kill = (scope: Scope) =>
  atServer("a server is killed", "kill", scope, "is killed", (nodes, id) => Process.kill(nodes, id))

/** The same, and what was under way to its replicas is lost with it. */
const killLossy = (scope: Scope) =>
  atServer("a server is lost", "kill", scope, "is killed, and what it had sent is lost", (nodes, id) =>
    nodes.nodes[id]?.attached.length === 0 ? nodes : Process.kill(nodes, id, "lost")
  )

const freeze = (scope: Scope) =>
  atServer("a server freezes", "freeze", scope, "freezes", (nodes, id) => Node.freeze(nodes, id))

/** It may also stay frozen, until its kubelet has had enough. */
const thaw = (scope: Scope) =>
  atServer("a server goes on", undefined, scope, "goes on", (nodes, id, names) => Node.proceed(nodes, id, names))

/** What had its port before it was started again. */
const displaced = (scope: Scope) =>
  atServer("a server loses its port", "stranger", scope, "is killed, and what is no Valkey has its port", (nodes, id) =>
    Node.usurp(Process.kill(nodes, id), id)
  )

/** Replicas and clients reach the server still. */
const hidden = (scope: Scope) =>
  atServer("a server is hidden", "stranger", scope, "is hidden from operators by what is no Valkey", (nodes, id) =>
    nodes.nodes[id]?.phase === "running" ? Node.usurp(nodes, id) : nodes
  )

/** It may also stay for ever. */
const strangerGoes: Action<Parts> = {
  name: "a stranger goes",
  fairness: "none",
  *outcomes(read) {
    for (const [id, { hasStranger }] of Object.entries(read("valkey").nodes)) {
      if (hasStranger) yield* onNodes(read, id, `what is no Valkey goes from ${id}`, (nodes) => Node.restore(nodes, id))
    }
  }
}

/** The same, and its volume is found empty: it may have been another machine's. */
const lost = (nodes: Nodes, id: Endpoint): Nodes => {
  const after = Process.kill(nodes, id, "lost")
  const node = after.nodes[id]
  return node === undefined ? after : put(after, { ...node, disk: noDisk })
}

const empty = (scope: Scope) =>
  atServer("a server loses its volume", "empty", scope, "is killed, and its volume is lost", lost)

/** All of them at once; each comes back on its own. */
const allAtOnce = (budget: string, says: string, scope: Scope, strike: typeof lost): Action<Parts> => ({
  name: says,
  fairness: { budget },
  *outcomes(read) {
    const all = serversOf(read, scope)
    yield* onNodes(read, "", says, (nodes) => all.reduce((now, { id }) => strike(now, id), nodes))
  }
})

const outage = (scope: Scope) =>
  allAtOnce("outage", "all servers are killed", scope, (nodes, id) => Process.kill(nodes, id))

const wipe = (scope: Scope) => allAtOnce("wipe", "all servers are killed, and their volumes are lost", scope, lost)

/** Parties that a server may be cut off from: processes, clients, the other servers. */
const cut = (scope: Scope): Action<Parts> => ({
  name: "the network is cut",
  fairness: { budget: "cut" },
  *outcomes(read) {
    const nodes = read("valkey")
    const servers = serversOf(read, scope)
    const others = [
      ...(scope.parties ?? ["operator", "client"]).map((name) => ({ name, id: name })),
      ...servers.map(({ id, pod }) => ({ name: pod, id }))
    ]
    for (const { id, pod } of servers) {
      for (const other of others) {
        const isPair = other.id !== id && (!other.id.includes(":") || other.id > id) && hears(nodes, other.id, id)
        if (isPair)
          yield* onNodes(read, `${pod} ${other.name}`, `${pod} and ${other.name} do not hear each other`, (now) =>
            Node.cut(now, id, other.id)
          )
      }
    }
  }
})

const heal: Action<Parts> = {
  name: "the network heals",
  fairness: "weak",
  *outcomes(read) {
    for (const [one, other] of read("valkey").cuts) {
      yield* onNodes(read, `${one} ${other}`, `${one} and ${other} hear each other again`, (nodes) =>
        Node.heal(nodes, one, other)
      )
    }
  }
}

const withSlow = (read: Read<Parts>, key: string, says: string, change: (slow: Slow) => Slow): Outcome<Parts> => ({
  key,
  says,
  set: { slow: change(read("slow")) }
})

const plus = (all: ReadonlyArray<string>, one: string): ReadonlyArray<string> => [...all, one].toSorted()
const minus = (all: ReadonlyArray<string>, one: string): ReadonlyArray<string> => all.filter((other) => other !== one)

const slowBuiltIn = ({
  builtIns = ["endpointslice", "garbagecollector", "kubelet", "statefulset"]
}: Scope): Action<Parts> => ({
  name: "a built-in controller falls behind",
  fairness: { budget: "slowBuiltIn" },
  *outcomes(read) {
    for (const name of builtIns.filter((one) => !read("slow").builtIns.includes(one))) {
      yield withSlow(read, name, `${name} falls behind`, (slow) => ({ ...slow, builtIns: plus(slow.builtIns, name) }))
    }
  }
})

const lag = (scope: Scope): Action<Parts> => ({
  name: "a replica lags",
  fairness: { budget: "lag" },
  *outcomes(read) {
    for (const { id, pod } of serversOf(read, scope)) {
      if (read("slow").replicas.includes(id) || read("valkey").nodes[id]?.following === undefined) continue
      yield withSlow(read, pod, `${pod} lags`, (slow) => ({ ...slow, replicas: plus(slow.replicas, id) }))
    }
  }
})

/** Nobody is slow for ever. */
const catchesUp: Action<Parts> = {
  name: "who was slow catches up",
  fairness: "weak",
  *outcomes(read) {
    for (const name of read("slow").builtIns) {
      yield withSlow(read, name, `${name} catches up`, (slow) => ({ ...slow, builtIns: minus(slow.builtIns, name) }))
    }
    for (const id of read("slow").replicas) {
      yield withSlow(read, id, `the replica at ${id} catches up`, (slow) => ({
        ...slow,
        replicas: minus(slow.replicas, id)
      }))
    }
  }
}

const classes: Readonly<Record<string, (scope: Scope) => ReadonlyArray<Action<Parts>>>> = {
  kill: (scope) => [kill(scope), killLossy(scope)],
  freeze: (scope) => [freeze(scope), thaw(scope)],
  stranger: (scope) => [displaced(scope), hidden(scope), strangerGoes],
  empty: (scope) => [empty(scope)],
  outage: (scope) => [outage(scope)],
  wipe: (scope) => [wipe(scope)],
  cut: (scope) => [cut(scope), heal],
  slowBuiltIn: (scope) => [slowBuiltIn(scope)],
  lag: (scope) => [lag(scope)]
}

const isFault = ({ fairness }: Action<Parts>): boolean => typeof fairness === "object"

/** The action in these states only, if it is a fault. */
export const heldBack = (action: Action<Parts>, when: Scope["when"]): Action<Parts> =>
  when === undefined || !isFault(action)
    ? action
    : { ...action, outcomes: (read) => (when(read) ? action.outcomes(read) : []) }

export const faults = (budgets: Readonly<Record<string, number>>, scope: Scope = {}): ReadonlyArray<Action<Parts>> =>
  [
    ...Object.entries(classes).flatMap(([name, make]) => (name in budgets ? make(scope) : [])),
    ...("slowBuiltIn" in budgets || "lag" in budgets ? [catchesUp] : [])
  ].map((action) => heldBack(action, scope.when))

/**
 * A client and a volume controller at work on an API server whose requests may
 * fail or time out, after the semantics of a published model of Kubernetes
 * (`verification:4`). An object carries the set of clients that have read its
 * present version: only those may update it.
 */
import type { Action, Read, System } from "../../../src/domain/check/System.ts"

interface KubeObject {
  readonly kind: "Secret" | "PVC"
  readonly name: string
  /** Sorted; absent in what a client asks for. */
  readonly readers?: ReadonlyArray<string>
  readonly volume?: string
}

interface Call {
  readonly verb: "Force" | "Get" | "Update" | "Delete"
  readonly object: KubeObject
  readonly status: "Pending" | "Ok" | "Error"
}

interface ListCall {
  readonly kind: KubeObject["kind"]
  readonly objects: ReadonlyArray<KubeObject>
  readonly status: "Pending" | "Ok" | "Error"
}

/** Where a process stands; `sending` and `waiting` come back to `at` when the call has ended. */
interface Process {
  readonly at: string
  readonly phase: "running" | "sending" | "waiting"
  readonly call?: Omit<Call, "status">
  readonly list?: KubeObject["kind"]
  /** Of a process that has chosen between two ends; its choice outlives the call. */
  readonly reconciles?: boolean
}

export interface KubeApi extends Readonly<Record<string, unknown>> {
  readonly objects: ReadonlyArray<KubeObject>
  readonly calls: Readonly<Record<string, Call>>
  readonly lists: Readonly<Record<string, ListCall>>
  readonly client: Process
  readonly controller: Process
}

export interface Faults {
  readonly canFail: boolean
  readonly canTimeOut: boolean
}

type Name = "client" | "controller"
type Next = Partial<KubeApi>

const secret: KubeObject = { kind: "Secret", name: "foo" }
const volumeClaim: KubeObject = { kind: "PVC", name: "mypvc" }

const isSameObject = (left: KubeObject, right: KubeObject): boolean =>
  left.kind === right.kind && left.name === right.name
const byName = (objects: ReadonlyArray<KubeObject>): ReadonlyArray<KubeObject> =>
  objects.toSorted((left, right) => (left.kind < right.kind ? -1 : left.kind > right.kind ? 1 : 0))
const written = ({ kind, name, volume }: KubeObject): KubeObject => ({
  kind,
  name,
  readers: [],
  ...(volume === undefined ? {} : { volume })
})
const readBy = (object: KubeObject, reader: string): KubeObject => ({
  ...object,
  readers: [...new Set([...(object.readers ?? []), reader])].toSorted()
})
const isUnbound = ({ kind, volume }: KubeObject): boolean => kind === "PVC" && volume === undefined
const goto = (process: Process, at: string): Process => ({
  at,
  phase: "running",
  ...(process.reconciles === undefined ? {} : { reconciles: process.reconciles })
})

/** The call, and where its process goes on afterwards. */
const calling = (process: Process, at: string, call: Omit<Call, "status">): Process => ({
  ...goto(process, at),
  phase: "sending",
  call
})
const listing = (process: Process, at: string, list: KubeObject["kind"]): Process => ({
  ...goto(process, at),
  phase: "sending",
  list
})

function* sends(faults: Faults, read: Read<KubeApi>, name: Name): Iterable<Next> {
  const process = read(name)
  const next: Process = { ...process, phase: "waiting" }
  const statuses = faults.canFail || faults.canTimeOut ? (["Pending", "Error"] as const) : (["Pending"] as const)
  for (const status of statuses) {
    if (process.call !== undefined) {
      yield { [name]: next, calls: { ...read("calls"), [name]: { ...process.call, status } } }
    } else {
      yield { [name]: next, lists: { ...read("lists"), [name]: { kind: process.list!, objects: [], status } } }
    }
  }
}

function* receives(faults: Faults, read: Read<KubeApi>, name: Name): Iterable<Next> {
  const process = read(name)
  const next = goto(process, process.at)
  const isCall = process.call !== undefined
  const status = isCall ? read("calls")[name]!.status : read("lists")[name]!.status
  if (status === "Pending") return
  yield { [name]: next }
  if (!faults.canTimeOut) return
  if (isCall) yield { [name]: next, calls: { ...read("calls"), [name]: { ...read("calls")[name]!, status: "Error" } } }
  else {
    const failed: ListCall = { ...read("lists")[name]!, objects: [], status: "Error" }
    yield { [name]: next, lists: { ...read("lists"), [name]: failed } }
  }
}

/** The client's own steps. A sentence: what it asserts, and finds untrue. */
function* clientSteps(read: Read<KubeApi>): Iterable<Process | string> {
  const process = read("client")
  const isOk = () => read("calls")["client"]?.status === "Ok"
  const again = goto(process, "start")
  switch (process.at) {
    case "start": {
      const choices = process.reconciles === true ? [true] : [true, false]
      for (const reconciles of choices) {
        const chosen = { ...process, reconciles }
        yield reconciles
          ? calling(chosen, "secret forced", { verb: "Force", object: secret })
          : listing(chosen, "secrets listed", "Secret")
      }
      return
    }
    case "secret forced":
      return yield isOk() ? goto(process, "force claim") : again
    case "force claim":
      return yield calling(process, "claim forced", { verb: "Force", object: volumeClaim })
    case "claim forced":
      return yield isOk() ? goto(process, "get claim") : again
    case "get claim":
      return yield calling(process, "claim got", { verb: "Get", object: volumeClaim })
    case "claim got":
      return yield isOk() && !isUnbound(read("calls")["client"]!.object) ? goto(process, "reconciled") : again
    case "reconciled":
      if (!read("objects").some((object) => isSameObject(object, secret))) return yield "reconciled without the secret"
      return yield goto({ ...process, reconciles: false }, "end")
    case "secrets listed":
      return yield read("lists")["client"]?.status === "Ok" ? goto(process, "choose") : again
    case "choose":
      return yield goto(process, read("lists")["client"]!.objects.length === 0 ? "cleaned" : "delete")
    case "delete":
      for (const { kind, name } of read("lists")["client"]!.objects) {
        yield calling(process, "deleted", { verb: "Delete", object: { kind, name } })
      }
      return
    case "deleted":
      return yield isOk() && read("lists")["client"]!.objects.length <= 1 ? goto(process, "cleaned") : again
    case "cleaned":
      if (read("objects").some((object) => isSameObject(object, secret)))
        return yield "cleaned, but the secret is there"
      return yield goto(process, "end")
    case "end":
      return yield again
  }
}

function* controllerSteps(read: Read<KubeApi>): Iterable<Process> {
  const process = read("controller")
  const unbound = () => read("lists")["controller"]!.objects.filter(isUnbound)
  switch (process.at) {
    case "start":
      return yield listing(process, "listed", "PVC")
    case "listed":
      return yield read("lists")["controller"]!.status === "Ok" && unbound().length > 0
        ? goto(process, "bind")
        : goto(process, "start")
    case "bind":
      for (const claim of unbound()) {
        yield calling(process, "bound", { verb: "Update", object: { ...claim, volume: claim.name } })
      }
      return
    case "bound":
      return yield goto(process, "start")
  }
}

const replaced = (objects: ReadonlyArray<KubeObject>, object: KubeObject): ReadonlyArray<KubeObject> =>
  byName([...objects.filter((one) => !isSameObject(one, object)), written(object)])

/** The server answers one call. */
const served = (objects: ReadonlyArray<KubeObject>, caller: string, call: Call): readonly [typeof objects, Call] => {
  const found = objects.find((object) => isSameObject(object, call.object))
  const ok: Call = { ...call, status: "Ok" }
  const error: Call = { ...call, status: "Error" }
  switch (call.verb) {
    case "Force":
      return [replaced(objects, call.object), ok]
    case "Get":
      return found === undefined
        ? [objects, error]
        : [objects.map((object) => (object === found ? readBy(object, caller) : object)), { ...ok, object: found }]
    case "Delete":
      return [objects.filter((object) => object !== found), ok]
    case "Update":
      return found?.readers?.includes(caller) === true ? [replaced(objects, call.object), ok] : [objects, error]
  }
}

function* serverSteps(read: Read<KubeApi>): Iterable<Next> {
  const objects = read("objects")
  for (const [caller, call] of Object.entries(read("calls"))) {
    if (call.status !== "Pending") continue
    const [after, answered] = served(objects, caller, call)
    yield { objects: after, calls: { ...read("calls"), [caller]: answered } }
  }
  for (const [caller, list] of Object.entries(read("lists"))) {
    if (list.status !== "Pending") continue
    const seen = objects.filter(({ kind }) => kind === list.kind)
    yield {
      objects: objects.map((object) => (object.kind === list.kind ? readBy(object, caller) : object)),
      lists: { ...read("lists"), [caller]: { ...list, objects: seen, status: "Ok" } }
    }
  }
}

function* processSteps(faults: Faults, read: Read<KubeApi>, name: Name): Iterable<Next | string> {
  const { phase } = read(name)
  if (phase === "sending") return yield* sends(faults, read, name)
  if (phase === "waiting") return yield* receives(faults, read, name)
  for (const next of name === "client" ? clientSteps(read) : controllerSteps(read)) {
    yield typeof next === "string" ? next : { [name]: next }
  }
}

const actionOf = (name: string, steps: (read: Read<KubeApi>) => Iterable<Next | string>): Action<KubeApi> => ({
  name,
  fairness: "weak",
  *outcomes(read) {
    for (const next of steps(read)) {
      yield typeof next === "string" ? { key: "", set: {}, breaks: next } : { key: "", set: next }
    }
  }
})

/** The server, fair to each caller by itself. */
const serverPerCaller: Action<KubeApi> = {
  name: "server",
  fairness: "weak",
  *outcomes(read) {
    for (const set of serverSteps(read)) {
      const answered = Object.keys(set.calls ?? {}).find((caller) => set.calls?.[caller] !== read("calls")[caller])
      const listed = Object.keys(set.lists ?? {}).find((caller) => set.lists?.[caller] !== read("lists")[caller])
      yield { key: answered ?? listed ?? "", set }
    }
  }
}

const start = (reconciles: boolean): KubeApi => ({
  objects: [],
  calls: {},
  lists: {},
  client: { at: "start", phase: "running", reconciles },
  controller: { at: "start", phase: "running" }
})

/**
 * Who goes on for ever if it can: somebody; each of the three processes; each
 * process, and the server with every caller.
 */
export type FairTo = "somebody" | "processes" | "callers"

const actionsOf = (faults: Faults, fairTo: FairTo): ReadonlyArray<Action<KubeApi>> => {
  const processes = [
    actionOf("client", (read) => processSteps(faults, read, "client")),
    actionOf("volume controller", (read) => processSteps(faults, read, "controller"))
  ]
  switch (fairTo) {
    case "callers":
      return [...processes, serverPerCaller]
    case "processes":
      return [...processes, actionOf("server", serverSteps)]
    case "somebody":
      return [
        actionOf("next", function* (read) {
          yield* processSteps(faults, read, "client")
          yield* processSteps(faults, read, "controller")
          yield* serverSteps(read)
        })
      ]
  }
}

export const kubeApi = (faults: Faults, fairTo: FairTo): System<KubeApi> => {
  const isReconciling = (read: Read<KubeApi>): boolean => read("client").reconciles === true
  return {
    name: `Kubernetes API, ${faults.canFail ? "failures" : "no failures"}, ${faults.canTimeOut ? "timeouts" : "no timeouts"}`,
    initial: [start(true), start(false)],
    actions: actionsOf(faults, fairTo),
    budgets: {},
    properties: [
      {
        _tag: "Always",
        name: "one version of an object",
        holds: (read) => {
          const names = read("objects").map(({ kind, name }) => `${kind}/${name}`)
          return new Set(names).size === names.length
        }
      },
      {
        _tag: "LeadsTo",
        name: "reconcile completes",
        premise: isReconciling,
        goal: (read) => !isReconciling(read)
      }
    ]
  }
}

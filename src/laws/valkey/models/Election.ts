/**
 * Two operator processes of which one leads at a time: the shipped leader
 * election, with a shipped controller behind it.
 */
import { always, leadsTo, sometimes } from "../../../domain/check/Properties.ts"
import type { Property, Read } from "../../../domain/check/System.ts"
import type { Standing } from "../../../domain/kube/Leadership.ts"
import type { Policy } from "../../../domain/kube/Lease.ts"
import { resourcesManager } from "../../../domain/valkey/Settings.ts"
import type { RequestLaw } from "../../../models/closed/Carried.ts"
import type { Model, ModelOperator } from "../../../models/closed/Model.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { world } from "../../../models/closed/World.ts"
import * as LeaderElection from "../../../programs/kube/LeaderElection.ts"
import { resources } from "../../../programs/valkey/Resources.ts"
import * as Desired from "./Desired.ts"
import { passesEnd } from "../../kube/Passes.ts"
import * as Scene from "./Scene.ts"
import * as Sentinel from "./Sentinel.ts"

/** In the proportions of the shipped ones, with few moments in between; in seconds, or in probes of `Sentinel`. */
const timing = (unit: number): Omit<Policy, "identity"> => ({
  duration: 4 * unit,
  renewDeadline: 3 * unit,
  retry: 2 * unit,
  margin: unit / 2
})

export const processes: ReadonlyArray<string> = ["a", "b"]

const operator = (name: string, unit: number): ModelOperator => {
  const options = { ...timing(unit), identity: name, namespace: Scene.key.namespace, name: "gungnir" }
  return { name, election: { controller: LeaderElection.controller(options), key: LeaderElection.keyOf(options) } }
}

/** So many of them, whose lease is renewed once in two units; milliseconds. */
export const operators = (count: number, unit: number): ReadonlyArray<ModelOperator> =>
  processes.slice(0, count).map((name) => operator(name, unit))

/** One renewal a probe: else as many lie between two probes as their proportion is. */
export const probe = Sentinel.settings.pingIntervalMillis / 2

const standingOf = (read: Read<any>, name: string): Standing =>
  // The process keeps it in this component.
  read(`${name}/standing`) as Standing

const leads = (read: Read<any>, name: string): boolean => standingOf(read, name).leadingMillis > 0

/** `gungnir:8.3` 6 and 7: whatever a controller does is carried out while its process leads, or it is a late write. */
const whoWritesLeads: RequestLaw<Parts> = {
  name: "writes only while it leads",
  broken: ({ access, before, command, controller, from }) =>
    access !== "write" || controller === undefined || leads(before, from) ? undefined : `${from}: ${command}`
}

/** Of an election among these processes. */
export const laws = (among: ReadonlyArray<string>): Required<Pick<Model, "properties" | "requests">> => ({
  properties: [
    always("no two processes lead", (read) => among.filter((name) => leads(read, name)).length <= 1),
    always("who may write leads", (read) =>
      among.every((name) => {
        const { authorisedMillis, leadingMillis } = standingOf(read, name)
        return authorisedMillis <= leadingMillis
      })
    ),
    leadsTo(
      "somebody leads again",
      (read) => !among.some((name) => leads(read, name)),
      (read) => among.some((name) => leads(read, name))
    ),
    ...among.map((name): Property<Parts> => sometimes(`${name} leads`, (read) => leads(read, name)))
  ],
  requests: [whoWritesLeads]
})

export interface Options {
  /** Without it writes are sent whatever the lease says: safety must not rest on it. */
  readonly fencing?: boolean
}

/** With `Resources` behind it, of one pod. */
export const model = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  { fencing = true }: Options = {}
): Model => {
  const { properties, requests } = laws(processes)
  return {
    name,
    controllers: [resources],
    operators: operators(2, 1000),
    world: world({ ...Scene.beginning({ replicas: 1 }), budgets }),
    budgets,
    properties: [
      ...properties,
      ...Scene.invariantsHold.filter((invariant) => invariant.name === "ownsWhatIsIts"),
      Desired.comesAbout(),
      ...processes.map((process) => passesEnd(process, resourcesManager, Scene.key))
    ],
    requests,
    wrappers: { fencing }
  }
}

/** With `Sentinel` behind it, of one pod. */
export const withSentinel = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  { fencing = true }: Options = {}
): Model => Sentinel.model(name, budgets, { pods: 1, fencing, operators: operators(2, probe), laws: laws(processes) })

/**
 * All that ships together: `Resources`, `Sentinel` and the leader election in
 * one process, on one small cluster. What `Sentinel` alone is given by a
 * stand-in is here the program itself, and what both write is written by both.
 */
import type { Action } from "../../../domain/check/System.ts"
import { resourcesManager } from "../../../domain/valkey/Settings.ts"
import { heldBack } from "../../../models/closed/Faults.ts"
import type { Model } from "../../../models/closed/Model.ts"
import type { Parts } from "../../../models/closed/Parts.ts"
import { edits } from "../../../models/closed/Users.ts"
import { world } from "../../../models/closed/World.ts"
import { resources } from "../../../programs/valkey/Resources.ts"
import { sentinel } from "../../../programs/valkey/Sentinel.ts"
import { passesEnd } from "../../kube/Passes.ts"
import * as Desired from "./Desired.ts"
import * as Election from "./Election.ts"
import * as Scene from "./Scene.ts"
import * as Sentinel from "./Sentinel.ts"
import * as Laws from "./SentinelLaws.ts"
import * as Witnesses from "./Witnesses.ts"

const spec = { replicas: 1 }

const scale: Action<Parts> = edits(
  "scale",
  [1, 2].map((replicas) => ({ ...Scene.itself, says: `${replicas} pods`, patch: { spec: { replicas } } }))
)

export interface Options {
  /** Nothing but the cluster is there at first; else what `Resources` makes of it is. */
  readonly fromScratch?: boolean
  /** Of them the process must become the leader first. */
  readonly isElected?: boolean
}

/** A model with these budgets: classes of `Model.budgets`, of the world, and `recreate`, `scale`. */
export const model = (
  name: string,
  budgets: Readonly<Record<string, number>>,
  { fromScratch = false, isElected = true }: Options = {}
): Model => {
  const recreation = Scene.recreates(budgets, spec, Sentinel.isBorn)
  const { objects, ...rest } = Scene.beginning(spec)
  const processes = isElected ? Election.processes.slice(0, 1) : ["operator"]
  const election = isElected ? Election.laws(processes) : { properties: [], requests: [] }
  return {
    name,
    controllers: [resources, sentinel(Sentinel.settings)],
    ...(isElected ? { operators: Election.operators(1, Election.probe) } : {}),
    world: world({
      ...rest,
      objects: fromScratch ? objects : [...objects, ...Sentinel.made(spec)],
      budgets: recreation.budgets,
      faults: { when: Sentinel.isBorn, parties: [...processes, "client"] }
    }),
    actions: [...("scale" in budgets ? [heldBack(scale, Sentinel.isBorn)] : []), ...recreation.actions],
    budgets: recreation.budgets,
    properties: [
      ...election.properties,
      ...Laws.properties({ pods: 1, budgets, processes }),
      Desired.comesAbout(),
      ...("recreate" in budgets ? [Desired.goes()] : []),
      ...processes.map((process) => passesEnd(process, resourcesManager, Scene.key)),
      Witnesses.whole,
      Desired.isReached()
    ],
    requests: [...Laws.requests, ...election.requests]
  }
}

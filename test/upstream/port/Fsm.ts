/**
 * Upstream's reconcile state machine (`gungnir:3.1` to 3.3), ported from its
 * description: what it does, defects included, in our own words. Nothing of
 * ours is built on it; it is what ours is measured against.
 */
import type { KubeObject } from "../../../src/domain/kube/Object.ts"

/** In the order in which a pass goes through them (`gungnir:2`). */
export const subs = [
  "HeadlessService",
  "ClientService",
  "ConfigMap",
  "Secret",
  "StatefulSet",
  "PodDisruptionBudget"
] as const
export type Sub = (typeof subs)[number]

export const actions = ["Get", "Create", "Update"] as const
export type Action = (typeof actions)[number]

export type Step =
  | { readonly _tag: "Init" }
  | { readonly _tag: "Resource"; readonly action: Action; readonly sub: Sub }
  | { readonly _tag: "CheckHealth" }
  | { readonly _tag: "DetectFailure" }
  | { readonly _tag: "SelectReplica" }
  | { readonly _tag: "PromoteReplica" }
  | { readonly _tag: "UpdateService" }
  | { readonly _tag: "UpdateStatus" }
  | { readonly _tag: "Done" }
  | { readonly _tag: "Error"; readonly message: string }

/** The twelve errors of its API vocabulary (`gungnir:3.2`). */
export const apiErrors = [
  "BadRequest",
  "Conflict",
  "Forbidden",
  "Invalid",
  "ObjectNotFound",
  "ObjectAlreadyExists",
  "NotSupported",
  "InternalError",
  "Timeout",
  "ServerTimeout",
  "TransactionAbort",
  "Other"
] as const
export type ApiError = (typeof apiErrors)[number]

export type Response =
  | { readonly _tag: "Got"; readonly object: KubeObject }
  | { readonly _tag: "Created" | "Updated" | "StatusUpdated" }
  | { readonly _tag: "Failed"; readonly error: ApiError }

/** An Update carries what was fetched, a Create nothing but a name: content is made elsewhere (`gungnir:W22`). */
export type Request =
  | { readonly _tag: "Get" | "Create"; readonly sub: Sub }
  | { readonly _tag: "Update"; readonly sub: Sub; readonly object: KubeObject }
  | { readonly _tag: "UpdateStatus" }

export interface State {
  readonly step: Step
  readonly discoveredMaster?: string
  readonly failedMaster?: string
  readonly selectedReplica?: string
  readonly failoverInProgress: boolean
}

export const initial: State = { step: { _tag: "Init" }, failoverInProgress: false }

export const isDone = ({ step }: State): boolean => step._tag === "Done"
export const isError = ({ step }: State): boolean => step._tag === "Error"
export const isTerminal = (state: State): boolean => isDone(state) || isError(state)

type Next = readonly [State, Request | undefined]

const to = (state: State, step: Step, request?: Request): Next => [{ ...state, step }, request]
const fail = (state: State, message: string): Next => to(state, { _tag: "Error", message })
const get = (state: State, sub: Sub): Next => to(state, { _tag: "Resource", action: "Get", sub }, { _tag: "Get", sub })

const afterGet = (state: State, sub: Sub, response: Response | undefined): Next => {
  if (response?._tag === "Got") {
    return to(state, { _tag: "Resource", action: "Update", sub }, { _tag: "Update", sub, object: response.object })
  }
  return response?._tag === "Failed" && response.error === "ObjectNotFound"
    ? to(state, { _tag: "Resource", action: "Create", sub }, { _tag: "Create", sub })
    : fail(state, "unexpected get response")
}

const afterWrite = (state: State, sub: Sub, isOk: boolean, failure: string): Next => {
  if (!isOk) return fail(state, failure)
  const next = subs[subs.indexOf(sub) + 1]
  return next === undefined ? to(state, { _tag: "CheckHealth" }) : get(state, next)
}

/** One step: at most one request comes out of it. */
export const core = (state: State, response: Response | undefined): Next => {
  const { step } = state
  switch (step._tag) {
    case "Init":
      return get(state, subs[0])
    case "Resource":
      if (step.action === "Get") return afterGet(state, step.sub, response)
      return step.action === "Create"
        ? afterWrite(state, step.sub, response?._tag === "Created", "create failed")
        : afterWrite(state, step.sub, response?._tag === "Updated", "update failed")
    case "CheckHealth":
      return state.failedMaster === undefined
        ? to(state, { _tag: "UpdateStatus" }, { _tag: "UpdateStatus" })
        : to({ ...state, failoverInProgress: true }, { _tag: "DetectFailure" })
    case "DetectFailure":
      return to(state, { _tag: "SelectReplica" })
    case "SelectReplica":
      return state.selectedReplica === undefined
        ? fail(state, "no eligible replica for failover")
        : to(state, { _tag: "PromoteReplica" })
    case "PromoteReplica":
      return to(state, { _tag: "UpdateService" })
    case "UpdateService":
      return to({ ...state, failoverInProgress: false }, { _tag: "UpdateStatus" }, { _tag: "UpdateStatus" })
    case "UpdateStatus":
      return response?._tag === "StatusUpdated" ? to(state, { _tag: "Done" }) : fail(state, "status update failed")
    case "Done":
    case "Error":
      return [state, undefined]
  }
}

const afterResources = {
  Init: 20,
  CheckHealth: 7,
  DetectFailure: 6,
  SelectReplica: 5,
  PromoteReplica: 4,
  UpdateService: 3,
  UpdateStatus: 2,
  Done: 0,
  Error: 0
} as const

/** What falls with every step (`gungnir:3.3`). */
export const measure = ({ step }: State): number =>
  step._tag === "Resource" ? (step.action === "Get" ? 19 : 18) - 2 * subs.indexOf(step.sub) : afterResources[step._tag]

/** All that the ported state machine can meet: every answer, every context, every step. */
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import * as Fsm from "./port/Fsm.ts"

const object: KubeObject = { apiVersion: "v1", kind: "Service", metadata: { name: "a" } }

/** Every answer that a step may get, and none. */
export const responses: ReadonlyArray<Fsm.Response | undefined> = [
  undefined,
  { _tag: "Got", object },
  { _tag: "Created" },
  { _tag: "Updated" },
  { _tag: "StatusUpdated" },
  ...Fsm.apiErrors.map((error): Fsm.Response => ({ _tag: "Failed", error }))
]

/** What the health check and the selection may have come to. */
export const contexts: ReadonlyArray<Partial<Fsm.State>> = [
  {},
  { failedMaster: "a-0" },
  { failedMaster: "a-0", selectedReplica: "a-1" },
  { selectedReplica: "a-1" }
]

export const steps: ReadonlyArray<Fsm.Step> = [
  { _tag: "Init" },
  ...Fsm.subs.flatMap((sub) => Fsm.actions.map((action): Fsm.Step => ({ _tag: "Resource", action, sub }))),
  { _tag: "CheckHealth" },
  { _tag: "DetectFailure" },
  { _tag: "SelectReplica" },
  { _tag: "PromoteReplica" },
  { _tag: "UpdateService" },
  { _tag: "UpdateStatus" },
  { _tag: "Done" },
  { _tag: "Error", message: "status update failed" }
]

export const states: ReadonlyArray<Fsm.State> = steps.flatMap((step) =>
  contexts.flatMap((context) =>
    [false, true].map((failoverInProgress): Fsm.State => ({ ...context, step, failoverInProgress }))
  )
)

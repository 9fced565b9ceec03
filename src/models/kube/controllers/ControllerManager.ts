/**
 * Which built-in controllers run together.
 */
import { type BuiltIn, earliest, type Move, type View } from "./BuiltIn.ts"
import { disruptionBudget } from "./DisruptionBudget.ts"
import { endpointSlice } from "./EndpointSlice.ts"
import { garbageCollector } from "./GarbageCollector.ts"
import { namespaceLifecycle, rootCertificate, serviceAccount } from "./Namespace.ts"
import { nodeLifecycle } from "./NodeLifecycle.ts"
import * as Remembered from "./Remembered.ts"
import { scheduler } from "./Scheduler.ts"
import { statefulSet } from "./StatefulSet.ts"
import { volumeBinder, volumeProtectionController } from "./Volumes.ts"
import type { State } from "../api/Store.ts"

const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

/** What kube-controller-manager does to the kinds we serve, as far as the API server alone can see it. */
export const controllerManager = (rootCa: string = certificate): ReadonlyArray<BuiltIn> => [
  garbageCollector,
  namespaceLifecycle,
  serviceAccount,
  rootCertificate(rootCa),
  statefulSet,
  endpointSlice,
  disruptionBudget,
  volumeProtectionController
]

/** Beside the controller manager: what a cluster has that provides volumes and nodes. Kubelets come with what they run. */
export const cluster = (rootCa?: string): ReadonlyArray<BuiltIn> => [
  ...controllerManager(rootCa),
  volumeBinder,
  nodeLifecycle,
  scheduler
]

/** All moves that are possible now; keys carry the name of their controller. `memory`: of this moment. */
export const movesOf = (
  builtIns: ReadonlyArray<BuiltIn>,
  state: State,
  nowMillis: number,
  memory: Remembered.Memory = Remembered.empty()
): ReadonlyArray<Move> => Remembered.movesIn(memory, builtIns, state, nowMillis)

/** The next time at which the same store may have other moves. */
export const dueAt = (builtIns: ReadonlyArray<BuiltIn>, view: View, nowMillis: number): number | undefined =>
  earliest(builtIns.map(({ due }) => due?.(view, nowMillis)))

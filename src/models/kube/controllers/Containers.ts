/**
 * What runs in pods, as the kubelet asks about it. The kubelet model knows the
 * API side of a pod; whoever runs the containers (embedded nodes, processes)
 * answers here and carries out the actions.
 */
import type { Pod } from "./Shapes.ts"

export type Run =
  | { readonly _tag: "Running"; readonly isReady: boolean }
  | { readonly _tag: "Ended"; readonly exitCode: number; readonly endedMillis: number }

/** One container, since it was first started. */
export interface Container {
  /** Another one after each start. */
  readonly id: string
  /** How often it was started again. */
  readonly restarts: number
  readonly startedMillis: number
  readonly run: Run
  /** How the run before this one ended. */
  readonly last?: {
    readonly id: string
    readonly startedMillis: number
    readonly exitCode: number
    readonly endedMillis: number
  }
}

/** Pure answers at one moment. A pod is known by its uid: a pod of the same name is another one. */
export interface Containers {
  /** The container of that name; undefined until it was started, and after the pod was removed. */
  readonly at: (pod: Pod, container: string) => Container | undefined
  /** Whether the kubelet of that node runs and is connected: without it nothing changes on either side. */
  readonly reaches: (node: string) => boolean
}

/** What the kubelet wants done to containers; each is safe to perform twice. */
export type Action =
  /** The first start of a container (`restarts` 0) or the next one; its id and times are the runner's. */
  | { readonly _tag: "Start"; readonly pod: Pod; readonly container: string; readonly restarts: number }
  /** Ask the process to end (SIGTERM), and end it `graceSeconds` after `sinceMillis`, when the pod was asked to go. */
  | {
      readonly _tag: "Stop"
      readonly pod: Pod
      readonly container: string
      readonly sinceMillis: number
      readonly graceSeconds: number
    }

/** Containers that run and are ready from the moment they are wanted, and end at once: for tests of the API side. */
export const instant: Containers = {
  at: (pod) =>
    pod.metadata.deletionTimestamp === undefined
      ? {
          id: `instant://${pod.metadata.uid}`,
          restarts: 0,
          startedMillis: Date.parse(pod.metadata.creationTimestamp ?? "") || 0,
          run: { _tag: "Running", isReady: true }
        }
      : undefined,
  reaches: () => true
}

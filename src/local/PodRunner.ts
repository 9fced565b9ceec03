/**
 * Runs the pods of one node as processes of this machine. The API side is the
 * kubelet model's; this carries out what it wants done to containers and knows
 * nothing of what runs in them.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { rmSync } from "node:fs"
import { join } from "node:path"
import type { Transport } from "../domain/Capability.ts"
import { Kubernetes } from "../domain/kube/Kubernetes.ts"
import * as Kinds from "../domain/kube/Object.ts"
import type { KubeObject } from "../domain/kube/Object.ts"
import type { ApiReply, ApiRequest } from "../domain/kube/Wire.ts"
import type { BuiltIn, View } from "../models/kube/controllers/BuiltIn.ts"
import type { Action, Container as State } from "../models/kube/controllers/Containers.ts"
import * as Kubelet from "../models/kube/controllers/Kubelet.ts"
import { type Pod, uidOf } from "../models/kube/controllers/Shapes.ts"
import * as Container from "./Container.ts"
import { type Image, prepare, specOf } from "./ContainerSpec.ts"
import * as Mirror from "./Mirror.ts"
import type * as Process from "./Process.ts"
import type { Sandbox, SandboxError, Sandboxes } from "./Sandbox.ts"
import { volumesOf } from "./Volumes.ts"

export interface Options {
  readonly send: Transport<ApiRequest, ApiReply>
  readonly sandboxes: Sandboxes
  /** Undefined: the image is not known here, and the pod waits. */
  readonly images: (image: string) => Image | undefined
  /** State of the runner; emptied pod by pod, removed by its owner. */
  readonly folder: string
  readonly node: string
  /** What else a cluster without them needs: scheduler and node lifecycle beside a bare control plane. */
  readonly builtIns?: ReadonlyArray<BuiltIn>
  readonly backoffMillis?: (restarts: number) => number
  /** What containers print. */
  readonly onOutput?: (pod: string, text: string) => void
}

export interface PodRunner {
  /** Signals the main process of a pod; false when there is none. */
  readonly signal: (namespace: string, pod: string, signal: NodeJS.Signals) => Effect.Effect<boolean>
  /** Of the containers that are processes. */
  readonly pids: Effect.Effect<ReadonlyArray<number>>
}

interface Cell {
  pod: Pod
  readonly name: string
  readonly scope: Scope.Closeable
  sandbox: Sandbox | undefined
  container: State | undefined
  running: Process.Running | undefined
  isStarting: boolean
  /** Nothing stands for its image, and that was said. */
  isUnknown: boolean
  /** Seconds that its end was given; a shorter time may follow. */
  grace: number
}

const nodeObject = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
  spec: {}
})

const nodeStatus = (address: string) => ({
  addresses: [{ type: "InternalIP", address }],
  capacity: { cpu: "8", memory: "16Gi", pods: "110" },
  allocatable: { cpu: "8", memory: "16Gi", pods: "110" },
  conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "the pod runner is up" }]
})

/** The node as the API knows it: made if it is not there, Ready. */
const register = Effect.fnUntraced(function* ({ node, sandboxes, send }: Options) {
  const at = { group: "", version: "v1", resource: "nodes" } as const
  yield* send({ verb: "create", ...at, body: nodeObject(node) })
  yield* send({
    verb: "patch",
    ...at,
    name: node,
    subresource: "status",
    contentType: "application/merge-patch+json",
    body: { status: nodeStatus(sandboxes.host) }
  })
})

const cellKey = (uid: string, container: string): string => `${uid}/${container}`

/** Runs until its scope ends; then no process and no namespace of it is left. */
export const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<PodRunner, SandboxError, Scope.Scope> {
  const cells = new Map<string, Cell>()
  const sandboxesOf = new Map<string, { readonly sandbox: Sandbox; readonly scope: Scope.Closeable }>()
  const kubernetes = Kubernetes.over(options.send)
  const outer = yield* Effect.scope
  const mirror = yield* Mirror.make([Kinds.Pod, Kinds.Node]).pipe(Effect.provideService(Kubernetes, kubernetes))

  const at = (pod: Pod, container: string): State | undefined => cells.get(cellKey(uidOf(pod), container))?.container
  const kubelet: Kubelet.Options = {
    containers: { at, reaches: (node) => node === options.node },
    addresses: (_view, pod) => sandboxesOf.get(uidOf(pod))?.sandbox.address ?? "",
    ...(options.backoffMillis === undefined ? {} : { backoffMillis: options.backoffMillis })
  }
  const builtIns = [...(options.builtIns ?? []), Kubelet.kubelet(kubelet)]

  const sandboxOf = Effect.fnUntraced(function* (pod: Pod): Effect.fn.Return<Sandbox, SandboxError> {
    const known = sandboxesOf.get(uidOf(pod))
    if (known !== undefined) return known.sandbox
    const scope = yield* Scope.make()
    // One that is half made, because a step failed or the runner ends, goes too.
    const making = Effect.onError(options.sandboxes.make, (cause) => Scope.close(scope, Exit.failCause(cause)))
    const sandbox = yield* Scope.provide(making, scope)
    sandboxesOf.set(uidOf(pod), { sandbox, scope })
    return sandbox
  })

  const mark = (cell: Cell, container: State): Effect.Effect<void> =>
    Effect.suspend(() => {
      cell.container = container
      return mirror.touch
    })

  const watchExit = Effect.fnUntraced(function* (cell: Cell, running: Process.Running): Effect.fn.Return<void> {
    const exitCode = yield* running.exit
    const endedMillis = yield* Clock.currentTimeMillis
    cell.running = undefined
    if (cell.container !== undefined) {
      yield* mark(cell, { ...cell.container, run: { _tag: "Ended", exitCode, endedMillis } })
    }
  })

  const setReady = (cell: Cell, running: Process.Running) => (isReady: boolean) =>
    Effect.suspend(() =>
      cell.container?.run._tag === "Running" && cell.running === running && cell.container.run.isReady !== isReady
        ? mark(cell, { ...cell.container, run: { _tag: "Running", isReady } })
        : Effect.void
    )

  const begin = Effect.fnUntraced(function* (pod: Pod, cell: Cell, restarts: number) {
    const spec = specOf(pod, cell.name)
    const image = options.images(spec?.image ?? "")
    if (spec === undefined || image === undefined) {
      if (cell.isUnknown) return
      cell.isUnknown = true
      return yield* Effect.logWarning(`no program stands for the image ${spec?.image} of ${pod.metadata.name}`)
    }
    const volumes = yield* volumesOf(pod, options.folder).pipe(Effect.provideService(Kubernetes, kubernetes))
    const sandbox = yield* sandboxOf(pod)
    const prepared = prepare(pod, spec, image, sandbox, volumes)
    const life = yield* Scope.fork(cell.scope)
    const onOutput = (text: string) => options.onOutput?.(pod.metadata.name ?? "", text)
    const run = yield* Scope.provide(Container.start(image, spec, prepared, sandbox.address, onOutput), life)
    const { running } = run
    const startedMillis = yield* Clock.currentTimeMillis
    const last = cell.container
    cell.sandbox = sandbox
    cell.running = running
    yield* mark(cell, {
      id: `process://${uidOf(pod)}-${restarts}-${running.pid}`,
      restarts,
      startedMillis,
      run: { _tag: "Running", isReady: spec.readinessProbe === undefined },
      ...(last?.run._tag === "Ended"
        ? {
            last: {
              id: last.id,
              startedMillis: last.startedMillis,
              exitCode: last.run.exitCode,
              endedMillis: last.run.endedMillis
            }
          }
        : {})
    })
    yield* Effect.forkIn(Container.probe(spec, run, setReady(cell, running)), life)
    // Its end closes what belongs to this run: probes, and the process if it is asked to die.
    yield* Effect.forkIn(Effect.andThen(watchExit(cell, running), Scope.close(life, Exit.void)), cell.scope)
  })

  const startContainer = (action: Action & { readonly _tag: "Start" }): Effect.Effect<void> =>
    Effect.gen(function* () {
      const key = cellKey(uidOf(action.pod), action.container)
      const cell = cells.get(key) ?? {
        pod: action.pod,
        name: action.container,
        scope: yield* Scope.fork(outer),
        sandbox: undefined,
        container: undefined,
        running: undefined,
        isStarting: false,
        isUnknown: false,
        grace: Infinity
      }
      cells.set(key, cell)
      if (cell.isStarting || cell.running !== undefined) return
      cell.isStarting = true
      cell.pod = action.pod
      yield* begin(action.pod, cell, action.restarts).pipe(
        Effect.catch((error) => Effect.logDebug(`${action.pod.metadata.name} waits: ${error.message}`)),
        Effect.ensuring(Effect.sync(() => void (cell.isStarting = false)))
      )
    })

  const stopContainer = (action: Action & { readonly _tag: "Stop" }): Effect.Effect<void> =>
    Effect.suspend(() => {
      const cell = cells.get(cellKey(uidOf(action.pod), action.container))
      if (cell?.running === undefined || action.graceSeconds >= cell.grace) return Effect.void
      const { grace, running } = cell
      cell.grace = action.graceSeconds
      // Only once: a second SIGTERM makes some servers end without saving.
      if (grace === Infinity) running.signal("SIGTERM")
      const end = Effect.sync(() => running.signal("SIGKILL"))
      return Effect.asVoid(Effect.forkIn(Effect.andThen(Effect.sleep(action.graceSeconds * 1000), end), cell.scope))
    })

  /** Pods that the API has forgotten: their processes and addresses go. */
  const sweep = Effect.fnUntraced(function* (view: View): Effect.fn.Return<void> {
    const stored = new Set(view.list<Pod>(Kinds.Pod).map(uidOf))
    for (const [key, cell] of cells) {
      if (stored.has(uidOf(cell.pod)) || cell.isStarting) continue
      cells.delete(key)
      yield* Scope.close(cell.scope, Exit.void)
    }
    for (const [uid, { scope }] of sandboxesOf) {
      if (stored.has(uid)) continue
      sandboxesOf.delete(uid)
      yield* Scope.close(scope, Exit.void)
      rmSync(join(options.folder, "pods", uid), { recursive: true, force: true })
    }
  })

  const perform = Effect.fnUntraced(function* (request: ApiRequest): Effect.fn.Return<void> {
    const reply = yield* options.send(request)
    // The answer to a delete is the object that went.
    if (request.verb !== "delete" && (reply.status === 200 || reply.status === 201)) yield* mirror.accept(reply.body)
  })

  const turn = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const view = mirror.view()
    yield* sweep(view)
    for (const action of Kubelet.actions(view, kubelet, now)) {
      if (action._tag === "Stop") yield* stopContainer(action)
      else yield* Effect.forkIn(startContainer(action), outer)
    }
    const moves = builtIns.flatMap((one) => one.moves(view, now))
    yield* Effect.forEach(moves, ({ request }) => perform(request), { concurrency: 8, discard: true })
  })

  yield* register(options)
  yield* Effect.addFinalizer(() =>
    Effect.forEach([...sandboxesOf.values()], ({ scope }) => Scope.close(scope, Exit.void), { discard: true })
  )
  // Without a change for a while, once more: a start that had to wait, a restart that is due.
  const wait = Effect.timeoutOption(mirror.changed, 100)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(turn, wait)))

  return {
    signal: (namespace, pod, signal) =>
      Effect.sync(() => {
        const cell = [...cells.values()].find(
          (one) =>
            one.pod.metadata.namespace === namespace && one.pod.metadata.name === pod && one.running !== undefined
        )
        cell?.running?.signal(signal)
        return cell !== undefined
      }),
    pids: Effect.sync(() => [...cells.values()].flatMap(({ running }) => (running?.pid ? [running.pid] : [])))
  }
})

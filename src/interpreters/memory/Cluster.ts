/**
 * A whole cluster in memory: an API server, its controllers at work, and nodes
 * whose containers the caller answers for.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Kinds from "../../domain/kube/Object.ts"
import type { Kubernetes } from "../../domain/kube/Kubernetes.ts"
import { type ApiRequest, ContentType } from "../../domain/kube/Wire.ts"
import { boot, handle, type State } from "../../models/kube/api/Server.ts"
import type { BuiltIn } from "../../models/kube/controllers/BuiltIn.ts"
import { instant } from "../../models/kube/controllers/Containers.ts"
import { cluster } from "../../models/kube/controllers/ControllerManager.ts"
import { kubelet } from "../../models/kube/controllers/Kubelet.ts"
import { counting, type Names } from "../../models/Names.ts"
import { type ApiState, drive, layerWith } from "./Kubernetes.ts"

const nodeAt = (name: string): Pick<ApiRequest, "group" | "version" | "resource" | "name"> => ({
  group: Kinds.Node.group,
  version: Kinds.Node.version,
  resource: Kinds.Node.plural,
  name
})

/** A node that has registered and says that it is ready; its address is the `index`th of 192.168.0.0/24. */
export const withNode = (state: State, name: string, index: number, names: Names): State => {
  const { name: _, ...nodes } = nodeAt(name)
  const node = { apiVersion: "v1", kind: "Node", metadata: { name, labels: { "kubernetes.io/hostname": name } } }
  const status = {
    addresses: [
      { type: "InternalIP", address: `192.168.0.${index + 1}` },
      { type: "Hostname", address: name }
    ],
    conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }]
  }
  const query = { fieldManager: "kubelet" }
  const [created] = handle(state, { verb: "create", ...nodes, query, body: node }, names)
  const report = {
    verb: "patch",
    ...nodeAt(name),
    subresource: "status",
    query,
    contentType: ContentType.merge,
    body: { status }
  } as const
  return handle(created, report, names)[0]
}

/** A server that has just come up, with these nodes ready. */
export const bootWith = (nodes: ReadonlyArray<string>, names: Names): State =>
  nodes.reduce((state, name, index) => withNode(state, name, index, names), boot(names))

/** Every built-in controller, and kubelets whose containers always run. */
export const instantCluster: ReadonlyArray<BuiltIn> = [...cluster(), kubelet({ containers: instant })]

export interface Options {
  readonly nodes?: ReadonlyArray<string>
  readonly builtIns?: Effect.Effect<ReadonlyArray<BuiltIn>>
  /** Says when something else that the controllers read, the state of containers for one, has changed. */
  readonly wakes?: Stream.Stream<unknown>
}

/** A cluster at work, in the background of the layer's scope, until its controllers turn out never to settle. */
export const layer = ({
  builtIns = Effect.succeed(instantCluster),
  nodes = ["node-0", "node-1", "node-2"],
  wakes = Stream.empty
}: Options = {}): Layer.Layer<Kubernetes | ApiState> => {
  const server = Layer.unwrap(Effect.map(Clock.currentTimeMillis, (now) => layerWith(bootWith(nodes, counting(now)))))
  const work = Layer.effectDiscard(Effect.forkScoped(Effect.tapError(drive(builtIns, wakes), Effect.logError)))
  return Layer.provideMerge(work, server)
}

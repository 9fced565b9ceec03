/**
 * One cluster on this machine: its pods, the proxy of its Service, the operator
 * that keeps it, and clients that write to it.
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Kubernetes } from "../domain/kube/Kubernetes.ts"
import type { KubeObject } from "../domain/kube/Object.ts"
import type { ApiReply } from "../domain/kube/Wire.ts"
import * as Cluster from "../domain/valkey/Cluster.ts"
import { names } from "../domain/valkey/resources/Metadata.ts"
import { defaults } from "../domain/valkey/Settings.ts"
import * as LiveKubernetes from "../interpreters/live/Kubernetes.ts"
import * as LiveValkey from "../interpreters/live/Valkey.ts"
import * as Pool from "../interpreters/live/ValkeyPool.ts"
import * as Socket from "../interpreters/live/ValkeySocket.ts"
import type { Embedded } from "../local/Embedded.ts"
import * as Images from "../local/Images.ts"
import * as PodRunner from "../local/PodRunner.ts"
import * as Sandbox from "../local/Sandbox.ts"
import * as ServiceProxy from "../local/ServiceProxy.ts"
import * as Stage from "../local/Stage.ts"
import * as Writer from "../local/Writer.ts"
import * as LeaderElection from "../programs/kube/LeaderElection.ts"
import { operate, stack } from "./Operator.ts"

export interface World {
  readonly nodes: Images.Valkey["nodes"]
  readonly stage: Stage.Stage
  readonly runner: PodRunner.PodRunner
  readonly writer: Writer.Writer
  /** Where the client Service is reached on this machine. */
  readonly service: () => ServiceProxy.Address | undefined
  /** Where it leads. */
  readonly targets: () => ReadonlyArray<string>
  /** Ends only with a defect. */
  readonly operator: Fiber.Fiber<never, unknown>
}

export interface Options {
  readonly embedded: Embedded
  readonly cluster: KubeObject
  /** Emptied by its owner. */
  readonly folder: string
  readonly embeddedNodes: boolean
}

/** The API refuses what is to be started. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { what: Schema.String, detail: Schema.String }) {
  override get message(): string {
    return `${this.what} is refused: ${this.detail}`
  }
}

const reasonOf = ({ body, status }: ApiReply): string =>
  typeof body === "object" && body !== null && "message" in body ? String(body.message) : `status ${status}`

/** Creates an object and waits until the API knows its kind: a kind is served a moment after its definition. */
const create = (
  send: Embedded["send"],
  { group, plural, version }: { readonly group: string; readonly version: string; readonly plural: string },
  object: KubeObject
): Effect.Effect<void, Refused> => {
  const { name, namespace } = object.metadata
  const at = { group, version, resource: plural, ...(namespace === undefined ? {} : { namespace }) }
  return Effect.flatMap(send({ verb: "create", ...at, body: object }), (reply) => {
    if (reply.status === 201) return Effect.void
    if (reply.status === 404)
      return Effect.andThen(Effect.sleep("5 millis"), create(send, { group, plural, version }, object))
    return Effect.fail(new Refused({ what: `${object.kind} ${name}`, detail: reasonOf(reply) }))
  })
}

const definitions = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" }

const namespaces = { group: "", version: "v1", plural: "namespaces" }

const apply = Effect.fnUntraced(function* (send: Embedded["send"], cluster: KubeObject) {
  const namespace = cluster.metadata.namespace ?? "default"
  if (namespace !== "default") {
    yield* create(send, namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
  }
  yield* create(send, definitions, Cluster.crd())
  yield* create(send, Cluster.resource, cluster)
})

/** As the operator will see it: with the defaults of its fields. */
const portOf = (cluster: KubeObject): number => {
  const spec = cluster["spec"]
  return typeof spec === "object" && spec !== null && "port" in spec && typeof spec.port === "number" ? spec.port : 6379
}

const startOperator = (kubeconfigPath: string) => {
  const transports = Layer.mergeAll(LiveKubernetes.layerFromKubeconfig(kubeconfigPath), LiveValkey.layer)
  return operate({ settings: defaults }).pipe(
    Effect.provide(stack(transports, LeaderElection.alone)),
    Effect.forkScoped
  )
}

/** Everything is at work when this returns; nothing is Ready yet. All of it ends with the scope. */
export const make = Effect.fnUntraced(function* ({
  cluster,
  embedded: { kubeconfigPath, send },
  embeddedNodes,
  folder
}: Options): Effect.fn.Return<World, Refused | Sandbox.SandboxError, Scope.Scope> {
  const at = { namespace: cluster.metadata.namespace ?? "default", name: cluster.metadata.name ?? "" }
  const port = portOf(cluster)
  const kubernetes = Kubernetes.over(send)
  const valkey = yield* Images.valkey(embeddedNodes)
  const runner = yield* PodRunner.make({
    send,
    sandboxes: yield* Sandbox.freeLoopback(port),
    images: () => valkey.image,
    folder,
    node: "local",
    backoffMillis: (restarts) => Math.min(1000, 300 * 2 ** restarts)
  })
  const proxy = yield* ServiceProxy.make.pipe(Effect.provideService(Kubernetes, kubernetes))
  const operator = yield* startOperator(kubeconfigPath)
  yield* apply(send, cluster)
  const exchange = yield* Pool.make(Socket.dialer)
  const stage = yield* Stage.make(at, exchange).pipe(Effect.provideService(Kubernetes, kubernetes))
  const clientService = names(at).clientService
  const service = () => proxy.addressOf(at.namespace, clientService, port)
  const writer = yield* Writer.make({ address: service, credentials: stage.credentials })
  return {
    nodes: valkey.nodes,
    stage,
    runner,
    writer,
    service,
    targets: () => proxy.endpointsOf(at.namespace, clientService, port).map(({ host }) => host),
    operator
  }
})

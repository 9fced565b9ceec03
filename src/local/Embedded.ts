/**
 * A Kubernetes in this process: the API model with its controllers at work,
 * behind an HTTP endpoint and a transport, and a kubeconfig that leads to it.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { mkdirSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { stringify } from "yaml"
import type { Transport } from "../domain/Capability.ts"
import { Kubernetes } from "../domain/kube/Kubernetes.ts"
import type { ApiReply, ApiRequest } from "../domain/kube/Wire.ts"
import { ApiState, drive } from "../interpreters/memory/Kubernetes.ts"
import { boot, type State } from "../models/kube/api/Server.ts"
import { cluster } from "../models/kube/controllers/ControllerManager.ts"
import * as Endpoint from "./Endpoint.ts"
import { random } from "./endpoint/Names.ts"
import { transport } from "./endpoint/Waiting.ts"

export class KubeconfigNotWritten extends Schema.TaggedError<KubeconfigNotWritten>()("KubeconfigNotWritten", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the kubeconfig ${this.path} cannot be written: ${this.detail}`
  }
}

/** Why there is no embedded world. */
export type Failure = Endpoint.EndpointError | KubeconfigNotWritten

export interface Options {
  /** Of the endpoint; 0, the default, is any free one. */
  readonly port?: number
  /** Written with mode 0600; its owner removes it. */
  readonly kubeconfigPath: string
}

export interface Embedded {
  /** For what runs in this process: pod runner, operator, proxies. */
  readonly send: Transport<ApiRequest, ApiReply>
  readonly world: SubscriptionRef.SubscriptionRef<State>
  readonly kubeconfigPath: string
  readonly url: string
}

const kubeconfig = (server: string): string =>
  stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "gungnir", cluster: { server } }],
    users: [{ name: "gungnir", user: {} }],
    contexts: [{ name: "gungnir", context: { cluster: "gungnir", user: "gungnir" } }],
    "current-context": "gungnir"
  })

/** By a rename, so that nobody reads half of it. */
const writeKubeconfig = (path: string, server: string): Effect.Effect<void, KubeconfigNotWritten> =>
  Effect.try({
    try: () => {
      mkdirSync(dirname(path), { recursive: true })
      const draft = `${path}.${process.pid}.tmp`
      writeFileSync(draft, kubeconfig(server), { mode: 0o600 })
      renameSync(draft, path)
    },
    catch: (error) => new KubeconfigNotWritten({ path, detail: error instanceof Error ? error.message : String(error) })
  })

/** Controllers that never settle pause; they do not end the world. */
const controllers = (world: Embedded["world"]): Effect.Effect<never> =>
  drive(Effect.succeed(cluster()), Stream.empty, { names: random }).pipe(
    Effect.provideService(ApiState, world),
    Effect.catchTag("Livelock", (error) => Effect.andThen(Effect.logError(error.message), Effect.sleep("1 second"))),
    Effect.forever
  )

/** A world that has just come up; it goes with the scope. Nodes are those that pod runners register. */
export const make = Effect.fnUntraced(function* ({
  kubeconfigPath,
  port = 0
}: Options): Effect.fn.Return<Embedded, Failure, Scope.Scope> {
  const names = random(yield* Clock.currentTimeMillis)
  const world = yield* SubscriptionRef.make(boot(names, { loopbackAddresses: true }))
  const send = yield* transport(world, random)
  yield* Effect.forkScoped(controllers(world))
  const { url } = yield* Endpoint.make({ send, state: SubscriptionRef.get(world) }, { port })
  yield* writeKubeconfig(kubeconfigPath, url)
  return { send, world, kubeconfigPath, url }
})

/** The commands of this process answered by an embedded world, without a detour over HTTP. */
export const layer = (options: Options): Layer.Layer<Kubernetes | ApiState, Failure> =>
  Layer.effectContext(
    Effect.map(make(options), ({ send, world }) =>
      Context.make(Kubernetes, Kubernetes.over(send)).pipe(Context.add(ApiState, world))
    )
  )

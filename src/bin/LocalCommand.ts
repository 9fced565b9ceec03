/**
 * `gungnir local`: an embedded Kubernetes, the operator, one cluster, clients
 * that write, and a view of them. Ctrl-C leaves no process and no file.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Flag } from "effect/cli"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "yaml"
import { Kubernetes } from "../domain/kube/Kubernetes.ts"
import type { KubeObject } from "../domain/kube/Object.ts"
import * as Cluster from "../domain/valkey/Cluster.ts"
import { defaults } from "../domain/valkey/Settings.ts"
import * as LiveKubernetes from "../interpreters/live/Kubernetes.ts"
import * as LiveValkey from "../interpreters/live/Valkey.ts"
import * as Pool from "../interpreters/live/ValkeyPool.ts"
import * as Socket from "../interpreters/live/ValkeySocket.ts"
import * as Embedded from "../local/Embedded.ts"
import * as Failovers from "../local/Failovers.ts"
import * as Images from "../local/Images.ts"
import * as Kill from "../local/Kill.ts"
import * as PodRunner from "../local/PodRunner.ts"
import * as Sandbox from "../local/Sandbox.ts"
import * as ServiceProxy from "../local/ServiceProxy.ts"
import * as Stage from "../local/Stage.ts"
import { render } from "../local/View.ts"
import * as Writer from "../local/Writer.ts"
import * as LeaderElection from "../programs/kube/LeaderElection.ts"
import type * as Flags from "./Flags.ts"
import * as Logs from "./Logs.ts"
import { operate, stack } from "./Operator.ts"

type Given = {
  readonly [Name in keyof typeof Flags.local]: (typeof Flags.local)[Name] extends Flag.Flag<infer A> ? A : never
}

/** The example that is started names no cluster that could be started. */
export class InvalidExample extends Schema.TaggedError<InvalidExample>()("InvalidExample", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file}: ${this.detail}`
  }
}

const readExample = (file: string): Effect.Effect<KubeObject, InvalidExample> =>
  Effect.try({
    try: () => parse(readFileSync(file, "utf8")) as KubeObject,
    catch: (cause) => new InvalidExample({ file, detail: cause instanceof Error ? cause.message : String(cause) })
  }).pipe(
    Effect.filterOrFail(
      (object) => object?.kind === Cluster.resource.kind && typeof object.metadata?.name === "string",
      () => new InvalidExample({ file, detail: "must hold one ValkeyCluster with a name" })
    )
  )

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "gungnir-local-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

type Send = Effect.Success<ReturnType<typeof LiveKubernetes.transport>>

/** Creates an object and waits until the API takes it: a kind is served a moment after its definition. */
const create = (send: Send, resource: string, group: string, object: KubeObject): Effect.Effect<void> =>
  Effect.flatMap(
    send({
      verb: "create",
      group,
      version: "v1",
      resource,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      body: object
    }),
    ({ body, status }) =>
      status === 201
        ? Effect.void
        : status === 404
          ? Effect.andThen(Effect.sleep("10 millis"), create(send, resource, group, object))
          : Effect.die(new Error(`${object.kind} ${object.metadata.name}: status ${status}: ${JSON.stringify(body)}`))
  )

const isReady = (cluster: Cluster.Cluster | undefined): boolean =>
  cluster?.status.conditions.some(({ status, type }) => type === "Ready" && status === "True") === true &&
  cluster.status.readyReplicas >= cluster.spec.replicas

const untilReady = (stage: Stage.Stage): Effect.Effect<void> =>
  Effect.suspend(() =>
    isReady(stage.cluster()) ? Effect.void : Effect.andThen(Effect.sleep("5 millis"), untilReady(stage))
  )

/** Redraws in place on a terminal; elsewhere one picture after another would only be noise. */
const show = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stdout.write(process.stdout.isTTY ? `\u001b[H\u001b[2J${text}\n` : `${text}\n\n`))

const program = Effect.fnUntraced(function* (flags: Given) {
  const isJson = flags.output === "json"
  const started = yield* Clock.currentTimeMillis
  const example = yield* readExample(flags.cluster)
  const folder = yield* temporaryFolder
  const kubeconfigPath = join(folder, "kubeconfig")
  const { send } = yield* Embedded.make({ kubeconfigPath, port: flags.port })
  const say = (line: object) => (isJson ? Console.log(JSON.stringify(line)) : Effect.void)
  yield* say({ kubeconfig: kubeconfigPath })

  const valkey = yield* Images.valkey(flags.embeddedNodes)
  const runner = yield* PodRunner.make({
    send,
    sandboxes: Sandbox.loopback(77),
    images: () => valkey.image,
    folder,
    node: "local",
    backoffMillis: (restarts) => Math.min(1000, 300 * 2 ** restarts)
  })
  const kubernetes = Kubernetes.over(send)
  const proxy = yield* ServiceProxy.make.pipe(Effect.provideService(Kubernetes, kubernetes))
  const transports = Layer.mergeAll(LiveKubernetes.layerFromKubeconfig(kubeconfigPath), LiveValkey.layer)
  yield* Effect.forkScoped(
    operate({ settings: defaults }).pipe(Effect.provide(stack(transports, LeaderElection.alone)))
  )

  const { group, plural } = Cluster.resource
  const at = { namespace: example.metadata.namespace ?? "default", name: example.metadata.name ?? "" }
  yield* create(send, "customresourcedefinitions", "apiextensions.k8s.io", Cluster.crd())
  yield* create(send, plural, group, { ...example, metadata: { ...example.metadata, namespace: at.namespace } })

  const exchange = yield* Pool.make(Socket.dialer, { commandTimeout: "1 seconds" })
  const stage = yield* Stage.make(at, exchange).pipe(Effect.provideService(Kubernetes, kubernetes))
  const servicePort = () => stage.cluster()?.spec.port ?? 6379
  const service = () => proxy.addressOf(at.namespace, `${at.name}-client`, servicePort())
  const writer = yield* Writer.make({ exchange, address: service, credentials: stage.credentials, pauseMillis: 1 })

  const failovers: Array<Failovers.Measured> = []
  yield* Effect.forkScoped(
    Failovers.measure(stage.cluster, writer, (measured) =>
      Effect.suspend(() => {
        failovers.push(measured)
        return say({ failover: measured })
      })
    )
  )
  yield* untilReady(stage)
  const readyMs = (yield* Clock.currentTimeMillis) - started
  yield* say({ readyMs, nodes: valkey.nodes })
  if (Option.isSome(flags.kill)) {
    yield* Effect.forkScoped(Kill.repeatedly(stage, runner, flags.kill.value, Duration.toMillis(flags.every)))
  }

  const picture = Effect.map(stage.rows, (rows) =>
    render({
      cluster: stage.cluster(),
      rows,
      service: service(),
      target: proxy.endpointsOf(at.namespace, `${at.name}-client`, servicePort())[0]?.host,
      events: stage.events(),
      writes: writer.acknowledged(),
      lastGapMs: failovers.at(-1)?.gapMs ?? 0,
      failovers,
      nodes: valkey.nodes,
      kubeconfig: kubeconfigPath
    })
  )
  const hint = valkey.nodes === "embedded" ? "\n\nreal valkey-server processes instead: npm run servers" : ""
  const draw = Effect.flatMap(picture, (text) => show(`ready after ${readyMs} ms\n${text}${hint}`))
  const rhythm = Effect.sleep(process.stdout.isTTY ? "250 millis" : "5 seconds")
  const watch = isJson ? Effect.never : Effect.forever(Effect.andThen(draw, rhythm))
  yield* Option.isSome(flags.for) ? Effect.timeoutOption(watch, flags.for.value) : watch
  yield* isJson
    ? say({
        readyMs,
        nodes: valkey.nodes,
        failovers: failovers.map(({ gapMs, lostWrites, withinBound }) => ({ gapMs, lostWrites, withinBound }))
      })
    : draw
})

/** Runs until Ctrl-C, or for as long as `--for` says. */
export const runLocal = (flags: Given) =>
  program(flags).pipe(Effect.scoped, Effect.provide(Logs.layer({ ...flags, verbose: false })))
